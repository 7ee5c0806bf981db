"""IssueClientToken: an access token for an OAuth client itself.

The declaration of the client says what it may be for, and policies whether: the
client's principal needs `daypass:IssueClientToken` on the client. There is no subject
but the client, so that the token names it twice.

SPEC: RFC 6749 section 4.4; RFC 8707; RFC 9068; sts-operations 6.1 for the errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core import base64url
from daypass.core import exchange_limits as limits
from daypass.core.clock import whole_second
from daypass.core.errors import InternalFailureError
from daypass.core.exchange_errors import InvalidScopeError, InvalidTargetError
from daypass.core.exchanged_token import ExchangedToken, Party, TokenType, TokenUse
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.core.secret import Secret
from daypass.directory.oauth_clients import OAuthClient
from daypass.keyring.ring import Ring
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.context import ContextKeys, names
from daypass.sts.exchange_client import client_of
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.tokens.exchanged_token import ExchangedTokenCodec

_ACTION: Final = "daypass:IssueClientToken"


@dataclass(frozen=True, slots=True)
class ClientTokenRequest:
    """What a client asks for; empty means whatever there is.

    Attributes:
        client: the client, which is the caller.
        audiences: logical names that the token is to be meant for.
        resources: URIs likewise.
        scopes: what it is to grant.
    """

    client: OAuthClient
    audiences: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()


class IssueClientToken:
    """The operation.

    Args:
        issuer_url: the issuer of the deployment.
        authorizers: decides whether the client may.
        codec: makes tokens.
        ring: signs them.
        clock: dates them.
        entropy: draws their ids.
    """

    name: ClassVar[str] = "IssueClientToken"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        issuer_url: str,
        authorizers: AuthorizerFactory,
        codec: ExchangedTokenCodec,
        ring: Snapshot[Ring],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._issuer_url = issuer_url
        self._authorizers = authorizers
        self._codec = codec
        self._ring = ring
        self._clock = clock
        self._entropy = entropy

    async def perform(
        self, request: ClientTokenRequest, invocation: Invocation
    ) -> ExchangeResult:
        """Checks, decides and issues.

        Raises:
            InvalidTargetError: the client gets no token for that.
            InvalidScopeError: it gets none that grants that.
            AccessDeniedError: policies say no.
        """
        client = request.client
        if client_of(invocation.caller).unique_id != client.principal_id:
            raise InternalFailureError("client_is_not_caller")
        audit = invocation.audit
        audit.resource = client.arn
        audit.attributes["client_id"] = client.client_id
        targets = _targets(request)
        scopes = _scopes(request)
        self._authorizers.authorize(
            Target(client.arn, client.account_id), _keys(targets, scopes), invocation
        ).require(_ACTION)
        token = self._token(client, targets, scopes, invocation)
        audit.attributes["audience"] = " ".join(targets)
        audit.attributes["token_id"] = token.token_id
        return ExchangeResult(
            issued_type=TokenType.ACCESS_TOKEN,
            lifetime=token.expire_time - token.issue_time,
            scopes=scopes,
            token=Secret(self._codec.encode(token, self._ring.current())),
        )

    def _token(
        self,
        client: OAuthClient,
        targets: tuple[str, ...],
        scopes: tuple[str, ...],
        invocation: Invocation,
    ) -> ExchangedToken:
        caller = invocation.caller
        party = client_of(caller)
        issue_time = whole_second(self._clock.now())
        end = issue_time + client.lifetime
        if caller.session is not None:
            end = min(end, caller.session.expire_time)
        return ExchangedToken(
            use=TokenUse.ACCESS,
            token_id=base64url.encode(self._entropy.token_bytes(limits.TOKEN_ID_BYTES)),
            party=Party(self._issuer_url, party.arn),
            audiences=targets,
            scopes=scopes,
            account_id=party.account_id,
            client_arn=party.arn,
            client_principal_id=party.unique_id,
            issue_time=issue_time,
            expire_time=end,
            epoch=caller.epoch,
            lineage=party.lineage,
            principals=party.principals,
        )


def _targets(request: ClientTokenRequest) -> tuple[str, ...]:
    """Returns what the token is meant for: what is asked, or the only one there is."""
    client = request.client
    audiences, resources = set(request.audiences), set(request.resources)
    if len(audiences) + len(resources) > limits.TARGETS_MAX:
        raise InvalidTargetError("targets_too_many")
    if not (audiences <= client.audiences and resources <= client.resources):
        raise InvalidTargetError("target_not_of_client")
    asked = tuple(dict.fromkeys((*request.audiences, *request.resources)))
    if not asked and len(client.targets) > 1:
        raise InvalidTargetError(
            "target_ambiguous", message="Name the audience or resource of the token"
        )
    return asked or tuple(client.targets)


def _scopes(request: ClientTokenRequest) -> tuple[str, ...]:
    """Returns what the token grants: what is asked, or all that there is."""
    asked = frozenset(request.scopes)
    if not asked <= request.client.scopes:
        raise InvalidScopeError("scope_not_of_client")
    return tuple(sorted(asked or request.client.scopes))


def _keys(targets: tuple[str, ...], scopes: tuple[str, ...]) -> ContextKeys:
    keys: ContextKeys = {"daypass:Audience": names(targets)}
    if scopes:
        keys["daypass:Scope"] = names(scopes)
    return keys
