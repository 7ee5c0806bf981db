"""The request context says what the server knows, and keeps quiet on the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.principal import AccountPrincipal, FederatedUser, RoleSession, User
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.directory.model import Directory
from daypass.sts.caller import CallContext, Caller, CallerKind
from daypass.sts.context import ContextBuilder, fold_tags, names
from support.sts_world import CALL, StsWorld
from support.world import START
from unit.sts import organisation as org

SESSION = Session(
    kind=SessionKind.USER,
    access_key_id="key",
    account_id=org.A,
    principal_id="id",
    session_name="",
    issue_time=START - timedelta(minutes=5),
    expire_time=START + timedelta(hours=1),
    epoch=Epoch("log", 0),
    derivation_key_id="d1",
    origin_id="id",
)
GONE_USER = User("aws", org.A, "/", "gone", "AIDA" + "Z" * 17)
GONE_ROLE = RoleSession("aws", org.A, "/", "gone", "AROA" + "Z" * 17, "s1")

Keys = Mapping[str, str | Sequence[str]]


def _keys(
    directory: Directory,
    caller: Caller,
    call: CallContext = CALL,
    **extra: str,
) -> Keys:
    return ContextBuilder(directory=directory, now=START).keys(caller, call, extra)


def _caller(principal: AccountPrincipal, session: Session | None = None) -> Caller:
    return Caller(principal, "key", "eu-test-1", Epoch("log", 0), session)


def test_facts_of_call(world: StsWorld) -> None:
    """The time, the place and the way of a call are keys."""
    keys = _keys(world.directory.current(), world.user(org.BOB))

    assert {
        "aws:CurrentTime": "2026-01-02T03:04:05Z",
        "aws:EpochTime": "1767323045",
        "aws:SecureTransport": "true",
        "aws:RequestedRegion": "eu-test-1",
        "aws:SourceIp": "203.0.113.7",
        "aws:UserAgent": "test/1",
    }.items() <= keys.items()


def test_absent_facts_are_absent(world: StsWorld) -> None:
    """What is not known of a call is no key, rather than an empty one."""
    call = replace(CALL, source_address=None, user_agent=None, secure_transport=False)

    keys = _keys(world.directory.current(), world.user(org.BOB), call)

    assert "false" == keys["aws:SecureTransport"]
    assert not {"aws:SourceIp", "aws:UserAgent"} & keys.keys()
    assert "" not in keys.values()


def test_long_term_keys_have_no_session(world: StsWorld) -> None:
    """A call with long-term keys has no key of a session, MFA included (6.2)."""
    keys = _keys(world.directory.current(), world.user(org.BOB))

    assert (
        not {
            "aws:TokenIssueTime",
            "aws:MultiFactorAuthPresent",
            "aws:MultiFactorAuthAge",
            "aws:SourceIdentity",
            "aws:FederatedProvider",
        }
        & keys.keys()
    )


def test_user_is_known(world: StsWorld) -> None:
    """A user is known by ARN, type, id, name and tags."""
    bob = world.user(org.BOB)

    keys = _keys(world.directory.current(), bob)

    assert {
        "aws:PrincipalArn": org.BOB,
        "aws:PrincipalAccount": org.A,
        "aws:PrincipalType": "User",
        "aws:userid": bob.principal.user_id,
        "aws:username": "bob",
        "aws:PrincipalTag/team": "red",
        "aws:PrincipalTag/Stage": "dev",
    }.items() <= keys.items()


def test_root_is_known(world: StsWorld) -> None:
    """A root user has no name and no tags."""
    keys = _keys(world.directory.current(), world.root(org.A))

    assert ("Account", org.A) == (keys["aws:PrincipalType"], keys["aws:userid"])
    assert "aws:username" not in keys
    assert not [key for key in keys if key.startswith("aws:PrincipalTag/")]


def test_federated_user_has_tags_of_user(world: StsWorld) -> None:
    """A federated user has the tags of the user that asked for it, below its own."""
    bob = world.user(org.BOB).principal
    assert isinstance(bob, User)
    session = replace(SESSION, kind=SessionKind.FEDERATED_USER, tags={"TEAM": "x"})

    keys = _keys(
        world.directory.current(),
        _caller(FederatedUser("aws", org.A, "guest", bob), session),
    )

    assert "FederatedUser" == keys["aws:PrincipalType"]
    assert {"aws:PrincipalTag/TEAM": "x", "aws:PrincipalTag/Stage": "dev"} == {
        key: value for key, value in keys.items() if key.startswith("aws:PrincipalTag/")
    }


@pytest.mark.parametrize("principal", [GONE_USER, GONE_ROLE])
def test_gone_principal_has_no_tags(
    world: StsWorld, principal: AccountPrincipal
) -> None:
    """A principal that the directory does not know any more has no tags."""
    keys = _keys(world.directory.current(), _caller(principal))

    assert not [key for key in keys if key.startswith("aws:PrincipalTag/")]


def test_session_without_second_factor(world: StsWorld) -> None:
    """A session says when it was issued, and that no second factor was shown."""
    bob = world.user(org.BOB)

    keys = _keys(world.directory.current(), replace(bob, session=SESSION))

    assert "2026-01-02T02:59:05Z" == keys["aws:TokenIssueTime"]
    assert "false" == keys["aws:MultiFactorAuthPresent"]
    assert "aws:MultiFactorAuthAge" not in keys


@pytest.mark.parametrize(("ago", "age"), [(90.9, "90"), (0, "0"), (-3, "0")])
def test_age_of_second_factor(world: StsWorld, ago: float, age: str) -> None:
    """The age of a second factor is in whole seconds, and never negative."""
    session = replace(SESSION, mfa_time=START - timedelta(seconds=ago))
    bob = world.user(org.BOB)

    keys = _keys(world.directory.current(), replace(bob, session=session))

    assert ("true", age) == (
        keys["aws:MultiFactorAuthPresent"],
        keys["aws:MultiFactorAuthAge"],
    )


def test_origin_of_session(world: StsWorld) -> None:
    """The source identity and the provider of a session are keys."""
    session = replace(SESSION, source_identity="alice", federated_provider="arn:idp")
    bob = world.user(org.BOB)

    keys = _keys(world.directory.current(), replace(bob, session=session))

    assert {
        "aws:SourceIdentity": "alice",
        "aws:FederatedProvider": "arn:idp",
    }.items() <= keys.items()


def test_operation_adds_keys(world: StsWorld) -> None:
    """The keys of the operation come last, and the context ignores case."""
    builder = ContextBuilder(directory=world.directory.current(), now=START)

    context = builder.build(world.user(org.BOB), CALL, {"sts:ExternalId": "e"})

    assert ("e",) == context.get("STS:externalid")


@pytest.mark.parametrize("account", [org.A, "999999999999"])
def test_outsider_has_no_organisation(world: StsWorld, account: str) -> None:
    """An account that is in no organisation, or is unknown, has no key of one."""
    keys = _keys(
        world.directory.current(), _caller(replace(GONE_USER, account_id=account))
    )

    assert not [key for key in keys if key.startswith("aws:PrincipalOrg")]


def test_tags_fold() -> None:
    """A tag that is laid over another of the same key, case aside, replaces it."""
    assert {"Team": "b", "x": "1", "y": "2"} == fold_tags(
        {"team": "a", "x": "1"}, {"Team": "b", "y": "2"}
    )


def test_lists_have_an_order() -> None:
    """The values of a list key come in a stable order."""
    assert ("a", "b", "c") == names({"c", "a", "b"})


@pytest.mark.parametrize(
    ("kind", "session_kind", "principal"),
    [
        (CallerKind.USER, None, GONE_USER),
        (CallerKind.USER_SESSION, SessionKind.USER, GONE_USER),
        (CallerKind.ROLE_SESSION, SessionKind.ROLE, GONE_ROLE),
        (
            CallerKind.FEDERATED_USER_SESSION,
            SessionKind.FEDERATED_USER,
            FederatedUser("aws", org.A, "guest", GONE_USER),
        ),
        (CallerKind.ROOT_TASK_SESSION, SessionKind.ROOT_TASK, GONE_USER),
    ],
)
def test_kind_of_caller(
    kind: CallerKind, session_kind: SessionKind | None, principal: AccountPrincipal
) -> None:
    """The kind of credential follows from the principal and the session (0.9)."""
    session = replace(SESSION, kind=session_kind) if session_kind else None

    assert kind is _caller(principal, session).kind
