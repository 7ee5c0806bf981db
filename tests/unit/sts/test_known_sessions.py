"""What follows from a session is found by the very things that it follows from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.core.errors import InvalidClientTokenIdError, SignatureDoesNotMatchError
from daypass.core.secret import Secret
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.known_sessions import KnownSession, KnownSessions
from daypass.sts.principals import principal_of_session
from support.forge import role_session
from support.sts_world import StsWorld
from unit.sts import organisation as org


async def issued(world: StsWorld) -> AssumeRoleResult:
    """Returns credentials that bob was issued, and that were used once."""
    result = await world.assume(world.user(org.BOB), org.READER)
    await world.session(result)
    return result


async def known_in(world: StsWorld) -> KnownSession:
    """Returns a session of the world, with what follows from it."""
    caller = await world.session(await issued(world))
    session = caller.session
    assert session is not None
    derivation = world.ring.current().derivation_secret(session.derivation_key_id)
    assert derivation is not None
    return KnownSession(session, caller.principal, derivation, Secret("s"))


async def test_session_is_found(world: StsWorld) -> None:
    """A session that was remembered is found by itself in the same directory."""
    known, directory = await known_in(world), world.directory.current()
    memory = KnownSessions()

    memory.remember(known, directory)

    assert memory.find(known.session, directory) is known
    assert principal_of_session(known.session, directory) == known.principal


async def test_equal_session_is_another(world: StsWorld) -> None:
    """Another session of the same name is not found, even where it is equal."""
    known, directory = await known_in(world), world.directory.current()
    memory = KnownSessions()
    memory.remember(known, directory)

    assert memory.find(replace(known.session), directory) is None


async def test_other_directory_has_its_own(world: StsWorld) -> None:
    """Another snapshot finds nothing of the one before, and takes its place."""
    known, directory = await known_in(world), world.directory.current()
    memory = KnownSessions()
    memory.remember(known, directory)

    other = replace(directory)
    assert memory.find(known.session, other) is None
    memory.remember(known, other)
    assert memory.find(known.session, directory) is None
    assert len(memory) == 1


async def test_memory_is_bounded(world: StsWorld) -> None:
    """No more sessions are remembered than the bound says."""
    known, directory = await known_in(world), world.directory.current()
    memory = KnownSessions(size_max=2)

    for number in range(5):
        session = role_session(world.ring.current(), access_key_id=f"key-{number}")
        memory.remember(replace(known, session=session), directory)

    assert len(memory) == 2


async def test_memory_does_not_print(world: StsWorld) -> None:
    """The text form of what is remembered holds no secret."""
    known = await known_in(world)

    assert known.derivation.secret.reveal().hex() not in repr(known)
    assert "<redacted>" in repr(known)


async def test_v18_role_gone_while_hot(world: StsWorld) -> None:
    """A session in use ends with its role, and is not revived by a namesake."""
    result = await issued(world)

    world.declare(org.ACCOUNT_A)
    with pytest.raises(InvalidClientTokenIdError) as caught:
        await world.session(result)
    assert caught.value.detail == "role_gone"

    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)
    with pytest.raises(InvalidClientTokenIdError):
        await world.session(result)


async def test_v17_derivation_secret_gone_while_hot(world: StsWorld) -> None:
    """A session in use ends when what its secret is derived from is revoked."""
    result = await issued(world)
    ring = world.ring.current()
    name = ring.current_derivation.name

    world.ring.value = replace(ring, revoked=frozenset({name}))
    with pytest.raises(InvalidClientTokenIdError) as caught:
        await world.session(result)

    assert caught.value.detail == "derivation_secret_gone"


async def test_v17_other_derivation_secret_of_the_name(world: StsWorld) -> None:
    """A secret that takes the place of another gives sessions other secrets."""
    result = await issued(world)
    ring = world.ring.current()
    others = tuple(
        replace(entry, secret=Secret(b"x" * 32)) for entry in ring.derivation_secrets
    )

    world.ring.value = replace(ring, derivation_secrets=others)
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        await world.session(result)

    assert caught.value.detail == "wrong_signature"
