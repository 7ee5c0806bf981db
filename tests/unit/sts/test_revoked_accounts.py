"""Revoking an account: what it ends, in that account and in others.

SPEC: design 7; attacks C03; decision 0055.
"""

from __future__ import annotations

from daypass.core.revocation import RevocationScope
from support.sts_world import StsWorld, allow, trust
from unit.sts import organisation as org
from unit.sts.revoking import refused, revoke, session_of


async def test_account_is_revoked_whole(world: StsWorld) -> None:
    """Revoking an account ends the sessions of all its roles."""
    reader = await world.assume(world.user(org.BOB), org.READER)

    await revoke(world, RevocationScope.ACCOUNT, org.B)

    assert await refused(world, reader)


async def test_revoked_account_takes_its_chains_along(world: StsWorld) -> None:
    """Revoking an account ends what its sessions have begun in other accounts."""
    world.declare(
        org.ACCOUNT_A.replace(
            f"  Local: {{trust: {trust(org.BOB)}}}",
            f"  Local: {{trust: {trust(org.BOB)},"
            f" policies: {{assume: {allow('sts:*')}}}}}",
        ),
        org.ACCOUNT_B,
    )
    local = await world.session(await world.assume(world.user(org.BOB), org.LOCAL))
    chained = await world.assume(local, org.TAGGED)

    await revoke(world, RevocationScope.ACCOUNT, org.A)

    assert await refused(world, chained)


async def test_revoked_account_ends_what_its_keys_began(world: StsWorld) -> None:
    """Revoking an account ends what its long-term keys have begun in other accounts."""
    first = await world.assume(world.user(org.BOB), org.READER)
    second = await world.assume(await world.session(first), org.NEXT)
    assert not await refused(world, second)

    await revoke(world, RevocationScope.ACCOUNT, org.A)
    later = await world.assume(world.user(org.BOB), org.READER)

    assert [True, True, False] == [
        await refused(world, each) for each in (first, second, later)
    ]


async def test_deleted_user_does_not_hide_its_sessions(world: StsWorld) -> None:
    """What the key of a user has begun ends with the account after the user is gone."""
    issued = await world.assume(world.user(org.BOB), org.READER)
    world.declare(
        org.ACCOUNT_A.replace("  bob:", "  rob:").replace(org.BOB, org.EVE),
        org.ACCOUNT_B.replace(org.BOB, org.EVE),
    )
    assert world.directory.current().user_by_arn(org.BOB) is None
    assert not await refused(world, issued)

    await revoke(world, RevocationScope.ACCOUNT, org.A)

    assert await refused(world, issued)


async def test_account_of_a_key_is_carried_where_it_is_another(
    world: StsWorld,
) -> None:
    """A session in the account of the key that began it has no more than before."""
    reader = await world.assume(world.user(org.BOB), org.READER)
    local = await world.assume(world.user(org.BOB), org.LOCAL)

    assert (org.A,) == (await session_of(world, reader)).ancestor_principals
    assert () == (await session_of(world, local)).ancestor_principals
    assert await refused(world, reader) is False
    await revoke(world, RevocationScope.ACCOUNT, "999999999999")
    assert await refused(world, reader) is False
