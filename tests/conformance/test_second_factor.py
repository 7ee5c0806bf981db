"""The operator of the example shows a second factor, and may look at production then.

Asked for by a client without any code of ours, on a server that `daypassd dev` runs.
SPEC: sts-operations 1.1 and 1.10, details 34 and 35.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from daypass.core.secret import Secret
from daypass.directory.devices import read_seed
from daypass_client import DaypassClient
from daypass_client.access import AccessQuestion
from support.foreign_client import SERVICE, ForeignClient, keys_of
from support.running import Command, DaypassServer

DEVICE = "arn:aws:iam::123456789012:mfa/operator-phone"
QUESTION = AccessQuestion(
    action="s3:GetObject", resource="arn:aws:s3:::securecart-reports/a.pdf"
)
REFUSED = "MultiFactorAuthentication failed"


@pytest.fixture
def foreign(daypass_server: DaypassServer) -> Iterator[ForeignClient]:
    """Yields a client that has learnt the API from the server."""
    with grpc.insecure_channel(daypass_server.address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        yield ForeignClient(channel, pool.FindServiceByName(SERVICE))


@pytest.fixture
def operator(daypass_server: DaypassServer) -> Credentials:
    """Returns the long-term keys of the operator."""
    return keys_of(daypass_server, "operator")


def demo_code(command: Command) -> str:
    """Returns a code, as the start-up text says to get it."""
    seed = command.server.state / "secrets/keys/operator-phone.seed"
    words = [sys.executable, "-m", "daypass", "mfa", "demo-code", str(seed)]
    result = command.program(words)
    assert 0 == result.returncode, result.stderr
    return result.stdout.strip()


def may_read(server: DaypassServer, session_token: str) -> bool:
    """Tells whether the holder of a session may read production."""
    with DaypassClient(server.profile("admin")) as admin:
        return bool(admin.authorize(QUESTION, session_token=session_token))


def refusal(foreign: ForeignClient, operator: Credentials, code: str) -> str:
    """Returns what the operator is told about a code that is refused."""
    with pytest.raises(grpc.RpcError) as caught:
        foreign.call(
            "GetSessionToken", operator, {"serial_number": DEVICE, "token_code": code}
        )
    assert grpc.StatusCode.PERMISSION_DENIED == caught.value.code()
    return str(caught.value.details())


def test_reads_after_code(
    foreign: ForeignClient,
    operator: Credentials,
    command: Command,
    daypass_server: DaypassServer,
) -> None:
    """With a code the session may read, without one it may not; a code works once."""
    code = demo_code(command)
    plain = foreign.call("GetSessionToken", operator, {})
    shown = foreign.call(
        "GetSessionToken", operator, {"serial_number": DEVICE, "token_code": code}
    )

    assert not may_read(daypass_server, plain.credentials.session_token)
    assert may_read(daypass_server, shown.credentials.session_token)
    assert REFUSED in refusal(foreign, operator, code)


def test_start_says_how(daypass_server: DaypassServer) -> None:
    """The start-up text says how to get a code, and has nothing of the seed."""
    log = (daypass_server.folder / "daypassd.log").read_text(encoding="utf-8")
    seed = daypass_server.state / "secrets/keys/operator-phone.seed"

    assert f"daypassd mfa demo-code {seed}" in log
    assert DEVICE in log
    assert seed.read_text() not in log


def test_enrolls_by_hand(command: Command) -> None:
    """A person at a terminal enrols a device: scans, types two codes, gets YAML."""
    server = command.server
    words = [
        *(sys.executable, "-m", "daypass", "mfa", "enroll"),
        *("--directory", str(server.folder / "directory")),
        *("--state-dir", str(server.state), "--device-name", "second"),
        "arn:aws:iam::123456789012:user/operator",
    ]
    with subprocess.Popen(
        words,
        cwd=server.folder,
        env=command.environ(PYTHONUNBUFFERED="1"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        uri = next(line for line in process.stdout if line.startswith("otpauth://"))
        for code in two_codes(uri):
            process.stdin.write(f"{code}\n")
            process.stdin.flush()
        printed = process.stdout.read()

    assert 0 == process.returncode
    assert '  "second":\n    user: "operator"\n    seed: {sealed: v1.' in printed
    assert not list(Path(server.state / "secrets").glob("**/*second*"))


def two_codes(uri: str) -> tuple[str, str]:
    """Returns two codes in a row, as an app computes them from a URI."""
    found = re.search("secret=([A-Z2-7]+)", uri)
    assert found is not None
    seed = read_seed(Secret(found[1]))
    assert seed is not None
    totp = TOTP(seed.reveal(), 6, SHA1(), 30)  # noqa: S303 - what apps do.
    now = int(datetime.now(UTC).timestamp())
    return totp.generate(now).decode(), totp.generate(now + 30).decode()
