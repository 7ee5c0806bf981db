"""A key is revoked, or rotated by hand, and the schedule goes on from there.

SPEC: sts-operations 6.4; design 7.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import described, revoke_key, rotate_early
from daypass.keyring.errors import RingChangeError
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import Purpose, RotationRules, Slot
from support.world import START, SeededEntropy

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
RULES = RotationRules(period=24 * HOUR, lead=HOUR, keep=36 * HOUR)
SLOTS = [
    Slot(Purpose.SIGNING, Algorithm.EDDSA),
    Slot(Purpose.DERIVATION),
    Slot(Purpose.SEALING),
]


@pytest.fixture
def ring(entropy: SeededEntropy) -> Ring:
    """Returns a new ring with one signing key."""
    return new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))


def states(ring: Ring, slot: Slot) -> dict[str, KeyState]:
    """Returns the state of each key of a slot."""
    return {each.name: each.state for each in described(ring) if each.slot == slot}


@pytest.mark.parametrize("slot", SLOTS, ids=str)
def test_revoked_active_key_is_followed(
    ring: Ring, entropy: SeededEntropy, slot: Slot
) -> None:
    """An active key that is revoked is gone, and a new one is active at once."""
    (before,) = states(ring, slot)

    after = revoke_key(ring, before, now=START + HOUR, entropy=entropy)

    ((name, state),) = states(after, slot).items()
    assert before != name
    assert KeyState.ACTIVE is state
    after.check_follows(ring)


@pytest.mark.parametrize("slot", SLOTS, ids=str)
def test_prepared_key_takes_the_place(
    ring: Ring, entropy: SeededEntropy, slot: Slot
) -> None:
    """Where a key is prepared, it is active when the one before it is revoked."""
    (before,) = states(ring, slot)
    ring = rotate_early(ring, slot, RULES, now=START, entropy=entropy)
    (prepared,) = set(states(ring, slot)) - {before}

    after = revoke_key(ring, before, now=START + SECOND, entropy=entropy)

    assert {prepared: KeyState.ACTIVE} == states(after, slot)


def test_key_that_is_not_active_just_goes(ring: Ring, entropy: SeededEntropy) -> None:
    """A prepared key that is revoked leaves the active one as it was."""
    slot = SLOTS[0]
    before = states(ring, slot)
    ring = rotate_early(ring, slot, RULES, now=START, entropy=entropy)
    (prepared,) = states(ring, slot).keys() - before

    after = revoke_key(ring, prepared, now=START, entropy=entropy)

    assert before == states(after, slot)


def test_unknown_key_refused(ring: Ring, entropy: SeededEntropy) -> None:
    """A key that the ring does not have cannot be revoked."""
    with pytest.raises(RingChangeError, match="no such key"):
        revoke_key(ring, "nobody", now=START, entropy=entropy)


@pytest.mark.parametrize("slot", SLOTS, ids=str)
@pytest.mark.parametrize("since", [timedelta(), HOUR - SECOND, HOUR])
def test_lead_is_waited_for(
    ring: Ring, entropy: SeededEntropy, slot: Slot, since: timedelta
) -> None:
    """A prepared key is activated when its lead has passed, and not before."""
    ring = rotate_early(ring, slot, RULES, now=START, entropy=entropy)

    if since < HOUR:
        with pytest.raises(RingChangeError, match=f"in {(HOUR - since).seconds} s"):
            rotate_early(ring, slot, RULES, now=START + since, entropy=entropy)
        return
    after = rotate_early(ring, slot, RULES, now=START + since, entropy=entropy)

    assert [KeyState.RETIRING, KeyState.ACTIVE] == list(states(after, slot).values())


@pytest.mark.parametrize("slot", SLOTS, ids=str)
def test_emergency_waits_for_nothing(
    ring: Ring, entropy: SeededEntropy, slot: Slot
) -> None:
    """In an emergency the next key is made and activated at once."""
    after = rotate_early(ring, slot, RULES, now=START, entropy=entropy, emergency=True)

    assert [KeyState.RETIRING, KeyState.ACTIVE] == list(states(after, slot).values())
    assert 3 == after.version


@pytest.mark.parametrize("emergency", [False, True])
def test_slot_that_is_not_there_refused(
    ring: Ring, entropy: SeededEntropy, *, emergency: bool
) -> None:
    """An algorithm that the ring does not have is not rotated into it."""
    slot = Slot(Purpose.SIGNING, Algorithm.ES384)

    with pytest.raises(RingChangeError, match="no keys of that kind"):
        rotate_early(ring, slot, RULES, now=START, entropy=entropy, emergency=emergency)
