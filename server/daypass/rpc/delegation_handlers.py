"""The handlers of the operations by which somebody acts as somebody else."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.api.token.v1 import token_service_pb2 as token_pb
from daypass.core.secret import Secret
from daypass.rpc import convert_delegation as convert
from daypass.rpc.methods import STS, TOKEN, Handlers, MethodHandler, RpcInvocation
from daypass.sts.create_trade_in_token import (
    CreateTradeInTokenRequest,
    CreateTradeInTokenResult,
)
from daypass.sts.get_delegated_access_token import GetDelegatedAccessTokenResult
from daypass.sts.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationUseCases:
    """What these methods run, ready to be called."""

    create_trade_in_token: Pipeline[CreateTradeInTokenRequest, CreateTradeInTokenResult]
    get_delegated_access_token: Pipeline[Secret, GetDelegatedAccessTokenResult]


def delegation_handlers(use_cases: DelegationUseCases) -> Handlers:
    """Returns the handlers."""
    service = _Service(use_cases)
    return {
        f"{TOKEN}CreateTradeInToken": MethodHandler(
            token_pb.CreateTradeInTokenRequest, service.create_trade_in_token
        ),
        f"{STS}GetDelegatedAccessToken": MethodHandler(
            sts_pb.GetDelegatedAccessTokenRequest, service.get_delegated_access_token
        ),
    }


class _Service:
    def __init__(self, use_cases: DelegationUseCases) -> None:
        self._run = use_cases

    async def create_trade_in_token(
        self, invocation: RpcInvocation, message: token_pb.CreateTradeInTokenRequest
    ) -> token_pb.CreateTradeInTokenResponse:
        result = await self._run.create_trade_in_token.run(
            convert.create_trade_in_token_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert.create_trade_in_token_response(result)

    async def get_delegated_access_token(
        self, invocation: RpcInvocation, message: sts_pb.GetDelegatedAccessTokenRequest
    ) -> sts_pb.GetDelegatedAccessTokenResponse:
        result = await self._run.get_delegated_access_token.run(
            Secret(message.trade_in_token), invocation.proven, invocation.call
        )
        return convert.get_delegated_access_token_response(result)
