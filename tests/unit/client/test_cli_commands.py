"""What all commands share: failures, options, help."""

from __future__ import annotations

import json

import grpc
import pytest

from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from support.client_answers import (
    ROLE_ARN,
    WHO,
)
from support.command_line import Run
from support.fake_daypass import FakeDaypass, refusal

CODE = grpc.StatusCode


def test_refusal_is_one_line(fake: FakeDaypass, run: Run) -> None:
    """A failure is one line on standard error with code, ids and what to do."""
    fake.refuse(
        refusal(CODE.PERMISSION_DENIED, "AccessDenied", "No", decision_id="decision-1")
    )

    result = run("whoami")

    assert (1, "") == (result.exit_code, result.stdout)
    assert (
        "daypass: AccessDenied: No (request request-1, decision decision-1). Ask"
        " whoever manages the permissions, and give them the decision or request id.\n"
    ) == result.stderr


def test_refusal_cannot_steer_the_terminal(fake: FakeDaypass, run: Run) -> None:
    """Characters that steer a terminal are printed as escapes, on one line."""
    fake.refuse(refusal(CODE.NOT_FOUND, "ResourceNotFound", "a\x1b[2Jb\nc\u202e"))

    result = run("whoami")

    assert r"a\x1b[2Jb\nc\u202e" in result.stderr
    assert 1 == result.stderr.count("\n")


def test_missing_profile_is_told(run: Run) -> None:
    """A profile that does not exist ends with one line and status 1."""
    result = run("--profile", "nope", "whoami")

    assert 1 == result.exit_code
    assert result.stderr.startswith("daypass: There is no profile 'nope' in ")


@pytest.mark.parametrize(
    "arguments",
    [
        ["unknown"],
        ["whoami", "extra"],
        ["whoami", "--output", "yaml"],
        ["whoami", "--output", "export"],
        ["whoami", "--timeout", "0"],
        ["whoami", "--timeout", "61"],
        ["assume-role"],
        ["assume-role", ROLE_ARN, "--duration", "soon"],
        ["assume-role", ROLE_ARN, "--tag", "novalue"],
        ["assume-role", ROLE_ARN, "--tag", "a=1", "--tag", "a=2"],
        ["verify"],
        ["verify", "token", "--from-env"],
        ["sessions", "list", "--role-arn", "a", "--user-arn", "b"],
        ["sessions", "list", "--limit", "0"],
        ["sessions", "revoke"],
        ["sessions", "revoke", "key", "--role-arn", "b"],
    ],
)
def test_senseless_command_line_is_refused(
    fake: FakeDaypass, run: Run, arguments: list[str]
) -> None:
    """A command line that makes no sense ends with status 2, and no call is made."""
    result = run(*arguments)

    assert (2, []) == (result.exit_code, fake.calls)


def test_whoami_prints_a_table(fake: FakeDaypass, run: Run) -> None:
    """The identity is printed as lines of name and value."""
    fake.answer(WHO)

    result = run("whoami")

    expected = f"user id  {WHO.user_id}\naccount  123456789012\narn      {WHO.arn}\n"
    assert (0, expected) == (result.exit_code, result.stdout)


def test_whoami_prints_json(fake: FakeDaypass, run: Run) -> None:
    """The identity is printed as JSON where that is asked for."""
    fake.answer(WHO)

    result = run("whoami", "--output", "json")

    assert {
        "user_id": WHO.user_id,
        "account": "123456789012",
        "arn": WHO.arn,
    } == json.loads(result.stdout)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--output", "json", "sessions", "--region", "x", "list"],
        ["sessions", "--output", "json", "list", "--region", "x"],
        ["--region", "y", "sessions", "list", "--output", "json", "--region", "x"],
    ],
)
def test_common_options_stand_anywhere(
    fake: FakeDaypass, run: Run, arguments: list[str]
) -> None:
    """Common options count before and after a command; the innermost wins."""
    fake.answer(sessions.ListSessionsResponse())

    result = run(*arguments)

    assert {"sessions": []} == json.loads(result.stdout)
    assert "/x/sts/" in str(fake.calls[0].metadata["authorization"])


def test_version_is_shown(run: Run) -> None:
    """The version is shown without a command."""
    result = run("--version")

    assert (0, True) == (result.exit_code, result.stdout.startswith("daypass "))


@pytest.mark.parametrize("command", ["whoami", "assume-role", "sessions", "verify"])
def test_help_names_the_local_folder(run: Run, command: str) -> None:
    """The help of every command says where profiles come from."""
    result = run(command, "--help")

    assert 0 == result.exit_code
    assert ".daypass" in result.stdout
