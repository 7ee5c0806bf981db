"""The handlers of the operations that issue credentials beside AssumeRole."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc import convert_credentials as convert
from daypass.rpc.methods import STS, Handlers, MethodHandler, RpcInvocation
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.assume_root_request import AssumeRootRequest
from daypass.sts.get_federation_token import (
    GetFederationTokenRequest,
    GetFederationTokenResult,
)
from daypass.sts.get_session_token import (
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from daypass.sts.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialUseCases:
    """What these methods run, ready to be called."""

    assume_root: Pipeline[AssumeRootRequest, AssumeRootResult]
    get_federation_token: Pipeline[GetFederationTokenRequest, GetFederationTokenResult]
    get_session_token: Pipeline[GetSessionTokenRequest, GetSessionTokenResult]


def credential_handlers(use_cases: CredentialUseCases) -> Handlers:
    """Returns the handlers."""
    service = _Service(use_cases)
    return {
        f"{STS}AssumeRoot": MethodHandler(pb.AssumeRootRequest, service.assume_root),
        f"{STS}GetFederationToken": MethodHandler(
            pb.GetFederationTokenRequest, service.get_federation_token
        ),
        f"{STS}GetSessionToken": MethodHandler(
            pb.GetSessionTokenRequest, service.get_session_token
        ),
    }


class _Service:
    def __init__(self, use_cases: CredentialUseCases) -> None:
        self._run = use_cases

    async def assume_root(
        self, invocation: RpcInvocation, message: pb.AssumeRootRequest
    ) -> pb.AssumeRootResponse:
        result = await self._run.assume_root.run(
            convert.assume_root_request(message), invocation.proven, invocation.call
        )
        return convert.assume_root_response(result)

    async def get_federation_token(
        self, invocation: RpcInvocation, message: pb.GetFederationTokenRequest
    ) -> pb.GetFederationTokenResponse:
        result = await self._run.get_federation_token.run(
            convert.get_federation_token_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert.get_federation_token_response(result)

    async def get_session_token(
        self, invocation: RpcInvocation, message: pb.GetSessionTokenRequest
    ) -> pb.GetSessionTokenResponse:
        result = await self._run.get_session_token.run(
            convert.get_session_token_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert.get_session_token_response(result)
