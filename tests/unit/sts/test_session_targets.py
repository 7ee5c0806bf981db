"""What the session operations act on lies within the account of the caller."""

from __future__ import annotations

import pytest

from daypass.core.errors import AccessDeniedError, ValidationError
from daypass.core.identifiers import encode_access_key_id
from daypass.sts.policy_question import Target
from daypass.sts.session_targets import (
    PrincipalChoice,
    check_own_key,
    choice_target,
    key_target,
    record_target,
    unique_id_of,
)
from support.records import session_record
from support.sts_world import StsWorld
from support.world import START
from unit.sts import organisation as org

ROLE = PrincipalChoice(role_arn=org.READER)
USER = PrincipalChoice(user_arn=org.BOB)


@pytest.mark.parametrize("access_key_id", ["", "short", "A" * 129, "ASIA!" + "A" * 15])
def test_no_key_refused(access_key_id: str) -> None:
    """What is no access key id is a breach, told by its field."""
    with pytest.raises(ValidationError) as caught:
        check_own_key(access_key_id, org.A)

    assert {"access_key_id"} == {found.field for found in caught.value.violations}


def test_key_of_another_account_refused() -> None:
    """A key that carries another account is refused before it is looked up (C19)."""
    key = encode_access_key_id("ASIA", org.B, 0)

    with pytest.raises(AccessDeniedError) as caught:
        check_own_key(key, org.A)
    assert "session_of_another_account" == caught.value.detail
    check_own_key(key, org.B)


@pytest.mark.parametrize(
    ("whose", "account"), [(ROLE, org.A), (USER, org.B)], ids=["role", "user"]
)
def test_principal_of_another_account_refused(
    whose: PrincipalChoice, account: str
) -> None:
    """A role or user of another account is refused, whether it exists or not (C20)."""
    with pytest.raises(AccessDeniedError) as caught:
        choice_target(whose, account)

    assert "principal_of_another_account" == caught.value.detail


@pytest.mark.parametrize(
    "whose",
    [
        PrincipalChoice(role_arn=org.BOB),
        PrincipalChoice(user_arn=org.READER),
        PrincipalChoice(role_arn=""),
        PrincipalChoice(user_arn="bob"),
    ],
)
def test_other_arn_refused(whose: PrincipalChoice) -> None:
    """An ARN of another kind, or none, is no role and no user."""
    with pytest.raises(ValidationError):
        choice_target(whose, org.A)


@pytest.mark.parametrize(
    ("whose", "account", "resource"),
    [
        (ROLE, org.B, org.READER),
        (USER, org.A, org.BOB),
        (PrincipalChoice(), org.A, "*"),
    ],
)
def test_target_of_choice(whose: PrincipalChoice, account: str, resource: str) -> None:
    """The policy is asked about the role or user, or about everything."""
    assert Target(resource, account) == choice_target(whose, account)


def test_target_of_key() -> None:
    """Before a session is known the policy is asked about everything."""
    assert Target("*", org.A, asked_as="key") == key_target("key", org.A)


def test_target_of_record() -> None:
    """The policy is asked about the role of a session, and a denial names its key."""
    record = session_record(1, now=START)

    expected = Target(
        record.principal_arn, record.account_id, asked_as=record.access_key_id
    )
    assert expected == record_target(record)


@pytest.mark.parametrize(
    ("whose", "detail"),
    [
        (PrincipalChoice(role_arn=org.ABSENT), "role_unknown"),
        (PrincipalChoice(user_arn=f"{org.BOB}by"), "user_unknown"),
    ],
)
def test_unknown_principal_refused(
    world: StsWorld, whose: PrincipalChoice, detail: str
) -> None:
    """A role or user that there is not has no unique id."""
    with pytest.raises(ValidationError) as caught:
        unique_id_of(whose, world.directory.current())

    assert detail == caught.value.detail


def test_unique_ids(world: StsWorld) -> None:
    """A role and a user have their unique ids, and nobody has none."""
    directory = world.directory.current()
    role, user = directory.role_by_arn(org.READER), directory.user_by_arn(org.BOB)
    assert role is not None
    assert user is not None

    assert role.unique_id == unique_id_of(ROLE, directory)
    assert user.principal.unique_id == unique_id_of(USER, directory)
    assert unique_id_of(PrincipalChoice(), directory) is None
