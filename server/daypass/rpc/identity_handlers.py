"""The handlers of the operations that tell others who somebody is."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc import convert_identity as convert
from daypass.rpc.methods import STS, Handlers, MethodHandler, RpcInvocation
from daypass.sts.get_web_identity_token import (
    GetWebIdentityTokenRequest,
    GetWebIdentityTokenResult,
)
from daypass.sts.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityUseCases:
    """What these methods run, ready to be called."""

    get_web_identity_token: Pipeline[
        GetWebIdentityTokenRequest, GetWebIdentityTokenResult
    ]


def identity_handlers(use_cases: IdentityUseCases) -> Handlers:
    """Returns the handlers."""
    service = _Service(use_cases)
    return {
        f"{STS}GetWebIdentityToken": MethodHandler(
            pb.GetWebIdentityTokenRequest, service.get_web_identity_token
        ),
    }


class _Service:
    def __init__(self, use_cases: IdentityUseCases) -> None:
        self._run = use_cases

    async def get_web_identity_token(
        self, invocation: RpcInvocation, message: pb.GetWebIdentityTokenRequest
    ) -> pb.GetWebIdentityTokenResponse:
        result = await self._run.get_web_identity_token.run(
            convert.get_web_identity_token_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert.get_web_identity_token_response(result)
