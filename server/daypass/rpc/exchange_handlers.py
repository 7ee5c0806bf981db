"""The handlers of ExchangeToken and RevokeToken."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc import convert_exchange as convert
from daypass.rpc.methods import TOKEN, Handlers, MethodHandler, RpcInvocation
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.exchange_request import ExchangeTokenRequest
from daypass.sts.pipeline import Pipeline
from daypass.sts.revoke_token import RevokeTokenResult


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeUseCases:
    """What these methods run, ready to be called."""

    exchange_token: Pipeline[ExchangeTokenRequest, ExchangeResult]
    revoke_token: Pipeline[Secret, RevokeTokenResult]


def exchange_handlers(use_cases: ExchangeUseCases) -> Handlers:
    """Returns the handlers."""
    service = _Service(use_cases)
    return {
        f"{TOKEN}ExchangeToken": MethodHandler(
            pb.ExchangeTokenRequest, service.exchange_token
        ),
        f"{TOKEN}RevokeToken": MethodHandler(
            pb.RevokeTokenRequest, service.revoke_token
        ),
    }


class _Service:
    def __init__(self, use_cases: ExchangeUseCases) -> None:
        self._run = use_cases

    async def exchange_token(
        self, invocation: RpcInvocation, message: pb.ExchangeTokenRequest
    ) -> pb.ExchangeTokenResponse:
        result = await self._run.exchange_token.run(
            convert.exchange_token_request(message), invocation.proven, invocation.call
        )
        return convert.exchange_token_response(result)

    async def revoke_token(
        self, invocation: RpcInvocation, message: pb.RevokeTokenRequest
    ) -> pb.RevokeTokenResponse:
        result = await self._run.revoke_token.run(
            Secret(message.token), invocation.proven, invocation.call
        )
        return pb.RevokeTokenResponse(effective_everywhere=result.effective_everywhere)
