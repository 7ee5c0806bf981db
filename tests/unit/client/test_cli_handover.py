"""`daypass exec` and `daypass credential-process`: credentials for other programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import grpc
import pytest

from daypass_client import Credentials
from support.client_answers import ROLE_ARN, assumed
from support.command_line import Run
from support.fake_daypass import FakeDaypass, credentials_of, refusal
from support.sts_answers import END, read

PRINT = "import json, os; print(json.dumps(dict(os.environ)))"


@pytest.fixture
def variables(environ: dict[str, str | None]) -> dict[str, str]:
    """Returns the environment for a process of its own."""
    own = {name: value for name, value in environ.items() if value is not None}
    return {"PATH": os.environ.get("PATH", os.defpath), **own}


def execute(variables: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    """Runs `daypass exec` in a process of its own, which it may give up."""
    return subprocess.run(
        [sys.executable, "-m", "daypass_client", "exec", *words],
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_program_is_not_run_without_credentials(
    fake: FakeDaypass, variables: dict[str, str], tmp_path: Path
) -> None:
    """Where the role is refused, the program does not run."""
    fake.refuse(refusal(grpc.StatusCode.PERMISSION_DENIED, "AccessDenied"))
    trace = tmp_path / "ran"

    result = execute(variables, "--role-arn", ROLE_ARN, "--", "touch", str(trace))

    assert (1, False) == (result.returncode, trace.exists())
    assert result.stderr.startswith("daypass: AccessDenied: ")


def test_program_gets_the_credentials(
    fake: FakeDaypass, variables: dict[str, str]
) -> None:
    """The session of the role is in the environment, and nothing that leads elsewhere."""
    fake.answer(assumed(5, END))
    elsewhere = {
        "AWS_PROFILE": "other",
        "AWS_SECURITY_TOKEN": "old",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "old",
        "KEPT": "yes",
    }

    result = execute(
        variables | elsewhere,
        *("--role-arn", ROLE_ARN, "--session-name", "me"),
        *("--region", "eu-west-1", "--", sys.executable, "-c", PRINT),
    )

    found = json.loads(result.stdout)
    expected = credentials_of(5)
    assert expected.session_token is not None
    wanted = {
        "AWS_ACCESS_KEY_ID": expected.access_key_id,
        "AWS_SECRET_ACCESS_KEY": expected.secret_access_key.reveal(),
        "AWS_SESSION_TOKEN": expected.session_token.reveal(),
        "AWS_CREDENTIAL_EXPIRATION": "2026-01-02T04:04:05Z",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "DAYPASS_ENDPOINT": fake.endpoint,
        "KEPT": "yes",
    }
    assert wanted == {name: found.get(name) for name in wanted}
    assert not {"AWS_PROFILE", "AWS_SECURITY_TOKEN"} & set(found)
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" not in found


@pytest.mark.parametrize("own", [{}, {"GRPC_VERBOSITY": "ERROR"}])
def test_program_has_the_verbosity_of_its_user(
    fake: FakeDaypass, variables: dict[str, str], own: dict[str, str]
) -> None:
    """That gRPC is to be silent meanwhile is not said to the program."""
    fake.answer(assumed(5, END))

    words = ("--role-arn", ROLE_ARN, "--", sys.executable, "-c", PRINT)
    result = execute(variables | own, *words)

    assert own.get("GRPC_VERBOSITY") == json.loads(result.stdout).get("GRPC_VERBOSITY")


def test_long_term_keys_leave_no_token(
    variables: dict[str, str], long_term: Credentials
) -> None:
    """With long-term keys the program gets no session token, not even an old one."""
    del variables["AWS_SESSION_TOKEN"]
    variables["AWS_ACCESS_KEY_ID"] = long_term.access_key_id
    variables["AWS_SECRET_ACCESS_KEY"] = long_term.secret_access_key.reveal()

    result = execute(variables, "--", sys.executable, "-c", PRINT)

    found = json.loads(result.stdout)
    assert long_term.access_key_id == found["AWS_ACCESS_KEY_ID"]
    assert "AWS_SESSION_TOKEN" not in found


def test_program_takes_our_place(variables: dict[str, str]) -> None:
    """The exit status is the program's, and its options are not ours."""
    result = execute(variables, "sh", "-c", "exit 7", "--help")

    assert (7, "") == (result.returncode, result.stdout)


@pytest.mark.parametrize(
    ("name", "status"), [("no-such-program-here", 127), ("/", 126)]
)
def test_program_that_cannot_run_is_told(
    variables: dict[str, str], name: str, status: int
) -> None:
    """A program that is not there, or is none, ends as in a shell."""
    result = execute(variables, "--", name)

    assert (status, "") == (result.returncode, result.stdout)
    assert result.stderr.startswith(f"daypass: {name}: ")


def test_process_prints_the_form_of_aws(fake: FakeDaypass, run: Run) -> None:
    """The form has a number for its version, and a time in ISO 8601."""
    fake.answer(assumed(5, END))
    expected = read(5)
    assert expected.session_token is not None

    result = run("credential-process", "--role-arn", ROLE_ARN, "--output", "table")

    assert {
        "Version": 1,
        "AccessKeyId": expected.access_key_id,
        "SecretAccessKey": expected.secret_access_key.reveal(),
        "SessionToken": expected.session_token.reveal(),
        "Expiration": "2026-01-02T04:04:05Z",
    } == json.loads(result.stdout)
    assert "" == result.stderr


def test_process_of_long_term_keys_is_bare(
    run: Run, environ: dict[str, str | None], long_term: Credentials
) -> None:
    """Long-term keys have neither a token nor an end."""
    environ["AWS_ACCESS_KEY_ID"] = long_term.access_key_id
    environ["AWS_SECRET_ACCESS_KEY"] = long_term.secret_access_key.reveal()
    environ["AWS_SESSION_TOKEN"] = None

    result = run("credential-process")

    names = {"Version", "AccessKeyId", "SecretAccessKey"}
    assert names == set(json.loads(result.stdout))


def test_process_says_nothing_where_it_fails(fake: FakeDaypass, run: Run) -> None:
    """A failure leaves standard output empty, and exits with 1."""
    fake.refuse(refusal(grpc.StatusCode.PERMISSION_DENIED, "AccessDenied"))

    result = run("credential-process", "--role-arn", ROLE_ARN)

    assert (1, "") == (result.exit_code, result.stdout)
