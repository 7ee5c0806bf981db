"""Who may assume which role, and what a refusal tells.

Numbers are those of sts-operations section 7 and of the policy cases.
"""

from __future__ import annotations

import pytest

from daypass.core.errors import AccessDeniedError
from daypass.core.secret import Secret
from daypass.sts.assume_role_request import ProvidedContext
from support.sts_world import StsWorld, allow, trust
from unit.sts import organisation as org


async def refusal(world: StsWorld, caller_arn: str, role_arn: str) -> AccessDeniedError:
    """Returns the refusal of an AssumeRole that must be refused."""
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(caller_arn), role_arn)
    return caught.value


async def test_refuses_who_is_not_trusted(world: StsWorld) -> None:
    """A user that the trust policy does not name is refused."""
    error = await refusal(world, org.EVE, org.LOCAL)

    assert "AccessDenied" == error.row.reason


async def test_grants_whom_trust_names(world: StsWorld) -> None:
    """In the same account a trust policy that names the caller suffices (30)."""
    result = await world.assume(world.user(org.BOB), org.LOCAL)

    assert f"arn:aws:sts::{org.A}:assumed-role/Local/s1" == result.assumed_role_arn


async def test_refuses_across_accounts_without_identity(world: StsWorld) -> None:
    """Across accounts the caller's own policies must allow as well (30)."""
    error = await refusal(world, org.EVE, org.READER)

    assert "sts:AssumeRole" == error.metadata["action"]


async def test_grants_across_accounts_with_both(world: StsWorld) -> None:
    """Across accounts trust in the account and an identity policy suffice."""
    result = await world.assume(world.user(org.BOB), org.READER)

    assert f"arn:aws:sts::{org.B}:assumed-role/Reader/s1" == result.assumed_role_arn


async def test_session_arn_drops_the_path(world: StsWorld) -> None:
    """The session's ARN has no role path; the principal's ARN keeps it (1)."""
    result = await world.assume(world.user(org.BOB), org.READER)
    caller = await world.session(result)

    assert org.READER == caller.principal.principal_arn


async def test_assumed_role_id_is_the_roles(world: StsWorld) -> None:
    """The AssumedRoleId is the role's unique id, a colon and the name (2)."""
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None

    result = await world.assume(world.user(org.BOB), org.READER)

    assert f"{role.unique_id}:s1" == result.assumed_role_id


@pytest.mark.parametrize("role_arn", [org.ABSENT, org.NOWHERE, org.AUDIT])
async def test_denials_look_alike(world: StsWorld, role_arn: str) -> None:
    """An absent, a foreign and a refusing role answer in the same words (14)."""
    error = await refusal(world, org.BOB, role_arn)

    assert (
        f"User: {org.BOB} is not authorized to perform: sts:AssumeRole on"
        f" resource: {role_arn}"
    ) == error.message


async def test_denial_names_its_decision(world: StsWorld) -> None:
    """A denial carries the id under which the audit log has its ground."""
    error = await refusal(world, org.BOB, org.AUDIT)

    record = world.audit.records[-1]
    assert record.decision_id == error.metadata["decision_id"]
    assert "implicitDeny by resource" == record.decided_by


async def test_external_id_must_be_passed(world: StsWorld) -> None:
    """A role that asks for an external id refuses a call without it (29)."""
    error = await refusal(world, org.BOB, org.AUDIT)

    assert "policy" == error.detail


async def test_external_id_must_be_right(world: StsWorld) -> None:
    """Another external id is refused, whatever its case."""
    with pytest.raises(AccessDeniedError):
        await world.assume(world.user(org.BOB), org.AUDIT, external_id="E-42")


async def test_external_id_grants(world: StsWorld) -> None:
    """The external id that the trust policy names is accepted (29)."""
    result = await world.assume(world.user(org.BOB), org.AUDIT, external_id="e-42")

    assert result.credentials.access_key_id.startswith("ASIA")


async def test_external_id_unasked_is_ignored(world: StsWorld) -> None:
    """An external id that nobody asks for changes nothing (29)."""
    result = await world.assume(world.user(org.BOB), org.LOCAL, external_id="any")

    assert result.source_identity is None


async def test_explicit_deny_wins(world: StsWorld) -> None:
    """An explicit deny of the caller's beats a trust policy that names it."""
    deny = allow("sts:AssumeRole").replace("Effect: Allow", "Effect: Deny")
    world.declare(
        org.ACCOUNT_A.replace(allow("sts:*"), deny, 1),
        org.ACCOUNT_B,
    )

    error = await refusal(world, org.BOB, org.LOCAL)

    assert world.audit.records[-1].decided_by.startswith("explicitDeny by ")
    assert "AccessDenied" == error.row.reason


async def test_role_does_not_trust_itself(world: StsWorld) -> None:
    """A session of a role may not assume that role unless trust says so."""
    session = await world.session(await world.assume(world.user(org.BOB), org.READER))
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B.replace(trust(org.A), trust(org.BOB)))

    with pytest.raises(AccessDeniedError):
        await world.assume(session, org.READER)


async def test_recreated_caller_is_a_stranger(world: StsWorld) -> None:
    """A user made again under its name is not the one that trust named (32)."""
    session = await world.session(await world.assume(world.user(org.BOB), org.READER))
    without_reader = org.ACCOUNT_B.replace("  Reader:", "  Other:").replace(
        trust(org.READER), trust(org.BOB)
    )
    world.declare(org.ACCOUNT_A, without_reader)
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)

    with pytest.raises(AccessDeniedError):
        await world.assume(session, org.NEXT)


async def test_provided_context_is_refused(world: StsWorld) -> None:
    """A context assertion is refused, because no provider can be declared."""
    context = ProvidedContext(
        "arn:aws:iam::aws:contextProvider/IdentityCenter", Secret("assertion")
    )

    with pytest.raises(AccessDeniedError):
        await world.assume(world.user(org.BOB), org.LOCAL, provided_contexts=(context,))


async def test_permitted_context_is_refused(world: StsWorld) -> None:
    """Whoever may pass a context is refused as well, since nobody can check it."""
    permissive = trust(org.BOB, "sts:AssumeRole", "sts:SetContext")
    world.declare(org.ACCOUNT_A.replace(trust(org.BOB), permissive), org.ACCOUNT_B)
    context = ProvidedContext(
        "arn:aws:iam::aws:contextProvider/IdentityCenter", Secret("assertion")
    )

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(org.BOB), org.LOCAL, provided_contexts=(context,))
    assert "context_provider_unknown" == caught.value.detail
