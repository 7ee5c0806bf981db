"""Which policies apply to a caller."""

from __future__ import annotations

import pytest

from daypass.core.principal import AccountPrincipal, FederatedUser, RoleSession, User
from daypass.sts.policy_question import Authorizer, Target
from daypass.sts.session_policies import SessionPolicyReader
from support.sts_world import StsWorld
from unit.sts import organisation as org

EVERYTHING = Target("*", org.A)


def _authorizer(world: StsWorld) -> Authorizer:
    return Authorizer(
        directory=world.directory.current(),
        session_policies=SessionPolicyReader(),
        now=world.clock.now(),
    )


@pytest.mark.parametrize(
    "principal",
    [
        User("aws", org.A, "/", "gone", "AIDA" + "Z" * 17),
        RoleSession("aws", org.A, "/", "gone", "AROA" + "Z" * 17, "s1"),
    ],
)
def test_gone_principal_has_no_policies(
    world: StsWorld, principal: AccountPrincipal
) -> None:
    """A user or role that is gone has no policy, so that nothing is allowed."""
    slots = _authorizer(world).slots(principal, None, EVERYTHING)

    assert () == slots.identity


def test_federated_user_has_policies_of_user(world: StsWorld) -> None:
    """A federated user has the policies of the user that asked for it."""
    user = world.directory.current().user_by_arn(org.BOB)
    assert user is not None
    federated = FederatedUser("aws", org.A, "guest", user.principal)

    slots = _authorizer(world).slots(federated, None, EVERYTHING)

    assert user.policies == slots.identity
    assert 0 < len(slots.identity)


def test_names_of_unique_ids(world: StsWorld) -> None:
    """A unique id has the ARN of its role or user, or of nobody."""
    directory = world.directory.current()
    role, user = directory.role_by_arn(org.READER), directory.user_by_arn(org.BOB)
    assert role is not None
    assert user is not None
    authorizer = _authorizer(world)

    assert org.READER == authorizer.arn_of(role.unique_id)
    assert org.BOB == authorizer.arn_of(user.principal.unique_id)
    assert authorizer.arn_of("AIDA" + "Z" * 17) is None
