"""A session stands for whoever the directory says that it is, or for nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.principal import FederatedUser, RootUser, User
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.sts.principals import PrincipalGoneError, principal_of_session
from support.sts_world import StsWorld
from support.world import START
from unit.sts import organisation as org


def _session(kind: SessionKind, principal_id: str, account_id: str = org.A) -> Session:
    return Session(
        kind=kind,
        access_key_id="key",
        account_id=account_id,
        principal_id=principal_id,
        session_name="guest",
        issue_time=START,
        expire_time=START + timedelta(hours=1),
        epoch=Epoch("log", 0),
        derivation_key_id="d1",
        origin_id=principal_id,
    )


def _gone(world: StsWorld, session: Session) -> str:
    with pytest.raises(PrincipalGoneError) as caught:
        principal_of_session(session, world.directory.current())
    return caught.value.detail


def _bob(world: StsWorld) -> User:
    user = world.directory.current().user_by_arn(org.BOB)
    assert user is not None
    return user.principal


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        (SessionKind.ROLE, "role_gone"),
        (SessionKind.USER, "user_gone"),
        (SessionKind.FEDERATED_USER, "user_gone"),
    ],
)
def test_unknown_id_is_nobody(world: StsWorld, kind: SessionKind, detail: str) -> None:
    """A session of an id that nobody has stands for nobody."""
    assert detail == _gone(world, _session(kind, "AIDA" + "Z" * 17))


@pytest.mark.parametrize(
    "kind", [SessionKind.USER, SessionKind.FEDERATED_USER, SessionKind.ROOT_TASK]
)
def test_root_of_unknown_account(world: StsWorld, kind: SessionKind) -> None:
    """A session of the root user of an account that is gone stands for nobody."""
    nowhere = "999999999999"

    assert "account_gone" == _gone(world, _session(kind, nowhere, nowhere))


def test_id_in_another_account(world: StsWorld) -> None:
    """A session whose account is not that of its user or role stands for nobody."""
    bob = _bob(world)
    role = world.directory.current().role_by_arn(org.LOCAL)
    assert role is not None

    assert "user_gone" == _gone(world, _session(SessionKind.USER, bob.unique_id, org.B))
    assert "role_gone" == _gone(
        world, _session(SessionKind.ROLE, role.unique_id, org.B)
    )


def test_session_of_user(world: StsWorld) -> None:
    """A session of a user, begun with the user's key, stands for the user."""
    user = world.directory.current().user_by_arn(org.BOB)
    assert user is not None
    session = replace(
        _session(SessionKind.USER, user.principal.unique_id),
        ancestors=(user.access_keys[0].access_key_id,),
    )

    assert user.principal == principal_of_session(session, world.directory.current())


def test_session_of_role(world: StsWorld) -> None:
    """A session of a role has the role's names and its own."""
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None

    found = principal_of_session(
        _session(SessionKind.ROLE, role.unique_id, org.B), world.directory.current()
    )

    assert f"arn:aws:sts::{org.B}:assumed-role/Reader/guest" == found.arn
    assert org.READER == found.principal_arn


@pytest.mark.parametrize("kind", [SessionKind.USER, SessionKind.ROOT_TASK])
def test_session_of_root(world: StsWorld, kind: SessionKind) -> None:
    """A session of a root user, or of a task of one, stands for the root user."""
    account = world.directory.current().account(org.A)
    assert account is not None
    key = account.root.access_keys[0].access_key_id

    assert RootUser("aws", org.A) == principal_of_session(
        replace(_session(kind, org.A), ancestors=(key,)), world.directory.current()
    )


def test_federated_session(world: StsWorld) -> None:
    """A federated session stands for a name, on behalf of whoever asked for it."""
    bob, directory = _bob(world), world.directory.current()
    session = _session(SessionKind.FEDERATED_USER, bob.unique_id)

    assert FederatedUser("aws", org.A, "guest", bob) == principal_of_session(
        session, directory
    )
    assert FederatedUser(
        "aws", org.A, "guest", RootUser("aws", org.A)
    ) == principal_of_session(replace(session, principal_id=org.A), directory)
