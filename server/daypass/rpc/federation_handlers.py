"""The handlers of the operations whose request is the proof.

Nobody has to sign these calls, and a signature that comes with one is not looked at
(detail 13).
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.rpc import convert_federation as convert
from daypass.rpc import convert_saml
from daypass.rpc.methods import STS, Handlers, MethodHandler, RpcInvocation
from daypass.sts.assume_role_with_saml import (
    AssumeRoleWithSamlRequest,
    AssumeRoleWithSamlResult,
)
from daypass.sts.assume_role_with_web_identity import (
    AssumeRoleWithWebIdentityRequest,
    AssumeRoleWithWebIdentityResult,
)
from daypass.sts.pipeline import Pipeline


@dataclass(frozen=True, slots=True, kw_only=True)
class FederationUseCases:
    """What these methods run, ready to be called."""

    assume_role_with_saml: Pipeline[AssumeRoleWithSamlRequest, AssumeRoleWithSamlResult]
    assume_role_with_web_identity: Pipeline[
        AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResult
    ]


def federation_handlers(use_cases: FederationUseCases) -> Handlers:
    """Returns the handlers."""
    service = _Service(use_cases)
    return {
        f"{STS}AssumeRoleWithSAML": MethodHandler(
            pb.AssumeRoleWithSAMLRequest, service.assume_role_with_saml
        ),
        f"{STS}AssumeRoleWithWebIdentity": MethodHandler(
            pb.AssumeRoleWithWebIdentityRequest, service.assume_role_with_web_identity
        ),
    }


class _Service:
    def __init__(self, use_cases: FederationUseCases) -> None:
        self._run = use_cases

    async def assume_role_with_saml(
        self, invocation: RpcInvocation, message: pb.AssumeRoleWithSAMLRequest
    ) -> pb.AssumeRoleWithSAMLResponse:
        result = await self._run.assume_role_with_saml.run(
            convert_saml.saml_request(message), None, invocation.call
        )
        return convert_saml.saml_response(result)

    async def assume_role_with_web_identity(
        self, invocation: RpcInvocation, message: pb.AssumeRoleWithWebIdentityRequest
    ) -> pb.AssumeRoleWithWebIdentityResponse:
        result = await self._run.assume_role_with_web_identity.run(
            convert.web_identity_request(message), None, invocation.call
        )
        return convert.web_identity_response(result)
