"""The operations whose request is the proof, through the real door.

SPEC: sts-operations 0.1 and 0.9; detail 13; attacks V34.
"""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.message import Message

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.access import ACCESS
from daypass.rpc.methods import STS
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.access_rules import Unproven
from daypass.sts.assume_role_with_web_identity import AssumeRoleWithWebIdentityRequest
from daypass.sts.caller import CallerKind
from support.door import Door
from support.fixed_use_cases import WEB_IDENTITY

WITH_TOKEN = f"{STS}AssumeRoleWithWebIdentity"
UNSIGNED = sorted(
    method
    for method, rule in ACCESS.items()
    if rule is Unproven.PROOF_IN_REQUEST and method not in UNIMPLEMENTED
)
SIGNED_NONSENSE = (
    "AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE/20260101/x/sts/aws4_request,"
    " SignedHeaders=host, Signature=00"
)
# What a call may come with besides its request: nothing, garbage, or what would
# prove each kind of caller to a method that asks.
METADATA: dict[str, tuple[tuple[str, str | bytes], ...]] = {
    "nothing": (),
    "garbage": (("authorization", "garbage"),),
    "a wrong signature": (("authorization", SIGNED_NONSENSE),),
    "a bearer token": (("authorization", "Bearer x"),),
    "two proofs": (("authorization", "a"), ("authorization", "b")),
    **{kind.name: (("authorization", kind.name),) for kind in CallerKind},
}


async def test_web_identity(wired: Door, asked: list[Any]) -> None:
    """AssumeRoleWithWebIdentity hands every parameter on, and answers with all."""
    request = pb.AssumeRoleWithWebIdentityRequest(
        role_arn="role",
        role_session_name="name",
        web_identity_token="token",
        provider_id="provider",
        policy_arns=[pb.PolicyDescriptor(arn="managed")],
        policy="{}",
        duration_seconds=0,
        minimum_session_token_size=9,
    )

    answer = await wired.call(WITH_TOKEN, request.SerializeToString(), metadata=())

    assert [
        AssumeRoleWithWebIdentityRequest(
            role_arn="role",
            role_session_name="name",
            web_identity_token=Secret("token"),
            provider_id="provider",
            policy="{}",
            policy_arns=("managed",),
            duration_seconds=0,
            minimum_session_token_size=9,
        )
    ] == asked
    found = pb.AssumeRoleWithWebIdentityResponse.FromString(answer)
    assert "key" == found.credentials.access_key_id
    assert "user-1" == found.subject_from_web_identity_token
    assert WEB_IDENTITY.assumed_role_arn == found.assumed_role_user.arn
    assert WEB_IDENTITY.assumed_role_id == found.assumed_role_user.assumed_role_id
    assert (1, True) == (
        found.packed_policy_size,
        found.HasField("packed_policy_size"),
    )
    assert (WEB_IDENTITY.provider_arn, "client") == (found.provider, found.audience)
    assert ("", 1_024, 25) == (
        found.source_identity,
        found.session_token_size,
        found.session_token_utilization,
    )


async def test_nothing_is_sent(wired: Door, asked: list[Any]) -> None:
    """What a request leaves out is None, so that it is missing and not empty."""
    await wired.call(WITH_TOKEN, metadata=())

    assert [AssumeRoleWithWebIdentityRequest()] == asked


@pytest.mark.parametrize("metadata", METADATA.values(), ids=METADATA)
@pytest.mark.parametrize("method", UNSIGNED)
async def test_other_proofs_are_ignored(
    method: str, metadata: tuple[tuple[str, str | bytes], ...]
) -> None:
    """Another proof neither helps nor hinders, and is not looked at (13, V34)."""
    async with Door() as door:
        await door.call(method, metadata=metadata)

        ((name, invocation, message),) = door.handled

    assert (method, None) == (name, invocation.caller)
    assert isinstance(message, Message)
    assert [] == door.authenticator.bodies


def test_unsigned_methods() -> None:
    """The table above is not empty: the web identity operation is in it."""
    assert WITH_TOKEN in UNSIGNED
