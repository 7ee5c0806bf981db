"""The example's SAML provider, as `daypassd dev` plays it on a bare machine."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import grpc

from daypass.api.sts.v1 import sts_service_pb2 as api
from daypass.rpc.methods import STS
from support.running import DaypassServer

ROLE = "arn:aws:iam::123456789012:role/S3AccessRole"
PROVIDER = "arn:aws:iam::123456789012:saml-provider/CorpIdP"


def demo_assertion(server: DaypassServer, *flags: str) -> str:
    """Returns what the command prints in the folder of the server."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "daypass", "demo", "saml-assertion"),
            *("--directory", str(server.folder / "directory")),
            *("--state-dir", str(server.state), *flags),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout.strip()


def test_example_role(daypass_server: DaypassServer) -> None:
    """An assertion of the command opens a session of the example's role, tagged."""
    request = api.AssumeRoleWithSAMLRequest(
        role_arn=ROLE,
        principal_arn=PROVIDER,
        saml_assertion=demo_assertion(daypass_server, "--tag", "Team=blue"),
    )
    with grpc.insecure_channel(daypass_server.address) as channel:
        ask: Any = channel.unary_unary(
            f"{STS}AssumeRoleWithSAML",
            response_deserializer=api.AssumeRoleWithSAMLResponse.FromString,
        )
        answer = ask(request.SerializeToString(), timeout=10)

    name = "alice@securecart.example"
    assert name == answer.subject
    assert answer.assumed_role_user.arn.endswith(f"/S3AccessRole/{name}")
    assert answer.HasField("packed_policy_size")
