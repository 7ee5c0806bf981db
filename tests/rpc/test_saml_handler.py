"""AssumeRoleWithSAML, through the real door."""

from __future__ import annotations

from typing import Any

from daypass.api.sts.v1 import sts_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.methods import STS
from daypass.sts.assume_role_with_saml import AssumeRoleWithSamlRequest
from support.door import Door


async def test_assume_role_with_saml(wired: Door, asked: list[Any]) -> None:
    """AssumeRoleWithSAML answers with what the assertion says, field by field."""
    answer = await wired.call(
        f"{STS}AssumeRoleWithSAML",
        pb.AssumeRoleWithSAMLRequest(
            role_arn="role",
            principal_arn="provider",
            saml_assertion="PHg+",
            policy_arns=[pb.PolicyDescriptor(arn="policy")],
            duration_seconds=900,
        ).SerializeToString(),
    )

    assert [
        AssumeRoleWithSamlRequest(
            "role",
            "provider",
            Secret("PHg+"),
            policy_arns=("policy",),
            duration_seconds=900,
        )
    ] == asked
    found = pb.AssumeRoleWithSAMLResponse.FromString(answer)
    assert "key" == found.credentials.access_key_id
    assert (
        "alice@corp.example",
        "persistent",
        "https://idp.example/saml",
        "https://signin.aws.amazon.com/saml",
        "1uAJanUnBc2XeUkHURMht+xam2c=",
        "",
    ) == (
        found.subject,
        found.subject_type,
        found.issuer,
        found.audience,
        found.name_qualifier,
        found.source_identity,
    )
    assert not found.HasField("packed_policy_size")
    assert 1_025 == found.session_token_size


async def test_nothing_sent(wired: Door, asked: list[Any]) -> None:
    """What a request leaves out is not there, instead of being empty."""
    await wired.call(f"{STS}AssumeRoleWithSAML", b"")

    assert [AssumeRoleWithSamlRequest()] == asked
