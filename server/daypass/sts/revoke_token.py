"""RevokeToken: ends a token that came of an exchange, and all that was made of it.

A client revokes the tokens that it has asked for; whoever holds `daypass:RevokeToken`
on the client revokes them, too. What is no good token any more is revoked already, and
nothing is written. The answer is the same: where this worker knows that the token was
revoked, others may not know yet, and are waited for (decision 0058).

A token of ours by a key that this worker does not know is no good here, and may be good
elsewhere: the ring is read first, and where it cannot be the client is to ask again
(decision 0061).

SPEC: sts-operations 6.2 and detail 60; RFC 7009 sections 2.1, 2.2 and 2.2.1; attacks
C03, J38 (a revocation names the token by its id, never by its bytes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core import exchange_limits, limits
from daypass.core.errors import AccessDeniedError
from daypass.core.exchange_errors import UnsupportedTokenTypeError
from daypass.core.exchanged_token import ExchangedToken
from daypass.core.ports import Clock
from daypass.core.principal import RoleSession, User
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.secret import Secret
from daypass.core.validation import TextRule, Violations
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import Caller
from daypass.sts.fresh_ring import RingReading
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.revocation_follower import Revoker
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.tokens import jws
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from daypass.tokens.session_token import TOKEN_TYPE as SESSION_TOKEN_TYPE

_ACTION: Final = "daypass:RevokeToken"
_TOKEN: Final = TextRule(1, exchange_limits.PRESENTED_TOKEN_CHARACTERS_MAX)


@dataclass(frozen=True, slots=True)
class RevokeTokenResult:
    """Whether the token is good nowhere any more; False means: ask again."""

    effective_everywhere: bool


class RevokeToken:
    """The operation.

    Args:
        tokens: tells the tokens of ours that are good.
        revocations: which of them have been ended.
        authorizers: decides who else than the client may revoke.
        revoker: makes it effective everywhere.
        clock: dates it.
        reading: reads the ring anew.
    """

    name: ClassVar[str] = "RevokeToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        tokens: ExchangedTokenVerifier,
        revocations: RevocationView,
        authorizers: AuthorizerFactory,
        revoker: Revoker,
        clock: Clock,
        reading: RingReading,
    ) -> None:
        self._tokens = tokens
        self._revocations = revocations
        self._authorizers = authorizers
        self._revoker = revoker
        self._clock = clock
        self._reading = reading

    async def perform(
        self, request: Secret, invocation: Invocation
    ) -> RevokeTokenResult:
        """Revokes, and returns when it is effective everywhere.

        Raises:
            ValidationError: no token was sent.
            UnsupportedTokenTypeError: it is a session token.
            AccessDeniedError: it is another client's, and the caller may not.
            StoreUnavailableError: it may not be stored, or it is not certain whether
                its key is one of ours; ask again.
            RevocationViewStaleError: this worker cannot know whether it is good.
        """
        _check_form(request)
        now = self._clock.now()
        text = request.reveal_text()
        was_unknown = self._tokens.has_unknown_key(text)
        if was_unknown:
            await self._reading.read()
        token = self._read(text)
        if token is None and not was_unknown:
            invocation.audit.attributes["revoked"] = "nothing"
            return RevokeTokenResult(effective_everywhere=True)
        # NOTE: others may still take a key that was revoked a moment ago. Who knows of
        # a revocation waits for all to know.
        if token is None or self._was_revoked(token):
            invocation.audit.attributes["revoked"] = "nothing"
            known = await self._revoker.settle(self._revocations.epoch)
            return RevokeTokenResult(known.effective_everywhere)
        invocation.audit.attributes["token_id"] = token.token_id
        self._authorize(token, invocation)
        revoked = await self._revoker.revoke(
            Revocation(
                scope=RevocationScope.TOKEN,
                subject=token.token_id,
                revoke_time=now,
                # Credentials that came of it end with it.
                keep_until=token.expire_time + limits.REVOCATION_KEPT_AFTER_EXPIRY,
            )
        )
        return RevokeTokenResult(revoked.effective_everywhere)

    def _read(self, text: str) -> ExchangedToken | None:
        """Returns what the token says, or None where it is good nowhere."""
        if jws.claimed_type(text.encode()) == SESSION_TOKEN_TYPE:
            raise UnsupportedTokenTypeError(
                "session_token", message="Session tokens end by RevokeSessions"
            )
        try:
            return self._tokens.verify_before(text, self._clock.now())
        except TokenRefusedError:
            return None

    def _was_revoked(self, token: ExchangedToken) -> bool:
        try:
            self._revocations.check_token(token)
        except SessionRevokedError:
            return True
        return False

    def _authorize(self, token: ExchangedToken, invocation: Invocation) -> None:
        invocation.audit.resource = token.client_arn
        caller = invocation.caller
        if token.account_id != caller.principal.account_id:
            raise AccessDeniedError("token_of_another_account")
        if token.client_principal_id == _unique_id(caller):
            return
        target = Target(token.client_arn, token.account_id)
        self._authorizers.authorize(target, {}, invocation).require(_ACTION)


def _unique_id(caller: Caller) -> str | None:
    """Returns the unique id of the user or role that a caller is of, or None."""
    match caller.principal:
        case User(unique_id=unique_id) | RoleSession(role_id=unique_id):
            return unique_id
        case _:
            return None


def _check_form(token: Secret) -> None:
    text = token.reveal_text()
    found = Violations()
    found.require(("token",), text)
    if text:
        found.check_text(("token",), text, _TOKEN, secret=True)
    found.raise_if_any()
