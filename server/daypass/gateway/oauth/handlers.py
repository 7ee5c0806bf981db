"""From parameters to use cases and back, one handler an endpoint and grant.

A handler has two halves: the first reads the parameters and may refuse, the second
runs. What the first refuses is recorded by the door, what the second refuses by the
use case.

SPEC: sts-operations 6.1, 6.2 and 6.5.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from daypass.core.errors import AccessDeniedError, ServiceUnavailableError
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
    UnauthorizedClientError,
)
from daypass.core.exchanged_token import ExchangedToken, TokenType
from daypass.core.oauth import GrantType
from daypass.core.oauth_errors import InvalidGrantError, UnsupportedGrantTypeError
from daypass.core.secret import Secret
from daypass.gateway.exchange import Answer
from daypass.gateway.oauth.answers import INACTIVE, introspection_body, token_body
from daypass.gateway.oauth.errors import UNCACHED, json_answer
from daypass.gateway.oauth.parameters import OAuthParameters
from daypass.sts.bearer_assertion import check_meant_for
from daypass.sts.caller import CallContext
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.exchange_request import ExchangeTokenRequest
from daypass.sts.introspect_token import IntrospectionRequest
from daypass.sts.issue_client_token import ClientTokenRequest
from daypass.sts.oauth_client import ProvenClient
from daypass.sts.pipeline import Pipeline
from daypass.sts.revoke_token import RevokeTokenResult

Run = Callable[[], Awaitable[Answer]]
Handler = Callable[[OAuthParameters, ProvenClient, CallContext], Run]

_GRANTS: Final = {grant.value: grant for grant in GrantType}


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthUseCases:
    """What the endpoints run, ready to be called.

    Attributes:
        issuer: our issuer identifier.
    """

    issuer: str
    exchange_token: Pipeline[ExchangeTokenRequest, ExchangeResult]
    issue_client_token: Pipeline[ClientTokenRequest, ExchangeResult]
    introspect_token: Pipeline[IntrospectionRequest, ExchangedToken | None]
    revoke_token: Pipeline[Secret, RevokeTokenResult]


class OAuthHandlers:
    """The handlers.

    Args:
        use_cases: what they run.
    """

    def __init__(self, use_cases: OAuthUseCases) -> None:
        self._run = use_cases
        self._grants = {
            GrantType.TOKEN_EXCHANGE: self._exchange,
            GrantType.CLIENT_CREDENTIALS: self._client_credentials,
            GrantType.JWT_BEARER: self._jwt_bearer,
        }

    def token(
        self, sent: OAuthParameters, proven: ProvenClient, call: CallContext
    ) -> Run:
        """Prepares the issue of a token, by whichever grant.

        Raises:
            RejectedError: the grant is not known, is not the client's, or its
                parameters are wrong.
        """
        grant = _GRANTS.get(sent.required("grant_type"))
        if grant is None:
            raise UnsupportedGrantTypeError("grant_type_unknown")
        if grant not in proven.client.grants:
            raise UnauthorizedClientError(
                "grant_not_of_client", message="The client may not use this grant type"
            )
        return self._grants[grant](sent, proven, call)

    def introspect(
        self, sent: OAuthParameters, proven: ProvenClient, call: CallContext
    ) -> Run:
        """Prepares an introspection; the hint of a type is one, and not needed."""
        request = IntrospectionRequest(proven.client, Secret(sent.required("token")))

        async def run() -> Answer:
            try:
                token = await self._run.introspect_token.run(
                    request, proven.caller, call
                )
            except AccessDeniedError:
                # SPEC: RFC 7662 section 2.2: who may not know learns nothing. The
                # denial is on record.
                token = None
            if token is None:
                return json_answer(INACTIVE)
            return json_answer(introspection_body(token, issuer=self._run.issuer))

        return run

    def revoke(
        self, sent: OAuthParameters, proven: ProvenClient, call: CallContext
    ) -> Run:
        """Prepares a revocation; the hint of a type is one, and not needed."""
        token = Secret(sent.required("token"))

        async def run() -> Answer:
            result = await self._run.revoke_token.run(token, proven.caller, call)
            if not result.effective_everywhere:
                # SPEC: RFC 7009 section 2.2.1: the client must assume that it exists.
                raise ServiceUnavailableError("revocation_not_everywhere")
            return Answer(200, headers=UNCACHED)

        return run

    def _exchange(
        self, sent: OAuthParameters, proven: ProvenClient, call: CallContext
    ) -> Run:
        request = ExchangeTokenRequest(
            subject_token=Secret(sent.text("subject_token") or ""),
            subject_token_type=sent.text("subject_token_type") or "",
            actor_token=sent.secret("actor_token"),
            actor_token_type=sent.text("actor_token_type"),
            resources=sent.all("resource"),
            audiences=sent.all("audience"),
            scopes=sent.scopes(),
            requested_token_type=sent.text("requested_token_type"),
        )

        async def run() -> Answer:
            result = await self._run.exchange_token.run(request, proven.caller, call)
            return json_answer(token_body(result, exchanged=True))

        return run

    def _client_credentials(
        self, sent: OAuthParameters, proven: ProvenClient, call: CallContext
    ) -> Run:
        request = ClientTokenRequest(
            client=proven.client,
            audiences=sent.all("audience"),
            resources=sent.all("resource"),
            scopes=sent.scopes(),
        )

        async def run() -> Answer:
            result = await self._run.issue_client_token.run(
                request, proven.caller, call
            )
            return json_answer(token_body(result, exchanged=False))

        return run

    def _jwt_bearer(
        self, sent: OAuthParameters, proven: ProvenClient, call: CallContext
    ) -> Run:
        """Prepares the exchange of an assertion, which is that of a JWT for us."""
        assertion = Secret(sent.required("assertion"))
        check_meant_for(assertion, self._run.issuer)
        request = ExchangeTokenRequest(
            subject_token=assertion,
            subject_token_type=TokenType.JWT.value,
            resources=sent.all("resource"),
            audiences=sent.all("audience"),
            scopes=sent.scopes(),
        )

        async def run() -> Answer:
            try:
                result = await self._run.exchange_token.run(
                    request, proven.caller, call
                )
            except InvalidExchangeTokenError as error:
                raise InvalidGrantError(error.detail) from error
            return json_answer(token_body(result, exchanged=False))

        return run
