"""`daypass assume-role`: what it sends and prints."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta
from pathlib import Path

import grpc
import pytest

from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from support.client_answers import (
    ROLE_ARN,
    assumed,
)
from support.command_line import Run
from support.fake_daypass import FakeDaypass, credentials_of
from support.world import START

CODE = grpc.StatusCode


def test_assume_role_sends_its_options(
    fake: FakeDaypass, run: Run, tmp_path: Path
) -> None:
    """Every option of the command arrives."""
    fake.answer(assumed(5, START))
    policy = tmp_path / "policy.json"
    policy.write_text("{}", encoding="utf-8")

    run(
        *("assume-role", ROLE_ARN, "--session-name", "me", "--duration", "15m"),
        *("--external-id", "x-1", "--policy", str(policy), "--policy-arn", "arn:p"),
        *("--tag", "team=a=b", "--transitive-key", "team"),
        *("--source-identity", "alice"),
    )

    assert sts.AssumeRoleRequest(
        role_arn=ROLE_ARN,
        role_session_name="me",
        duration_seconds=900,
        external_id="x-1",
        policy="{}",
        policy_arns=[sts.PolicyDescriptor(arn="arn:p")],
        tags=[sts.Tag(key="team", value="a=b")],
        transitive_tag_keys=["team"],
        source_identity="alice",
    ) == sts.AssumeRoleRequest.FromString(fake.calls[0].body)


def test_policy_is_read_of_standard_input(fake: FakeDaypass, run: Run) -> None:
    """A policy may come from standard input."""
    fake.answer(assumed(5, START))

    run("assume-role", ROLE_ARN, "--policy", "-", typed='{"a": 1}')

    sent = sts.AssumeRoleRequest.FromString(fake.calls[0].body)
    assert '{"a": 1}' == sent.policy


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"\xff", "not UTF-8"), (b"x" * 262_145, "longer than 262,144 bytes")],
)
def test_unusable_input_is_told(run: Run, data: bytes, message: str) -> None:
    """Input that is no text, or too long, is refused."""
    result = run("assume-role", ROLE_ARN, "--policy", "-", typed=data)

    assert 1 == result.exit_code
    assert message in result.stderr


def test_missing_policy_file_is_told(run: Run, tmp_path: Path) -> None:
    """A policy file that is not there is named."""
    missing = str(tmp_path / "missing.json")

    result = run("assume-role", ROLE_ARN, "--policy", missing)

    assert f"daypass: {missing}: The file cannot be read" in result.stderr


@pytest.mark.parametrize(
    "text", ['{"Version": "2012-10-17"}', "[]", "eyJh.x", "x" * 256]
)
def test_text_in_place_of_file_is_told(run: Run, text: str) -> None:
    """Who gives a text where a file is named is told so, and it is not shown."""
    result = run("assume-role", ROLE_ARN, "--policy", text)

    assert 1 == result.exit_code
    assert "Name a file, or `-`" in result.stderr
    assert text not in result.stderr


def test_assume_role_exports_for_a_shell(fake: FakeDaypass, run: Run) -> None:
    """The lines set credentials and endpoint, and a shell reads them as they are."""
    fake.answer(assumed(5, START + timedelta(hours=1)))

    result = run("assume-role", ROLE_ARN, "--output", "export", "--region", "x y")

    caller = credentials_of(5)
    assert caller.session_token is not None
    words = [shlex.split(line) for line in result.stdout.splitlines()]
    assert {"export"} == {first for first, _ in words}
    assert {
        "AWS_ACCESS_KEY_ID": caller.access_key_id,
        "AWS_SECRET_ACCESS_KEY": caller.secret_access_key.reveal(),
        "AWS_SESSION_TOKEN": caller.session_token.reveal(),
        "AWS_CREDENTIAL_EXPIRATION": "2026-01-02T04:04:05Z",
        "DAYPASS_ENDPOINT": fake.endpoint,
        "AWS_REGION": "x y",
    } == dict(word.split("=", 1) for _, word in words)


def test_assume_role_prints_json(fake: FakeDaypass, run: Run) -> None:
    """JSON has the credentials, with an ISO time."""
    fake.answer(assumed(5, START))

    result = run("assume-role", ROLE_ARN, "--output", "json")

    printed = json.loads(result.stdout)
    secret = credentials_of(5).secret_access_key.reveal()
    assert ("2026-01-02T03:04:05Z", secret) == (
        printed["expiration"],
        printed["secret_access_key"],
    )


def test_assume_role_prints_whole_lines(fake: FakeDaypass, run: Run) -> None:
    """A long token stays on one line, so that it can be copied."""
    fake.answer(assumed(5, START))

    result = run("assume-role", ROLE_ARN)

    token = credentials_of(5).session_token
    assert token is not None
    assert f"session token       {token.reveal()}\n" in result.stdout
