"""`daypass authorize`: whom it asks about, and what it exits with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from support.access_answers import AUDITOR, DECISION
from support.command_line import Run
from support.fake_daypass import FakeDaypass

QUESTION = ("--action", "s3:GetObject", "--resource", "arn:r")


def test_denial_is_exit_status_one(fake: FakeDaypass, run: Run) -> None:
    """A denial is printed with its reason, and is no success."""
    fake.answer(access.AuthorizeResponse(decision=DECISION))

    result = run("authorize", "-", *QUESTION, typed="token\n")

    sent = access.AuthorizeRequest.FromString(fake.calls[0].body)
    assert ("token", 1) == (sent.session_token, result.exit_code)
    assert "allowed        no\n" in result.stdout


def test_bad_token_is_exit_status_one(fake: FakeDaypass, run: Run) -> None:
    """A token that is not good is nobody, who may do nothing."""
    rejection = tokens.TokenRejection(reason=tokens.TokenRejection.REASON_REVOKED)
    fake.answer(access.AuthorizeResponse(rejection=rejection))

    result = run("authorize", "--from-env", *QUESTION, "--output", "json")

    assert 1 == result.exit_code
    assert {"allowed": False, "reason": "The token is revoked."} == json.loads(
        result.stdout
    )


def test_grant_is_success(fake: FakeDaypass, run: Run, tmp_path: Path) -> None:
    """Only a yes is exit status 0; the question arrives whole."""
    fake.answer(access.AuthorizeResponse(decision=access.AccessDecision(allowed=True)))
    policy = tmp_path / "policy.json"
    policy.write_text("{}", encoding="utf-8")

    result = run(
        *("authorize", "--user-arn", AUDITOR, *QUESTION),
        *("--resource-policy", str(policy), "--context", "aws:SourceIp=10.0.0.1"),
    )

    assert 0 == result.exit_code
    assert access.AuthorizeRequest(
        user_arn=AUDITOR,
        question=access.AccessQuestion(
            action="s3:GetObject",
            resource="arn:r",
            resource_policy="{}",
            context=[access.ContextEntry(key="aws:SourceIp", values=["10.0.0.1"])],
        ),
    ) == access.AuthorizeRequest.FromString(fake.calls[0].body)


@pytest.mark.parametrize(
    "words",
    [(), ("t", "--user-arn", AUDITOR), ("--from-env", "--user-arn", AUDITOR)],
)
def test_question_is_about_one(
    fake: FakeDaypass, run: Run, words: tuple[str, ...]
) -> None:
    """Nobody, or two at once, are not asked about."""
    result = run("authorize", *words, *QUESTION)

    assert (2, []) == (result.exit_code, fake.calls)
