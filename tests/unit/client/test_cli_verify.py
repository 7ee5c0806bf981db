"""`daypass verify`: what it sends and prints, and its exit status."""

from __future__ import annotations

import json

import grpc
import pytest

from daypass_client import Credentials
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from support.client_answers import (
    VERIFIED,
)
from support.command_line import Run
from support.fake_daypass import FakeDaypass

CODE = grpc.StatusCode


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (tokens.TokenRejection.REASON_REVOKED, "revoked"),
        (tokens.TokenRejection.REASON_EXPIRED, "expired"),
    ],
)
def test_verify_tells_bad_tokens(
    fake: FakeDaypass,
    run: Run,
    reason: tokens.TokenRejection.Reason.ValueType,
    state: str,
) -> None:
    """A token that is not good is told by state, with exit status 1."""
    rejection = tokens.TokenRejection(reason=reason)
    fake.answer(tokens.VerifyTokenResponse(rejection=rejection))

    result = run("verify", "token", "--output", "json")

    assert (1, state) == (result.exit_code, json.loads(result.stdout)["state"])


def test_verify_tells_a_good_token(fake: FakeDaypass, run: Run) -> None:
    """A good token is told with what it says, and exit status 0."""
    fake.answer(VERIFIED)

    result = run("verify", "token", "--output", "json")

    printed = json.loads(result.stdout)
    assert (0, "valid") == (result.exit_code, printed["state"])
    told = (printed["expire_time"], printed["tags"], printed["revocation_view_age"])
    assert ("2026-01-02T04:04:05Z", {"team": "shop"}, 0.25) == told


def test_verify_prints_a_table(fake: FakeDaypass, run: Run) -> None:
    """People read the same of a good token, a line each."""
    fake.answer(VERIFIED)

    result = run("verify", "token")

    lines = [line.split(maxsplit=1) for line in result.stdout.splitlines()]
    assert ["state", "valid"] == lines[0]
    assert ["tags", "team=shop"] in lines


def test_verify_reads_standard_input(fake: FakeDaypass, run: Run) -> None:
    """A token may come from standard input, with a line end."""
    fake.answer(VERIFIED)

    run("verify", "-", typed="a.b.c\n")

    sent = tokens.VerifyTokenRequest.FromString(fake.calls[0].body)
    assert "a.b.c" == sent.token


def test_verify_reads_the_environment(
    fake: FakeDaypass, run: Run, temporary: Credentials
) -> None:
    """A token may be that of the environment."""
    fake.answer(VERIFIED)

    run("verify", "--from-env")

    assert temporary.session_token is not None
    sent = tokens.VerifyTokenRequest.FromString(fake.calls[0].body)
    assert temporary.session_token.reveal() == sent.token


def test_verify_of_nothing_is_told(fake: FakeDaypass, run: Run) -> None:
    """An empty token is not sent."""
    result = run("verify", "-", typed="\n")

    assert (1, []) == (result.exit_code, fake.calls)
    assert "daypass: There is no token.\n" == result.stderr
