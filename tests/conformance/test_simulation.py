"""Simulate and the real AssumeRole agree on every scenario of the example."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daypass_client import DaypassClient, Profile, RoleRequest
from daypass_client.access import ReplacedSlots, SimulatedCaller, SimulationRequest
from daypass_client.errors import AccessDeniedError
from support.example_documents import role_arns, user_arns, user_documents
from support.running import DaypassServer

PRODUCTION = "123456789012"
ROLE_A = f"arn:aws:iam::{PRODUCTION}:role/RoleA"
ROLE_B = f"arn:aws:iam::{PRODUCTION}:role/RoleB"
EXTERNAL_IDS = [None, "securecart-2026", "somebody-else"]
# What the example says in words (examples/securecart/README.md).
GRANTED = {
    ("dev", None): {"ReadOnlyRole", "RoleA"},
    ("dev", "securecart-2026"): {"ReadOnlyRole", "RoleA"},
    ("dev", "somebody-else"): {"ReadOnlyRole", "RoleA"},
    ("auditor", "securecart-2026"): {"SecureCart-AuditRole"},
    ("storefront", None): {"StorefrontRole"},
    ("storefront", "securecart-2026"): {"StorefrontRole"},
    ("storefront", "somebody-else"): {"StorefrontRole"},
}


@pytest.fixture
def admin(daypass_server: DaypassServer) -> Iterator[DaypassClient]:
    """Yields a client of the administrator of the production account."""
    with DaypassClient(daypass_server.profile("admin")) as client:
        yield client


def assumed(profile: Profile, external_id: str | None) -> dict[str, bool]:
    """Tells of each role whether the profile gets it."""
    with DaypassClient(profile) as client:
        return {role: _gets(client, role, external_id) for role in role_arns()}


def _gets(client: DaypassClient, role: str, external_id: str | None) -> bool:
    try:
        client.assume_role(RoleRequest(role_arn=role, external_id=external_id))
    except AccessDeniedError:
        return False
    return True


def simulated(
    admin: DaypassClient, user: str, external_id: str | None
) -> dict[str, bool]:
    """Tells of each role whether the policies give it to the user.

    Of a user of another account the policies are sent; its organisation allows all
    that is asked here.
    """
    documents = user_documents(user)
    slots = ReplacedSlots()
    if documents.account_id != PRODUCTION:
        slots = ReplacedSlots(identity=documents.identity, boundary=documents.boundary)
    results = admin.simulate(
        SimulationRequest(
            caller=SimulatedCaller(principal_arn=user_arns()[user]),
            actions=("sts:AssumeRole",),
            resources=role_arns(),
            context={} if external_id is None else {"sts:ExternalId": (external_id,)},
            slots=slots,
        )
    )
    return {result.resource: result.allowed for result in results}


@pytest.mark.parametrize("external_id", EXTERNAL_IDS)
@pytest.mark.parametrize("user", sorted(user_arns()))
def test_simulation_tells_the_truth(
    daypass_server: DaypassServer,
    admin: DaypassClient,
    user: str,
    external_id: str | None,
) -> None:
    """For each role the simulation says what happens, and the example meant it."""
    happened = assumed(daypass_server.profile(user), external_id)
    foretold = simulated(admin, user, external_id)

    assert happened == foretold
    granted = {arn.rpartition("/")[2] for arn, allowed in happened.items() if allowed}
    assert GRANTED.get((user, external_id), set()) == granted


@pytest.mark.parametrize("project", [None, "shop"])
def test_chain_is_foretold(
    daypass_server: DaypassServer, admin: DaypassClient, project: str | None
) -> None:
    """RoleA leads to RoleB with a project and not without, foretold and for real."""
    dev = daypass_server.profile("dev")
    tags = {} if project is None else {"project": project}
    request = RoleRequest(role_arn=ROLE_A, tags=tags, transitive_tag_keys=tuple(tags))
    with DaypassClient(dev) as client:
        first = client.assume_role(request)
    with DaypassClient(dev.with_credentials(first.credentials)) as client:
        happened = _gets(client, ROLE_B, None)

    (foretold,) = admin.simulate(
        SimulationRequest(
            caller=SimulatedCaller(principal_arn=ROLE_A),
            actions=("sts:AssumeRole",),
            resources=(ROLE_B,),
            context={f"aws:PrincipalTag/{key}": (tag,) for key, tag in tags.items()},
        )
    )

    assert (project is not None) == happened
    assert happened == foretold.allowed
