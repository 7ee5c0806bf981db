"""Which id the session of a signed call has, and what new keys change of that.

SPEC: sts-operations 2.4 and 3.4; attacks V01; decisions 0013 and 0078.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import SignatureDoesNotMatchError, StoreUnavailableError
from daypass.core.ports import Entropy
from daypass.core.replay_limits import RING_SETTLED_AFTER
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import revoke_key
from daypass.keyring.generate import new_ring_key, new_ring_secret
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.sts.caller import Caller
from daypass.tokens.access_key import derive_access_key_id
from support.records import bound_record, session_record
from support.sts_world import StsWorld
from unit.sts import managed_organisation as org
from unit.sts.signed_calls import MINUTE, SECOND, call_of, send, sessions, signed


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the organisation, with nothing issued."""
    return await org.managed()


async def refusal(world: StsWorld, caller: Caller) -> SignatureDoesNotMatchError:
    """Returns the error that the call of a caller must be refused with."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        await send(world, caller)
    return caught.value


def with_new_keys(ring: Ring, now: datetime, entropy: Entropy) -> Ring:
    """Returns a ring in which everything has been replaced at an instant."""
    return replace(
        ring,
        version=ring.version + 1,
        keys=(
            *(replace(each, state=KeyState.RETIRING, since=now) for each in ring.keys),
            *(
                new_ring_key(each, entropy, now, state=KeyState.ACTIVE)
                for each in Algorithm
            ),
        ),
        derivation_secrets=(
            *(
                replace(each, state=KeyState.RETIRING, since=now)
                for each in ring.derivation_secrets
            ),
            new_ring_secret(entropy, now, state=KeyState.ACTIVE),
        ),
    )


@pytest.mark.parametrize("passed", [SECOND, 14 * MINUTE])
async def test_new_keys_issue_no_second_session(
    world: StsWorld, passed: timedelta
) -> None:
    """V01: a call is refused, not issued anew, when all keys have changed since."""
    caller = await signed(world)
    await send(world, caller)
    world.clock.advance(passed)
    world.ring.value = with_new_keys(world.ring.value, world.clock.now(), world.entropy)

    error = await refusal(world, caller)

    assert "signed_call_changed" == error.detail
    assert {"sign_anew": "true"} == error.metadata
    assert 1 == len(await sessions(world))


async def test_workers_with_other_rings_agree(world: StsWorld) -> None:
    """V01: a worker that has not heard of new keys issues no second session either."""
    old = world.ring.value
    world.ring.value = with_new_keys(old, world.clock.now(), world.entropy)
    caller = await signed(world)
    await send(world, caller)
    world.ring.value = old

    assert "signed_call_changed" == (await refusal(world, caller)).detail


async def test_revoked_name_is_the_same_name(world: StsWorld) -> None:
    """V01: the secret that named a session is revoked, and a repeat gets that one.

    The session itself is derived under the next secret, and lives on.
    """
    now, old = world.clock.now(), world.ring.value.current_derivation
    ring = world.ring.value = with_new_keys(world.ring.value, now, world.entropy)
    caller = await signed(world)
    first = await send(world, caller)

    for each in (
        ring.in_use(as_of=now, revoked=frozenset({old.name})),
        revoke_key(ring, old.name, now=now, entropy=world.entropy),
    ):
        world.ring.value = each
        assert first.credentials == (await send(world, caller)).credentials

    assert 1 == len(await sessions(world))


@pytest.mark.parametrize("knows_first", [False, True])
async def test_revoked_secret_issues_no_second_session(
    world: StsWorld, *, knows_first: bool
) -> None:
    """V01: a worker that knows of a revoked secret and one that does not agree."""
    now, old = world.clock.now(), world.ring.value
    new = revoke_key(old, old.current_derivation.name, now=now, entropy=world.entropy)
    first, second = (new, old) if knows_first else (old, new)
    world.ring.value = first
    caller = await signed(world)
    await send(world, caller)
    world.ring.value = second

    error = await refusal(world, caller)

    assert "signed_call_changed" == error.detail
    assert {"sign_anew": "true"} == error.metadata
    assert 1 == len(await sessions(world))


async def test_ids_follow_the_new_secret_in_time(world: StsWorld) -> None:
    """The old secret names sessions until calls that could be older are over."""
    old = world.ring.value.current_derivation
    changed = world.clock.now()
    world.ring.value = with_new_keys(world.ring.value, changed, world.entropy)
    new = world.ring.value.current_derivation
    for passed, derivation in [
        (RING_SETTLED_AFTER - SECOND, old),
        (RING_SETTLED_AFTER, new),
    ]:
        world.clock.step(changed + passed - world.clock.now())
        caller = await signed(world)
        answer = await send(world, caller)
        expected = derive_access_key_id(
            call_of(caller).digest, org.MANAGEMENT, derivation
        )
        assert expected == answer.credentials.access_key_id


@pytest.mark.parametrize("kind", ["bound", "drawn"])
async def test_id_of_another_is_not_taken(world: StsWorld, kind: str) -> None:
    """Where another session has the id of a call by chance, the call has to wait."""
    caller = await signed(world)
    now = world.clock.now()
    access_key_id = derive_access_key_id(
        call_of(caller).digest, org.MANAGEMENT, world.ring.value.current_derivation
    )
    record = session_record(1, now=now) if kind == "drawn" else bound_record(1, now=now)
    await world.store.add(replace(record, access_key_id=access_key_id))

    with pytest.raises(StoreUnavailableError) as caught:
        await send(world, caller)

    assert "access_key_id_of_another_call" == caught.value.detail
    assert caught.value.retry_after is not None
    assert None is world.audit.records[-1].issued_access_key_id
    world.clock.advance(SECOND)
    await send(world, await signed(world))
