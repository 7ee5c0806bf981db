"""A signed call is issued one session, however often it is sent.

SPEC: sts-operations 3.4; attacks V01.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    SignatureDoesNotMatchError,
)
from daypass.core.replay_limits import SIGNED_CALL_KEPT_AFTER
from daypass.core.revocation import RevocationScope
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.caller import Caller
from daypass.sts.signed_call import SignedCall
from support.sts_world import CALL, StsWorld
from unit.sts import managed_organisation as org
from unit.sts.credentials import assume_root, holder, revoke
from unit.sts.signed_calls import (
    MINUTE,
    OPERATIONS,
    SECOND,
    call_of,
    send,
    sessions,
    shown,
    signed,
)


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns the organisation, with nothing issued."""
    return await org.managed()


async def refusal(world: StsWorld, caller: Caller) -> SignatureDoesNotMatchError:
    """Returns the error that the call of a caller must be refused with."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        await send(world, caller)
    return caught.value


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_v01_repeat_gets_the_same(world: StsWorld, operation: str) -> None:
    """V01: a call that is sent again gets the answer that it got before, whole."""
    caller = await signed(world)
    first = await send(world, caller, operation)
    world.clock.advance(14 * MINUTE)
    await world.follower.catch_up()

    again = await send(world, caller, operation)

    assert replace(first, credentials=again.credentials) == again
    assert shown(first.credentials) == shown(again.credentials)
    assert 1 == len(await sessions(world))
    assert (await holder(world, again.credentials)).session is not None


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_v01_hundred_at_once(world: StsWorld, operation: str) -> None:
    """V01: of a hundred identical calls at once all get one set of credentials."""
    caller = await signed(world)

    answers = await asyncio.gather(
        *(send(world, caller, operation) for _ in range(100))
    )

    assert 1 == len({shown(answer.credentials) for answer in answers})
    assert 1 == len(await sessions(world))


async def test_same_second_is_the_same_call(world: StsWorld) -> None:
    """V01: a client that signs anew within one second has signed the same call."""
    first = await send(world, await signed(world))

    again = await send(world, await signed(world))

    assert shown(first.credentials) == shown(again.credentials)


async def test_next_second_is_another_call(world: StsWorld) -> None:
    """A call that was signed a second later is issued a session of its own."""
    first = await send(world, await signed(world))
    world.clock.advance(SECOND)

    second = await send(world, await signed(world))

    assert first.credentials.access_key_id != second.credentials.access_key_id
    assert 2 == len(await sessions(world))


async def test_without_signature_ids_are_drawn(world: StsWorld) -> None:
    """Callers who were not proven by a signature are issued what they ask for."""
    caller = replace(await signed(world), signed_call=None)

    first, second = [await send(world, caller) for _ in range(2)]

    assert first.credentials.access_key_id != second.credentials.access_key_id
    assert [None, None] == [record.binding for record in await sessions(world)]


async def test_repeat_is_on_record(world: StsWorld) -> None:
    """The audit log tells a repeat from the first, and both name one key."""
    caller = await signed(world)
    answer = await send(world, caller)
    await send(world, caller)

    first, again = world.audit.records[-2:]
    assert ("allowed", "allowed") == (first.outcome, again.outcome)
    assert {answer.credentials.access_key_id} == {
        first.issued_access_key_id,
        again.issued_access_key_id,
    }
    assert "repeat" not in dict(first.attributes)
    assert "true" == dict(again.attributes)["repeat"]


async def test_repeat_is_decided_again(world: StsWorld) -> None:
    """A repeat is denied where policy has changed its mind."""
    caller = await signed(world)
    await send(world, caller)
    world.declare(*(text.replace('"sts:AssumeRole", ', "") for text in org.FILES))

    with pytest.raises(AccessDeniedError):
        await send(world, caller)


async def test_revoked_is_not_given_again(world: StsWorld) -> None:
    """After its session was revoked a call is refused, and issued no other."""
    caller = await signed(world)
    answer = await send(world, caller)
    await revoke(world, RevocationScope.SESSION, answer.credentials.access_key_id)

    error = await refusal(world, caller)

    assert "signed_call_session_revoked" == error.detail
    assert 1 == len(await sessions(world))
    assert "refused" == world.audit.records[-1].outcome


async def test_repeat_is_as_old_as_the_first(world: StsWorld) -> None:
    """What is given again falls with what was revoked since it was first issued."""
    caller = await signed(world)
    first = await send(world, caller)
    await revoke(world, RevocationScope.SESSION, "ASIAUNRELATED")
    later = replace(caller, epoch=world.view.epoch)

    again = await send(world, later)

    assert shown(first.credentials) == shown(again.credentials)
    session = (await holder(world, again.credentials)).session
    assert session is not None
    assert caller.epoch == session.epoch


async def test_call_outlives_its_session(world: StsWorld) -> None:
    """V01: where the session is over and the call still good, none follows."""
    world.clock.step(14 * MINUTE)
    caller = await signed(world)
    world.clock.step(-14 * MINUTE)
    await send(world, caller)
    world.clock.advance(16 * MINUTE)

    error = await refusal(world, caller)

    assert "signed_call_session_ended" == error.detail
    assert () == await sessions(world)


async def test_session_of_no_time_is_issued_once(world: StsWorld) -> None:
    """V01: a root session that ends at once is not issued again and again."""
    caller = await signed(world)
    await assume_root(world, caller, org.MEMBER, duration_seconds=0)

    with pytest.raises(SignatureDoesNotMatchError):
        await assume_root(world, caller, org.MEMBER, duration_seconds=0)

    records = world.audit.records
    issued = [each for each in records if each.issued_access_key_id is not None]
    assert 1 == len(issued)


@pytest.mark.parametrize("margin", [-SECOND, timedelta(0)])
async def test_id_is_taken_beyond_the_call(world: StsWorld, margin: timedelta) -> None:
    """The id of a call is taken until it can prove nothing, and a minute longer."""
    caller = await signed(world)
    end = call_of(caller).expire_time + SIGNED_CALL_KEPT_AFTER
    await assume_root(world, caller, org.MEMBER, duration_seconds=0)
    world.clock.advance(end + margin - world.clock.now())

    if margin < timedelta(0):
        with pytest.raises(SignatureDoesNotMatchError):
            await assume_root(world, caller, org.MEMBER, duration_seconds=0)
    else:
        # By then no worker takes the signature any more.
        await assume_root(world, caller, org.MEMBER, duration_seconds=0)


async def test_batch_repeats_item_by_item(world: StsWorld) -> None:
    """V01: each item of a batch has a session of its own, and has it again."""
    batch = world.batch()
    request = AssumeRoleRequest(role_arn=org.KEEPER, role_session_name="s1")
    caller = await signed(world)

    batches = await asyncio.gather(
        *(batch.run((request,) * 3, caller, CALL) for _ in range(5))
    )

    answers = [
        [
            shown(item.outcome.credentials)
            for item in items
            if isinstance(item.outcome, AssumeRoleResult)
        ]
        for items in batches
    ]
    assert 3 == len(set(answers[0]))
    assert [answers[0]] * 5 == answers
    assert 3 == len(await sessions(world))


async def test_batch_is_not_its_first_item(world: StsWorld) -> None:
    """An item of a batch is another call than the batch itself."""
    call = call_of(await signed(world))

    ids = {call.digest_of(number) for number in range(256)}

    assert 256 == len(ids)
    assert call.digest not in ids
    assert call.digest == call.digest_of(None)


async def test_chained_call_gets_the_same(world: StsWorld) -> None:
    """V01: a call that is signed with temporary credentials is answered once, too."""
    parent = (await send(world, await signed(world))).credentials
    caller = await world.signed(
        parent.access_key_id, parent.secret_access_key, parent.session_token
    )

    answers = [await send(world, caller) for _ in range(2)]

    assert 1 == len({shown(answer.credentials) for answer in answers})
    assert 2 == len(await sessions(world))


@pytest.mark.parametrize(
    ("access_key_id", "signature"), [("A" * 19, "b" * 64), ("A" * 20, "c" * 64)]
)
def test_other_signature_is_another_call(access_key_id: str, signature: str) -> None:
    """Calls are told apart by their signature and by the key that made it."""
    now = datetime.fromisoformat("2026-01-02T03:04:05Z")
    call = SignedCall(
        access_key_id="A" * 20, signature="b" * 64, sign_time=now, expire_time=now
    )
    other = SignedCall(
        access_key_id=access_key_id,
        signature=signature,
        sign_time=now,
        expire_time=now,
    )

    assert call.digest != other.digest
    assert call.call_id != other.call_id
    assert "b" * 8 not in repr(call)


@pytest.mark.parametrize("asked", [False, True])
def test_names_of_a_call(*, asked: bool) -> None:
    """A call and its items have the names that other releases give them."""
    now = datetime.fromisoformat("2026-01-02T03:04:05Z")
    call = SignedCall("AKIDEXAMPLE", "b" * 64, now, now)
    name = hashlib.sha256(b"daypass signed call\nAKIDEXAMPLE\n" + b"b" * 64).digest()
    assert not asked or call.digest

    item = call.digest_of(3)

    third = hashlib.sha256(name + b":3").digest()
    assert (name, third) == (call.digest, item)
