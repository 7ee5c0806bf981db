"""The example's federated roles on a bare machine, from the command line.

`daypassd dev` stands in for the example's identity providers, and `daypassd demo`
signs their tokens; no network and no file in the repository is needed.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import grpc
import pytest

from daypass.api.sts.v1 import sts_service_pb2 as api
from daypass.rpc.methods import STS
from support.running import DaypassServer

ACCOUNT = "123456789012"
CUSTOMER = (
    *("--issuer", "https://login.securecart.example/customers"),
    *("--audience", "securecart-mobile", "--subject", "customer-17"),
)


def token(server: DaypassServer, *arguments: str) -> str:
    """Returns what the command prints."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "daypass", "demo", "identity-token"),
            *("--state-dir", str(server.state), *arguments),
        ],
        check=True,
        capture_output=True,
        text=True,
        cwd=server.folder,
    )
    return done.stdout.strip()


def exchange(server: DaypassServer, role: str, web_identity_token: str) -> Any:
    """Exchanges a token without a signature, and returns the answer."""
    request = api.AssumeRoleWithWebIdentityRequest(
        role_arn=f"arn:aws:iam::{ACCOUNT}:role/federated/{role}",
        role_session_name="demo",
        web_identity_token=web_identity_token,
    )
    with grpc.insecure_channel(server.address) as channel:
        ask: Any = channel.unary_unary(
            f"{STS}AssumeRoleWithWebIdentity",
            response_deserializer=api.AssumeRoleWithWebIdentityResponse.FromString,
        )
        return ask(request.SerializeToString(), timeout=10)


@pytest.mark.parametrize(
    ("role", "arguments", "subject"),
    [
        ("PipelineRole", (), "repo:securecart/storefront:ref:refs/heads/main"),
        ("MobileAppRole", CUSTOMER, "customer-17"),
    ],
)
def test_federated_roles(
    daypass_server: DaypassServer, role: str, arguments: tuple[str, ...], subject: str
) -> None:
    """The pipeline and a customer get credentials of their roles."""
    answer = exchange(daypass_server, role, token(daypass_server, *arguments))

    assert f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/demo" == (
        answer.assumed_role_user.arn
    )
    assert subject == answer.subject_from_web_identity_token


def test_another_branch_is_refused(daypass_server: DaypassServer) -> None:
    """The pipeline's role is for one branch."""
    other = token(
        daypass_server, "--subject", "repo:securecart/storefront:ref:refs/heads/x"
    )

    with pytest.raises(grpc.RpcError) as caught:
        exchange(daypass_server, "PipelineRole", other)

    assert grpc.StatusCode.PERMISSION_DENIED is caught.value.code()
