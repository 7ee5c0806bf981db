"""The access table: a row for each method, and what the rows say (spec 0.9)."""

from __future__ import annotations

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from daypass.core.errors import AccessDeniedError
from daypass.rpc.access import ACCESS, check_kind
from daypass.rpc.methods import ACCESS_SERVICE, STS, TOKEN, own_methods
from daypass.rpc.unimplemented import UNIMPLEMENTED
from daypass.sts.access_rules import Unproven
from daypass.sts.caller import CallerKind
from support.door import Door

# The matrix of spec 0.9 in the order root, user, session of a user, of a role, of a
# federated user, of a root task, of a delegation.
MATRIX = {
    "AssumeRole": "-+++---",
    "BatchAssumeRole": "-+++---",
    "GetCallerIdentity": "+++++++",
    "GetSessionToken": "++-----",
    "GetFederationToken": "++-----",
    "GetWebIdentityToken": "-+++---",
    "AssumeRoot": "-+-+---",
    "GetDelegatedAccessToken": "-+-+---",
    "DecodeAuthorizationMessage": "++-+---",
    "GetAccessKeyInfo": "++-+---",
}


def _standard_methods() -> set[str]:
    return {
        f"/{service.full_name}/{method.name}"
        for file in (health_pb2.DESCRIPTOR, reflection_pb2.DESCRIPTOR)
        for service in file.services_by_name.values()
        for method in service.methods
    }


def test_every_method_has_row() -> None:
    """The table has a row for each method of every descriptor, and no other row."""
    assert set(own_methods()) | _standard_methods() == ACCESS.keys()


def test_unimplemented_methods_declared() -> None:
    """The list of methods that are not built names declared methods only."""
    assert set() == UNIMPLEMENTED - set(own_methods())
    assert 0 == len(UNIMPLEMENTED)


@pytest.mark.parametrize(
    ("method", "kind", "allowed"),
    [
        (method, kind, mark == "+")
        for method, marks in MATRIX.items()
        for kind, mark in zip(CallerKind, marks, strict=True)
    ],
)
def test_matrix_of_kinds(method: str, kind: CallerKind, *, allowed: bool) -> None:
    """Each kind of credential may call what the matrix says, and nothing else."""
    rule = ACCESS[f"{STS}{method}"]

    assert isinstance(rule, frozenset)
    assert allowed == (kind in rule)


@pytest.mark.parametrize(
    "name", ["Authorize", "Simulate", "ExplainDecision", "AuthenticateRequest"]
)
def test_questions_of_operators(name: str) -> None:
    """Federated users, root tasks and delegations may not ask, the others may."""
    rule = ACCESS[f"{ACCESS_SERVICE}{name}"]

    strangers = {
        CallerKind.FEDERATED_USER_SESSION,
        CallerKind.ROOT_TASK_SESSION,
        CallerKind.DELEGATED_SESSION,
    }
    assert isinstance(rule, frozenset)
    assert set(CallerKind) - strangers == rule


@pytest.mark.parametrize("kind", CallerKind)
def test_who_approves(kind: CallerKind) -> None:
    """Users and sessions of users and roles approve delegated access, and no other."""
    approving = {CallerKind.USER, CallerKind.USER_SESSION, CallerKind.ROLE_SESSION}

    rule = ACCESS[f"{TOKEN}CreateTradeInToken"]
    assert isinstance(rule, frozenset)
    assert (kind in approving) == (kind in rule)


def test_delegated_session_may_name_itself() -> None:
    """Of everything that needs a proof a delegated session calls one method."""
    allowed = {
        method
        for method, rule in ACCESS.items()
        if isinstance(rule, frozenset) and CallerKind.DELEGATED_SESSION in rule
    }

    assert {f"{STS}GetCallerIdentity"} == allowed


def test_proof_in_request_methods() -> None:
    """Only the two federated exchanges take their proof from the request."""
    found = {
        method for method, rule in ACCESS.items() if rule is Unproven.PROOF_IN_REQUEST
    }

    assert {
        f"{STS}AssumeRoleWithSAML",
        f"{STS}AssumeRoleWithWebIdentity",
    } == found


def test_method_without_row_refused() -> None:
    """A method that nobody has entered into the table is refused to everyone."""
    with pytest.raises(AccessDeniedError) as caught:
        check_kind("/daypass.api.sts.v1.SecurityTokenService/New", CallerKind.USER)

    assert "method_without_access_rule" == caught.value.detail


@pytest.mark.parametrize(
    ("method", "kind", "message"),
    [
        ("AssumeRole", "ROOT", "Roles may not be assumed by root accounts."),
        ("BatchAssumeRole", "ROOT", "Roles may not be assumed by root accounts."),
        (
            "GetSessionToken",
            "USER_SESSION",
            "Cannot call GetSessionToken with session credentials",
        ),
        (
            "GetFederationToken",
            "ROLE_SESSION",
            "Cannot call GetFederationToken with session credentials",
        ),
        ("AssumeRole", "FEDERATED_USER_SESSION", "Access denied"),
    ],
)
async def test_forbidden_kind_refused(
    door: Door, method: str, kind: str, message: str
) -> None:
    """A forbidden kind is refused with the text that clients know."""
    error = await door.refusal(f"{STS}{method}", metadata=(("authorization", kind),))

    assert grpc.StatusCode.PERMISSION_DENIED is error.code()
    assert message == error.details()


@pytest.mark.parametrize("kind", CallerKind)
async def test_matrix_at_the_door(door: Door, kind: CallerKind) -> None:
    """The door lets a kind through to what the matrix says, and to nothing else."""
    column = list(CallerKind).index(kind)
    let_through = []

    for method, marks in MATRIX.items():
        credentials = (("authorization", kind.name),)
        if marks[column] == "+":
            await door.call(f"{STS}{method}", metadata=credentials)
            let_through.append(f"{STS}{method}")
        else:
            error = await door.refusal(f"{STS}{method}", metadata=credentials)
            assert grpc.StatusCode.PERMISSION_DENIED is error.code()

    assert let_through == [name for name, _, _ in door.handled]


async def test_forbidden_kind_recorded(door: Door) -> None:
    """A refusal of the door to a proven caller is on record."""
    await door.refusal(f"{STS}AssumeRole", metadata=(("authorization", "ROOT"),))

    record = door.audit.records[-1]
    assert ("AssumeRole", "refused", "caller_kind") == (
        record.operation,
        record.outcome,
        record.detail,
    )
    assert "arn:aws:iam::111122223333:root" == record.caller_arn


@pytest.mark.parametrize("method", ["AssumeRole", "AssumeRoleWithSAML"])
async def test_unimplemented_method_says_so(method: str) -> None:
    """A method that is not built says so to those who may call it."""
    name = f"{STS}{method}"
    async with Door(unbuilt=frozenset({name})) as door:
        error = await door.refusal(name)

    assert grpc.StatusCode.UNIMPLEMENTED is error.code()
    assert f"{method} is not available in this release" == error.details()
