"""Sessions, revocations and credentials are frozen values that show no secret."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from daypass.core.credentials import Credentials
from daypass.core.revocation import Epoch, Revocation, RevocationScope
from daypass.core.secret import Secret
from daypass.core.session import Session, SessionKind, SessionPolicies
from support.records import revocation, session_record
from support.world import START

SESSION = Session(
    kind=SessionKind.ROLE,
    access_key_id="key",
    account_id="111122223333",
    principal_id="role-id",
    session_name="s1",
    issue_time=START,
    expire_time=START + timedelta(hours=1),
    epoch=Epoch("log", 3),
    derivation_key_id="d1",
    origin_id="user-id",
)


def test_credentials_show_no_secret() -> None:
    """Credentials print their id and expiry, and neither secret."""
    shown = repr(Credentials("key-id", Secret("hunter2"), Secret("hunter3"), START))

    assert "key-id" in shown
    assert "hunter" not in shown


@pytest.mark.parametrize(
    ("expected", "policies"),
    [
        (False, SessionPolicies()),
        (True, SessionPolicies(inline="")),
        (True, SessionPolicies(inline="{}")),
        (True, SessionPolicies(managed_arns=("arn",))),
    ],
)
def test_presence_of_policies(expected: bool, policies: SessionPolicies) -> None:  # noqa: FBT001
    """A session has policies as soon as any was passed, the empty text too."""
    assert expected is bool(policies)


def test_session_defaults_to_nothing() -> None:
    """A session carries nothing that it was not given, and its tags do not change."""
    assert ((), {}, frozenset(), None, None, None) == (
        SESSION.ancestors,
        SESSION.tags,
        SESSION.transitive_tag_keys,
        SESSION.source_identity,
        SESSION.mfa_time,
        SESSION.federated_provider,
    )
    assert not SESSION.policies
    with pytest.raises(TypeError):
        SESSION.tags["team"] = "red"  # type: ignore[index]


@pytest.mark.parametrize(
    "value",
    [
        SESSION,
        SESSION.epoch,
        SESSION.policies,
        session_record(1, now=START),
        revocation("key", now=START),
    ],
)
def test_values_do_not_change(value: Session) -> None:
    """What was decided upon cannot be changed behind the decision."""
    field = dataclasses.fields(value)[0].name

    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, field, "other")


def test_kinds_of_the_wire() -> None:
    """The kinds of sessions and the scopes of revocations keep their stored names."""
    kinds = ["role", "user", "federated-user", "root-task", "delegated"]
    assert kinds == list(SessionKind)
    scopes = ["session", "principal", "account", "token", "key"]
    assert scopes == list(RevocationScope)


def test_revocation_names_one_thing() -> None:
    """Revocations of one name in two scopes are two."""
    one = Revocation(RevocationScope.SESSION, "x", START, START)

    assert dataclasses.replace(one, scope=RevocationScope.ACCOUNT) != one
