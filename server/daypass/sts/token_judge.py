"""Judges session tokens that somebody was shown.

What was found of a good token is kept by it, under a mark of all that it rests on: the
directory, what is known of revocations, and the ring. Each of the three has another
mark as soon as it is another, and then a token is looked into again; times are
compared each time (decision 0090).

SPEC: design 6; attacks J01 to J60.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, final

from daypass.core import limits
from daypass.core.errors import ExpiredTokenError, InvalidClientTokenIdError
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import AccountPrincipal
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.sts.principals import PrincipalGoneError, principal_of_session
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.sts.verdict import Verdict
from daypass.tokens.known_token import KnownToken
from daypass.tokens.session_token import (
    SessionTokenVerifier,
    check_secret,
    check_times,
    digest_of,
)


@final
class GoodToken:
    """What was found of a token that was good.

    Attributes:
        session: what it says.
        principal: who that stands for.
        arn: the principal's.
        begin: from when on it is good, the leeway for another's clock included.
        end: when it ends.
        grounds: the mark of what this rests on.
        said: what was answered of it, less how old the view is, as whoever answers
            has written it; None before that.
    """

    __slots__ = ("arn", "begin", "end", "grounds", "principal", "said", "session")

    def __init__(
        self, session: Session, principal: AccountPrincipal, grounds: object = None
    ) -> None:
        self.session = session
        self.principal = principal
        self.arn = principal.arn
        self.begin = session.issue_time - limits.OWN_TOKEN_LEEWAY
        self.end = session.expire_time
        self.grounds = grounds
        self.said: bytes | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token that is good now.

    Attributes:
        good: what was found of it.
        revocation_view_age: how long ago revocations were last read.
    """

    good: GoodToken
    revocation_view_age: timedelta


@quick_init
@dataclass(frozen=True, slots=True)
class AsOf:
    """By what tokens are judged, all alike that are judged in one turn of the loop.

    Attributes:
        now: the time.
        directory: who exists.
        ring: the keys in force.
        view_age: how long ago revocations were last read.
        grounds: the mark of directory and ring, and of what is known of revocations.
    """

    now: datetime
    directory: Directory
    ring: Ring
    view_age: timedelta
    grounds: object


# By the verifier's reason; what is not here was read, and is not to be trusted.
_VERDICTS: Final[Mapping[str, Verdict]] = {
    "session_token_too_long": Verdict.MALFORMED,
    "session_token_not_three_parts": Verdict.MALFORMED,
    "session_token_not_canonical_base64url": Verdict.MALFORMED,
    "session_token_header_not_json": Verdict.MALFORMED,
    "session_token_header_members": Verdict.MALFORMED,
    "session_token_header_member_not_a_string": Verdict.MALFORMED,
    "session_token_key_unknown": Verdict.UNKNOWN_KEY,
    "session_token_derivation_secret_gone": Verdict.UNKNOWN_KEY,
    "session_token_issued_in_the_future": Verdict.NOT_YET_VALID,
}


class TokenJudge:
    """Judges session tokens that somebody was shown; no other kind is good here.

    Args:
        tokens: checks form, key, signature and times.
        revocations: which sessions have been ended.
        directory: which principals exist.
        clock: dates the verdict.
    """

    def __init__(
        self,
        *,
        tokens: SessionTokenVerifier,
        revocations: RevocationView,
        directory: Snapshot[Directory],
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._seen = tokens.seen
        self._revocations = revocations
        self._current = directory
        self._clock = clock
        # NOTE: what a token keeps names these by a mark and does not hold them: whoever
        # is gone, a directory that was replaced, and the secrets of a ring that was, are
        # to be held no longer.
        self._directory: Directory | None = None
        self._ring: Ring | None = None
        self._revoked: object = None
        self._grounds = object()

    def as_of(self) -> AsOf:
        """Returns by what a token is judged now.

        Raises:
            StoreUnavailableError: the ring was not heard of for too long.
        """
        directory, ring = self._current.current(), self._tokens.ring()
        age, revoked = self._revocations.look()
        if (
            directory is not self._directory
            or ring is not self._ring
            or revoked is not self._revoked
        ):
            self._directory, self._ring, self._revoked = directory, ring, revoked
            self._grounds = object()
        return AsOf(self._clock.now(), directory, ring, age, self._grounds)

    def judge(self, token: Secret) -> VerifiedToken | Verdict:
        """Returns what a token says, or why it is not good.

        Raises:
            RevocationViewStaleError: this worker cannot know.
            StoreUnavailableError: it does not know the ring.
        """
        as_of, text = self.as_of(), token.reveal()
        digest = digest_of(text)
        return self.judge_seen(digest, as_of) or self.judge_new(text, digest, as_of)

    def judge_seen(self, digest: bytes, as_of: AsOf) -> VerifiedToken | Verdict | None:
        """Judges a token that was read before; None for one that was not.

        Args:
            digest: what `digest_of` gives for the token.
            as_of: by what it is judged.

        Raises:
            RevocationViewStaleError: this worker cannot know.
        """
        known = self._seen(digest)
        if known is None:
            return None
        good = known.found
        if (
            isinstance(good, GoodToken)
            and good.grounds is as_of.grounds
            and good.begin <= as_of.now < good.end
        ):
            return VerifiedToken(good, as_of.view_age)
        if not self._tokens.is_live(known, as_of.ring):
            return None
        return self._look_into(known, as_of)

    def judge_new(
        self, text: bytes, digest: bytes, as_of: AsOf
    ) -> VerifiedToken | Verdict:
        """Judges a token that was not read before, or whose key may have gone since.

        Args:
            text: the token.
            digest: what `digest_of` gives for it.
            as_of: by what it is judged.

        Raises:
            RevocationViewStaleError: this worker cannot know.
        """
        try:
            known = self._tokens.read(text, digest, as_of.ring)
        except InvalidClientTokenIdError as error:
            return _VERDICTS.get(error.detail, Verdict.UNTRUSTED)
        return self._look_into(known, as_of)

    def _look_into(self, known: KnownToken, as_of: AsOf) -> VerifiedToken | Verdict:
        session = known.session
        try:
            check_times(session, as_of.now)
            self._revocations.check_anew(session)
            check_secret(session, as_of.ring)
            principal = principal_of_session(session, as_of.directory)
        except SessionRevokedError:
            return Verdict.REVOKED
        except PrincipalGoneError:
            return Verdict.PRINCIPAL_GONE
        except ExpiredTokenError:
            return Verdict.EXPIRED
        except InvalidClientTokenIdError as error:
            return _VERDICTS.get(error.detail, Verdict.UNTRUSTED)
        good = GoodToken(session, principal, as_of.grounds)
        known.found = good
        return VerifiedToken(good, as_of.view_age)
