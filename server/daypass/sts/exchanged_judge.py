"""Judges tokens that came of an exchange, as `verify_token` does session tokens.

SPEC: sts-operations 6.2; attacks J01 to J60.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.core.exchanged_token import ExchangedToken
from daypass.core.ports import Clock, Snapshot
from daypass.core.secret import Secret
from daypass.directory.model import Directory
from daypass.sts.exchange_client import client_exists
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.sts.verdict import Verdict
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.exchanged_token import EXPIRED, ExchangedTokenVerifier

# By the reader's reason; what is not here was read, and is not to be trusted.
_VERDICTS: Final[Mapping[str, Verdict]] = {
    "too_long": Verdict.MALFORMED,
    "not_three_parts": Verdict.MALFORMED,
    "not_canonical_base64url": Verdict.MALFORMED,
    "header_not_json": Verdict.MALFORMED,
    "header_members": Verdict.MALFORMED,
    "header_member_not_a_string": Verdict.MALFORMED,
    "key_unknown": Verdict.UNKNOWN_KEY,
    "issued_in_the_future": Verdict.NOT_YET_VALID,
    EXPIRED: Verdict.EXPIRED,
}


@dataclass(frozen=True, slots=True)
class VerifiedExchangedToken:
    """A token of an exchange that is good now.

    `revocation_view_age` is how long ago revocations were last read.
    """

    token: ExchangedToken
    revocation_view_age: timedelta


class ExchangedTokenJudge:
    """Judges tokens that somebody was shown.

    Args:
        tokens: checks form, key, signature and times.
        revocations: which tokens have been ended.
        directory: which clients exist.
        clock: dates the verdict.
    """

    def __init__(
        self,
        *,
        tokens: ExchangedTokenVerifier,
        revocations: RevocationView,
        directory: Snapshot[Directory],
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._directory = directory
        self._clock = clock

    def judge(self, token: Secret) -> VerifiedExchangedToken | Verdict:
        """Returns what the token says, or why it is not good.

        Raises:
            RevocationViewStaleError: this worker cannot know.
        """
        try:
            found = self._tokens.verify(token.reveal_text(), self._clock.now())
            self._revocations.check_token(found)
        except SessionRevokedError:
            return Verdict.REVOKED
        except TokenRefusedError as error:
            return _VERDICTS.get(error.reason, Verdict.UNTRUSTED)
        if not client_exists(found, self._directory.current()):
            return Verdict.PRINCIPAL_GONE
        return VerifiedExchangedToken(found, self._revocations.age)
