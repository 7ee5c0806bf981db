"""What the command gets from a running server, and hands on to other programs."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from daypass_client import AsyncDaypassClient, DaypassClient, RoleRequest
from daypass_client.errors import AccessDeniedError
from support.running import Command, DaypassServer, variables_of

PRODUCTION = "123456789012"
READ_ONLY = f"arn:aws:iam::{PRODUCTION}:role/ReadOnlyRole"
TASK = "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"
FAILING = "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy"
FOLDER = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::securecart-customer-logs/7/*",
            }
        ],
    }
)
# Asks botocore for the credentials of a profile, as any program that uses it would.
BOTOCORE = (
    "import botocore.session, json;"
    " session = botocore.session.Session(profile='shop');"
    " found = session.get_credentials().get_frozen_credentials();"
    " print(json.dumps([found.access_key, found.secret_key, found.token]))"
)


def test_session_begets_no_session(command: Command) -> None:
    """A session may not ask for a session, and the error says so."""
    own = command.answer("--profile", "dev", "session-token")

    again = command.run("session-token", **variables_of(own))

    assert 1 == again.returncode
    assert again.stderr.startswith("daypass: AccessDenied: ")


def test_own_session_is_the_user(command: Command) -> None:
    """The session of a user is the user itself, for as long as was asked."""
    own = command.answer("--profile", "dev", "session-token", "--duration", "15m")

    who = command.answer("whoami", **variables_of(own))

    assert "arn:aws:iam::111122223333:user/dev" == who["arn"]


def test_federated_user_is_named(command: Command) -> None:
    """The portal vouches for a customer, whose name is in the ARN."""
    user = command.answer(
        *("--profile", "portal", "federation-token", "customer-7", "--policy", "-"),
        typed=FOLDER,
    )

    who = command.answer("whoami", **variables_of(user))

    arn = f"arn:aws:sts::{PRODUCTION}:federated-user/customer-7"
    assert (arn, arn) == (user["arn"], who["arn"])
    assert 0 < user["packed_policy_size"] <= 100


@pytest.mark.parametrize(("task", "status"), [(FAILING, 1), (TASK, 0)])
def test_root_is_assumed_for_a_task(command: Command, task: str, status: int) -> None:
    """The steward gets credentials for the tasks of its policy, and for no others."""
    result = command.run(
        *("--profile", "steward", "assume-root", PRODUCTION),
        *("--task-policy-arn", task, "--output", "json"),
    )

    assert status == result.returncode, result.stderr


def test_account_of_a_key_is_told(command: Command) -> None:
    """The account of a new session's key is the role's."""
    role = command.answer("--profile", "dev", "assume-role", READ_ONLY)

    info = command.answer(
        "--profile", "admin", "access-key-info", role["access_key_id"]
    )

    assert PRODUCTION == info["account"]


def test_denial_is_opened(command: Command, daypass_server: DaypassServer) -> None:
    """What came with a denial is opened for the account that was denied."""
    with (
        DaypassClient(daypass_server.profile("intern")) as client,
        pytest.raises(AccessDeniedError) as caught,
    ):
        client.assume_role(RoleRequest(role_arn=READ_ONLY))
    message = caught.value.failure.metadata["encoded_authorization_message"]

    decoded = command.answer("--profile", "dev", "decode-message", "-", typed=message)

    assert decoded["allowed"] is False
    assert "sts:AssumeRole" == decoded["context"]["action"]


def test_token_is_shown_and_not_believed(command: Command) -> None:
    """The session token can be looked at; that it was not verified is on both streams."""
    role = command.answer(
        "--profile", "dev", "assume-role", READ_ONLY, "--session-name", "seen"
    )

    result = command.run("decode", "-", "--output", "json", typed=role["session_token"])

    decoded = json.loads(result.stdout)
    assert (False, "daypass-session+jwt") == (
        decoded["verified"],
        decoded["header"]["typ"],
    )
    assert role["access_key_id"] == decoded["claims"]["jti"]
    assert "NOT VERIFIED" in result.stderr


def test_simulation_answers(command: Command) -> None:
    """An administrator asks what a role of the account may do."""
    role = f"arn:aws:iam::{PRODUCTION}:role/workloads/StorefrontRole"
    words = ("--profile", "admin", "simulate", "--principal", role)

    allowed = command.run(
        *words,
        *("--action", "s3:GetObject", "--expect", "allow"),
        *("--resource", "arn:aws:s3:::securecart-product-images/a.png"),
    )
    denied = command.run(
        *words,
        *("--action", "s3:GetObject", "--expect", "allow"),
        *("--resource", "arn:aws:s3:::securecart-reports/a.txt"),
    )

    assert (0, 1) == (allowed.returncode, denied.returncode), allowed.stderr


def test_program_runs_as_the_role(command: Command) -> None:
    """A program behind `exec` calls as the session that it was given."""
    result = command.run(
        *("--profile", "dev", "exec", "--role-arn", READ_ONLY),
        *("--session-name", "child", "--"),
        *(sys.executable, "-m", "daypass_client", "whoami"),
    )

    assert 0 == result.returncode, result.stderr
    assert ":assumed-role/ReadOnlyRole/child\n" in result.stdout


def test_botocore_takes_the_process(command: Command, tmp_path: Path) -> None:
    """Botocore runs the command as `credential_process`, and gets good credentials."""
    config = tmp_path / "config"
    # The process is to find the profiles of the server's folder, botocore its own.
    config.write_text(
        "[profile shop]\ncredential_process = env -u AWS_CONFIG_FILE"
        f" {sys.executable} -m daypass_client --profile dev"
        f" credential-process --role-arn {READ_ONLY}\n",
        encoding="utf-8",
    )

    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BOTOCORE],
        cwd=command.server.folder,
        env=command.environ(AWS_CONFIG_FILE=str(config)),
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )

    assert 0 == result.returncode, result.stderr
    key, secret, token = json.loads(result.stdout)
    variables = {
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token,
    }
    who = command.answer("whoami", **variables)
    assert ":assumed-role/ReadOnlyRole/" in who["arn"]


async def test_equal_calls_at_once_all_succeed(daypass_server: DaypassServer) -> None:
    """Equal calls of one second are calls of their own, each with its session."""
    role = RoleRequest(role_arn=READ_ONLY, session_name="same")

    async with AsyncDaypassClient(daypass_server.profile("dev")) as client:
        roles = await asyncio.gather(*(client.assume_role(role) for _ in range(8)))

    assert 8 == len({each.credentials.access_key_id for each in roles})


def test_batch_has_good_and_bad(daypass_server: DaypassServer) -> None:
    """Of a batch each role is had or refused by itself."""
    audit = f"arn:aws:iam::{PRODUCTION}:role/SecureCart-AuditRole"
    roles = [RoleRequest(role_arn=READ_ONLY), RoleRequest(role_arn=audit)]

    with DaypassClient(daypass_server.profile("dev")) as client:
        good, bad = client.batch_assume_role(roles)

    assert not isinstance(good, Exception)
    assert isinstance(bad, AccessDeniedError)
    assert bad.decision_id
    assert ":assumed-role/ReadOnlyRole/daypass-" in good.arn
