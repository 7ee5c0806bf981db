"""A denial of the running server is explained, to each account its own side."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from daypass_client import DaypassClient, RoleRequest
from daypass_client.access import AccessQuestion
from daypass_client.errors import (
    AccessDeniedError,
    InvalidRequestError,
    NotFoundError,
)
from support.running import Command, DaypassServer

ACCOUNT = "123456789012"
READ_ONLY = f"arn:aws:iam::{ACCOUNT}:role/ReadOnlyRole"
DEADLINE_SECONDS = 10.0
AUDIT = f"arn:aws:iam::{ACCOUNT}:role/SecureCart-AuditRole"


def denied(server: DaypassServer, profile: str, role: str) -> AccessDeniedError:
    """Returns the denial that a profile gets for a role."""
    with (
        DaypassClient(server.profile(profile)) as client,
        pytest.raises(AccessDeniedError) as caught,
    ):
        client.assume_role(RoleRequest(role_arn=role))
    return caught.value


def explained(server: DaypassServer, profile: str, role: str) -> str:
    """Returns the id of a denial, when the owner of the role can have it explained.

    Across accounts that is a moment after the denial.
    """
    decision_id = denied(server, profile, role).decision_id
    deadline = time.monotonic() + DEADLINE_SECONDS
    with DaypassClient(server.profile("admin")) as owner:
        while True:
            try:
                owner.explain_decision(decision_id)
            except NotFoundError:
                assert time.monotonic() < deadline, "the denial is never explained"
            else:
                return decision_id


def slots_of(explained: Any) -> dict[str, Any]:
    """Returns the slots of an explanation by name."""
    return {slot["slot"]: slot for slot in explained["explanation"]["slots"]}


def test_unknown_decision_is_not_found(command: Command) -> None:
    """A decision that there is not is not found."""
    result = command.run("--profile", "admin", "explain", "no-such-decision")

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: ResourceNotFound: ")


def test_stranger_finds_nothing(
    command: Command, daypass_server: DaypassServer
) -> None:
    """To an account that it does not concern, a decision does not exist."""
    decision_id = explained(daypass_server, "auditor", AUDIT)

    result = command.run("--profile", "dev", "explain", decision_id)

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: ResourceNotFound: ")


def test_denied_user_may_not_ask(
    command: Command, daypass_server: DaypassServer
) -> None:
    """Being denied is no permission to ask why."""
    decision_id = explained(daypass_server, "intern", READ_ONLY)

    result = command.run("--profile", "intern", "explain", decision_id)

    assert 1 == result.returncode
    assert result.stderr.startswith("daypass: AccessDenied: ")


def test_owner_is_told_in_one_command(
    command: Command, daypass_server: DaypassServer
) -> None:
    """The administrator of the role's account learns what was missing, and where."""
    decision_id = explained(daypass_server, "auditor", AUDIT)

    result = command.run("--profile", "admin", "explain", decision_id)

    assert 0 == result.returncode, result.stderr
    assert f"denied: sts:AssumeRole on {AUDIT}" in result.stdout
    assert "Allow AuditorsForUs does not match  accounts/production.yaml:" in (
        result.stdout
    )
    assert "nearest change: ExternalId was not passed" in result.stdout


def test_owner_sees_its_own_side(
    command: Command, daypass_server: DaypassServer
) -> None:
    """Of the caller's policies the owner of the role sees what they came to."""
    decision_id = explained(daypass_server, "intern", READ_ONLY)

    found = command.answer("--profile", "admin", "explain", decision_id)

    slots = slots_of(found)
    assert ("resource", "111122223333") == (found["side"], found["caller_account_id"])
    assert ("allowed", False) == (
        slots["resource"]["effect"],
        slots["resource"]["withheld"],
    )
    assert ("implicit_deny", True, []) == (
        slots["identity"]["effect"],
        slots["identity"]["withheld"],
        slots["identity"]["policies"],
    )
    assert "accounts/development.yaml" not in json.dumps(found)


def test_caller_sees_its_own_side(
    command: Command, daypass_server: DaypassServer
) -> None:
    """The account of who was denied sees its own policies, and not the role's."""
    decision_id = explained(daypass_server, "intern", READ_ONLY)

    found = command.answer("--profile", "dev", "explain", decision_id)

    slots = slots_of(found)
    assert ("caller", ACCOUNT) == (found["side"], found["resource_account_id"])
    assert ("implicit_deny", False) == (
        slots["identity"]["effect"],
        slots["identity"]["withheld"],
    )
    assert "accounts/production.yaml" not in json.dumps(found)
    assert "DevelopmentDecidesWho" not in json.dumps(found)


def test_message_opens_for_the_denied_account(daypass_server: DaypassServer) -> None:
    """The message of a denial opens to who was denied what."""
    with DaypassClient(daypass_server.profile("admin")) as admin:
        with pytest.raises(AccessDeniedError) as caught:
            admin.assume_role(RoleRequest(role_arn=READ_ONLY))
        sealed = caught.value.failure.metadata["encoded_authorization_message"]
        message = json.loads(admin.decode_authorization_message(sealed))

    context = message["context"]
    assert (False, "sts:AssumeRole", READ_ONLY) == (
        message["allowed"],
        context["action"],
        context["resource"],
    )


def test_message_stays_shut_for_others(daypass_server: DaypassServer) -> None:
    """The message of a denial of another account is not valid."""
    error = denied(daypass_server, "intern", READ_ONLY)
    sealed = error.failure.metadata["encoded_authorization_message"]

    with (
        DaypassClient(daypass_server.profile("admin")) as admin,
        pytest.raises(InvalidRequestError) as caught,
    ):
        admin.decode_authorization_message(sealed)

    assert "InvalidAuthorizationMessageException" == caught.value.reason


def test_answer_is_explained(daypass_server: DaypassServer) -> None:
    """A denial that is an answer of Authorize is explained like any other."""
    bucket = "arn:aws:s3:::securecart-product-images/a"
    question = AccessQuestion(action="s3:GetObject", resource=bucket)
    user = f"arn:aws:iam::{ACCOUNT}:user/workloads/storefront"

    with DaypassClient(daypass_server.profile("admin")) as admin:
        decision = admin.authorize(question, user_arn=user)
        found = admin.explain_decision(decision.decision_id)

    assert not decision
    assert (user, bucket) == (found.caller_arn, found.explanation.resource)


def test_grant_is_not_explained(daypass_server: DaypassServer) -> None:
    """What was allowed is not kept, and so is not found."""
    question = AccessQuestion(action="daypass:VerifyToken", resource="*")
    user = f"arn:aws:iam::{ACCOUNT}:user/admin"

    with DaypassClient(daypass_server.profile("admin")) as admin:
        decision = admin.authorize(question, user_arn=user)
        with pytest.raises(NotFoundError):
            admin.explain_decision(decision.decision_id)

    assert decision.allowed
