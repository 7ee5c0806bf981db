"""`daypass simulate`: what it asks, prints and exits with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from support.access_answers import AUDITOR, EXPLANATION
from support.command_line import Run
from support.fake_daypass import FakeDaypass

WORDS = ("simulate", "--principal", AUDITOR, "--action", "sts:AssumeRole")


def test_question_is_sent_whole(fake: FakeDaypass, run: Run, tmp_path: Path) -> None:
    """Every option arrives; policies that are not given stay those that are stored."""
    fake.answer(access.SimulateResponse(results=[EXPLANATION]))
    policy = tmp_path / "policy.json"
    policy.write_text("{}", encoding="utf-8")

    run(
        *WORDS,
        *("--action", "s3:GetObject", "--resource", "arn:r"),
        *("--context", "aws:TagKeys=a", "--context", "aws:TagKeys=b=c"),
        *("--identity-policy", str(policy), "--resource-policy", str(policy)),
    )

    document = access.PolicyDocuments(documents=["{}"])
    assert access.SimulateRequest(
        caller=access.SimulatedCaller(principal_arn=AUDITOR),
        actions=["sts:AssumeRole", "s3:GetObject"],
        resources=["arn:r"],
        context=[access.ContextEntry(key="aws:TagKeys", values=["a", "b=c"])],
        slots=access.ReplacedSlots(identity=document, resource=document),
    ) == access.SimulateRequest.FromString(fake.calls[0].body)


@pytest.mark.parametrize(
    ("text", "caller"),
    [
        ("anonymous", access.SimulatedCaller(anonymous=True)),
        (
            "service:ec2.amazonaws.com",
            access.SimulatedCaller(service="ec2.amazonaws.com"),
        ),
        (
            "arn:aws:iam::123456789012:oidc-provider/x",
            access.SimulatedCaller(
                federated_provider="arn:aws:iam::123456789012:oidc-provider/x"
            ),
        ),
        (
            "arn:aws:iam::123456789012:saml-provider/x",
            access.SimulatedCaller(
                federated_provider="arn:aws:iam::123456789012:saml-provider/x"
            ),
        ),
    ],
)
def test_callers_are_told_apart(
    fake: FakeDaypass, run: Run, text: str, caller: access.SimulatedCaller
) -> None:
    """Services, providers and nobody are callers as well."""
    fake.answer(access.SimulateResponse(results=[EXPLANATION]))

    run("simulate", "--principal", text, "--action", "a:B")

    sent = access.SimulateRequest.FromString(fake.calls[0].body)
    assert caller == sent.caller


@pytest.mark.parametrize(
    ("expected", "status"),
    [((), 0), (("--expect", "deny"), 0), (("--expect", "allow"), 1)],
)
def test_expectation_is_the_exit_status(
    fake: FakeDaypass, run: Run, expected: tuple[str, ...], status: int
) -> None:
    """A denial is an answer; the exit status is 1 only where another was expected."""
    fake.answer(access.SimulateResponse(results=[EXPLANATION]))

    result = run(*WORDS, *expected)

    assert status == result.exit_code
    assert "denied: " in result.stdout


def test_answers_are_printed_as_json(fake: FakeDaypass, run: Run) -> None:
    """Programs get each explanation whole."""
    fake.answer(access.SimulateResponse(results=[EXPLANATION]))

    result = run(*WORDS, "--output", "json")

    (found,) = json.loads(result.stdout)["results"]
    assert EXPLANATION.action == found["action"]
