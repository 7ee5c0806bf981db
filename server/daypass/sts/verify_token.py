"""VerifyToken: judges a token that somebody else was shown, of whichever kind.

The verdict is a value and not an error, because an error would be mistaken for a
fault of the caller's own proof.

SPEC: design 6; attacks J01 to J60.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, TypeAlias

from daypass.core.errors import ExpiredTokenError, InvalidClientTokenIdError
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import AccountPrincipal
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.core.validation import Violations
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.exchanged_judge import ExchangedTokenJudge, VerifiedExchangedToken
from daypass.sts.known_principals import KnownPrincipals
from daypass.sts.pipeline import Invocation
from daypass.sts.principals import PrincipalGoneError
from daypass.sts.remembered_permission import RememberedPermission
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.sts.verdict import Verdict
from daypass.tokens.exchanged_token import claims_to_be_one
from daypass.tokens.session_token import SessionTokenVerifier


@quick_init
@dataclass(frozen=True, slots=True)
class VerifiedToken:
    """A token that is good now.

    `revocation_view_age` is how long ago revocations were last read.
    """

    session: Session
    principal: AccountPrincipal
    revocation_view_age: timedelta


@quick_init
@dataclass(frozen=True, slots=True)
class AsOf:
    """By what tokens are judged, all alike that are judged in one turn of the loop.

    Attributes:
        now: the time.
        directory: who exists.
        view_age: how long ago revocations were last read.
    """

    now: datetime
    directory: Directory
    view_age: timedelta


Judgement: TypeAlias = VerifiedToken | VerifiedExchangedToken | Verdict

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
        self._revocations = revocations
        self._directory = directory
        self._principals = KnownPrincipals()
        self._clock = clock

    def as_of(self) -> AsOf:
        """Returns by what a token is judged now."""
        return AsOf(self._clock.now(), self._directory.current(), self._revocations.age)

    def judge(
        self, token: Secret, as_of: AsOf | None = None
    ) -> VerifiedToken | Verdict:
        """Returns what the token says, or why it is not good.

        Raises:
            RevocationViewStaleError: this worker cannot know.
        """
        as_of = as_of or self.as_of()
        try:
            session = self._tokens.verify(token.reveal_text(), as_of.now)
            self._revocations.check(session)
            self._tokens.check_secret(session)
            principal = self._principals.of(session, as_of.directory)
        except SessionRevokedError:
            return Verdict.REVOKED
        except PrincipalGoneError:
            return Verdict.PRINCIPAL_GONE
        except ExpiredTokenError:
            return Verdict.EXPIRED
        except InvalidClientTokenIdError as error:
            return _VERDICTS.get(error.detail, Verdict.UNTRUSTED)
        return VerifiedToken(session, principal, as_of.view_age)


class VerifyToken:
    """The operation.

    Args:
        tokens: checks form, key, signature and times.
        revocations: which sessions have been ended.
        directory: which principals exist.
        authorizers: decides whether the caller may ask.
        clock: dates the verdict.
        exchanged: judges tokens that came of an exchange.
    """

    name: ClassVar[str] = "VerifyToken"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        tokens: SessionTokenVerifier,
        revocations: RevocationView,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        clock: Clock,
        exchanged: ExchangedTokenJudge,
    ) -> None:
        self._exchanged = exchanged
        self._sessions = TokenJudge(
            tokens=tokens, revocations=revocations, directory=directory, clock=clock
        )
        self._permission = RememberedPermission(
            "daypass:VerifyToken", directory=directory, authorizers=authorizers
        )

    async def perform(self, request: Secret, invocation: Invocation) -> Judgement:
        """Judges a token.

        Raises:
            ValidationError: no token was sent.
            AccessDeniedError: the caller may not ask.
            RevocationViewStaleError: this worker cannot know.
        """
        if not request.reveal():
            found = Violations()
            found.require(("token",), None)
            found.raise_if_any()
        self.authorize(invocation)
        outcome = self.judge(request)
        match outcome:
            case Verdict():
                invocation.audit.attributes["verdict"] = outcome.name
            case VerifiedToken():
                invocation.audit.attributes["verdict"] = "VALID"
                invocation.audit.resource = outcome.principal.arn
            case VerifiedExchangedToken():
                invocation.audit.attributes["verdict"] = "VALID"
                invocation.audit.attributes["token_id"] = outcome.token.token_id
        return outcome

    def authorize(self, invocation: Invocation) -> None:
        """Decides whether the caller may ask.

        Raises:
            AccessDeniedError: it may not.
        """
        self._permission.require(invocation)

    def as_of(self) -> AsOf:
        """Returns by what a token is judged now."""
        return self._sessions.as_of()

    def judge(self, token: Secret, as_of: AsOf | None = None) -> Judgement:
        """Judges a token as the kind that it says it is, and as no other.

        Args:
            token: the token.
            as_of: by what, where it is one of several; otherwise as of now.

        Raises:
            RevocationViewStaleError: this worker cannot know.
        """
        if claims_to_be_one(token.reveal_text()):
            return self._exchanged.judge(token)
        return self._sessions.judge(token, as_of)
