"""Makes what an exchange has come to: a token of ours, or credentials of a role.

A token is stored nowhere: its signature says that it is ours, and the log of
revocations that it is not good any more. Credentials are those of AssumeRole, asked
for by the client itself: an exchange is no way around the trust policy of a role.

SPEC: sts-operations 6.1; attacks C03, C07, C09.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from daypass.core import base64url, limits
from daypass.core import exchange_limits as bounds
from daypass.core.clock import whole_second
from daypass.core.credentials import Credentials
from daypass.core.exchange_errors import InvalidExchangeTokenError
from daypass.core.exchanged_token import ExchangedToken, Party, TokenType, TokenUse
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.core.secret import Secret
from daypass.directory.exchange_policies import ExchangePolicy
from daypass.keyring.ring import Ring
from daypass.sts.assume_role import AssumeRole
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.caller import Caller
from daypass.sts.exchange_client import Client
from daypass.sts.exchange_rules import expire_time, joined
from daypass.sts.origin import origin_of_exchange
from daypass.sts.pipeline import Invocation
from daypass.sts.presented_token import TrustedToken
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.sts.signed_call import answered_before
from daypass.tokens.exchanged_token import ExchangedTokenCodec

_USES: Final = {
    TokenType.ACCESS_TOKEN: TokenUse.ACCESS,
    TokenType.ID_TOKEN: TokenUse.ID,
    TokenType.JWT: TokenUse.JWT,
}
_NOT_OF_A_NAME: Final = re.compile(r"[^\w+=,.@-]+", re.ASCII)
_TOKEN_OF_CALL: Final = b"daypass token of a signed call\0"
_ALMOST_A_SECOND: Final = timedelta(microseconds=999_999)
# A session name has 64 characters: 47 of the subject, a hyphen, 16 of a digest.
_SHOWN_CHARACTERS: Final = 47
_DIGEST_CHARACTERS: Final = 16


@dataclass(frozen=True, slots=True)
class Grant:
    """An exchange that has been decided.

    Attributes:
        policy: which policy said yes.
        client: who asked.
        requested_type: what is issued.
        targets: what a token is issued for.
        scopes: what it grants.
        actors: who acts, the present one first.
        subject: the token that is exchanged.
        actor: the token of who acts, or None.
        session_end: when the session of the client ends, or None.
    """

    policy: ExchangePolicy
    client: Client
    requested_type: TokenType
    targets: tuple[str, ...]
    scopes: tuple[str, ...]
    actors: tuple[Party, ...]
    subject: TrustedToken
    actor: TrustedToken | None
    session_end: datetime | None

    def expire_time(self, issue_time: datetime) -> datetime:
        """Returns when what is issued ends.

        Raises:
            InvalidExchangeTokenError: that is now, or over.
        """
        ends = [token.expire_time for token in self._tokens]
        if self.session_end is not None:
            ends.append(self.session_end)
        return expire_time(self.policy, ends, issue_time=issue_time)

    @property
    def token_lineage(self) -> tuple[str, ...]:
        """The tokens of ours, and what those were made of."""
        return joined(
            *(token.lineage for token in self._tokens), most=bounds.LINEAGE_MAX
        )

    @property
    def token_principals(self) -> tuple[str, ...]:
        """Whose they are."""
        return joined(
            *(token.principals for token in self._tokens),
            most=bounds.LINEAGE_PRINCIPALS_MAX,
        )

    @property
    def _tokens(self) -> tuple[TrustedToken, ...]:
        return (self.subject,) if self.actor is None else (self.subject, self.actor)


@dataclass(frozen=True, slots=True)
class ExchangeResult:
    """What came of an exchange: a token or credentials, never both.

    Attributes:
        issued_type: what was issued.
        lifetime: how long it is good.
        scopes: what it grants.
        token: the token, or None.
        credentials: the credentials, or None.
    """

    issued_type: TokenType
    lifetime: timedelta
    scopes: tuple[str, ...]
    token: Secret | None = None
    credentials: Credentials | None = None


class ExchangeIssuer:
    """Issues what has been decided.

    Args:
        codec: makes tokens.
        ring: signs them.
        revocations: tells which tokens were ended.
        assume_role: makes credentials.
        clock: dates what is issued.
        entropy: draws the ids of tokens.
    """

    def __init__(
        self,
        *,
        codec: ExchangedTokenCodec,
        ring: Snapshot[Ring],
        revocations: RevocationView,
        assume_role: AssumeRole,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._codec = codec
        self._ring = ring
        self._revocations = revocations
        self._assume_role = assume_role
        self._clock = clock
        self._entropy = entropy

    async def issue(self, grant: Grant, invocation: Invocation) -> ExchangeResult:
        """Issues a token or credentials.

        Raises:
            InvalidExchangeTokenError: what was shown ends now, or too soon for
                credentials.
            SignatureDoesNotMatchError: the call was answered before, and what it got
                cannot be given again.
            RejectedError: the role is not to be assumed.
            StoreUnavailableError: nothing was issued.
        """
        if grant.requested_type is TokenType.CREDENTIALS:
            return await self._credentials(grant, invocation)
        return self._token(grant, invocation)

    def _token(self, grant: Grant, invocation: Invocation) -> ExchangeResult:
        client = grant.client
        issue_time = whole_second(self._clock.now())
        token = ExchangedToken(
            use=_USES[grant.requested_type],
            token_id=self._token_id(invocation.caller),
            party=grant.subject.party,
            audiences=grant.targets,
            scopes=grant.scopes,
            account_id=client.account_id,
            client_arn=client.arn,
            client_principal_id=client.unique_id,
            issue_time=issue_time,
            expire_time=grant.expire_time(issue_time),
            epoch=invocation.caller.epoch,
            actors=grant.actors,
            lineage=joined(
                grant.token_lineage, client.lineage, most=bounds.LINEAGE_MAX
            ),
            principals=joined(
                grant.token_principals,
                client.principals,
                most=bounds.LINEAGE_PRINCIPALS_MAX,
            ),
        )
        invocation.audit.attributes["token_id"] = token.token_id
        return ExchangeResult(
            issued_type=grant.requested_type,
            lifetime=token.expire_time - issue_time,
            scopes=token.scopes,
            token=Secret(self._codec.encode(token, self._ring.current())),
        )

    def _token_id(self, caller: Caller) -> str:
        """Returns the name of a token, the same however often its call is sent.

        So revoking the token ends those that came of repeats, too (attacks V01).

        Raises:
            SignatureDoesNotMatchError: the token of this call was revoked.
        """
        call = caller.signed_call
        if call is None:
            return base64url.encode(self._entropy.token_bytes(bounds.TOKEN_ID_BYTES))
        digest = hashlib.sha256(_TOKEN_OF_CALL + call.digest).digest()
        token_id = base64url.encode(digest[: bounds.TOKEN_ID_BYTES])
        try:
            self._revocations.check_token_id(token_id)
        except SessionRevokedError as error:
            raise answered_before("signed_call_token_revoked") from error
        return token_id

    async def _credentials(
        self, grant: Grant, invocation: Invocation
    ) -> ExchangeResult:
        # Rounded up: the session is issued a moment later, in the next second perhaps.
        now = whole_second(self._clock.now() + _ALMOST_A_SECOND)
        lifetime = grant.expire_time(now) - now
        if lifetime < timedelta(seconds=limits.ROLE_SESSION_SECONDS_MIN):
            raise InvalidExchangeTokenError(
                "token_ends_before_credentials",
                message="The subject or actor token ends too soon for credentials",
            )
        request = AssumeRoleRequest(
            role_arn=grant.policy.role_arn,
            role_session_name=_session_name(grant.subject.party),
            duration_seconds=int(lifetime.total_seconds()),
        )
        origin = origin_of_exchange(
            invocation.caller,
            grant.client.account_id,
            lineage=grant.token_lineage,
            principals=grant.token_principals,
        )
        result = await self._assume_role.perform(request, invocation, origin=origin)
        return ExchangeResult(
            issued_type=TokenType.CREDENTIALS,
            lifetime=lifetime,
            scopes=(),
            credentials=result.credentials,
        )


def _session_name(party: Party) -> str:
    """Returns a name for the session that tells subjects apart, and whose it is."""
    digest = hashlib.sha256(party.name.encode()).hexdigest()[:_DIGEST_CHARACTERS]
    shown = _NOT_OF_A_NAME.sub("-", party.subject)[:_SHOWN_CHARACTERS]
    return f"{shown}-{digest}"
