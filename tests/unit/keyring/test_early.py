"""A key is revoked, or rotated by hand, and the schedule goes on from there.

SPEC: sts-operations 6.4; design 7.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.key_limits import RING_KEYS_MAX
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import described, revoke_key, rotate_early
from daypass.keyring.errors import RingChangeError
from daypass.keyring.generate import new_ring, new_ring_secret
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


def retired(slot: Slot, name: str) -> set[tuple[str, KeyState]]:
    """Returns what is left of a revoked key: a derivation secret names for a while."""
    kept = slot.purpose is Purpose.DERIVATION
    return {(name, KeyState.RETIRED)} if kept else set()


@pytest.mark.parametrize("slot", SLOTS, ids=str)
def test_revoked_active_key_is_followed(
    ring: Ring, entropy: SeededEntropy, slot: Slot
) -> None:
    """An active key that is revoked is gone, and a new one is active at once."""
    (before,) = states(ring, slot)

    after = revoke_key(ring, before, now=START + HOUR, entropy=entropy)

    ((name, state),) = states(after, slot).items() - retired(slot, before)
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

    assert {(prepared, KeyState.ACTIVE)} | retired(slot, before) == (
        states(after, slot).items()
    )


def test_revoked_secret_stays_to_name(ring: Ring, entropy: SeededEntropy) -> None:
    """V01: a derivation secret that was in use stays as what was active until then."""
    slot = Slot(Purpose.DERIVATION)
    before = ring.current_derivation
    ring = rotate_early(ring, slot, RULES, now=START, entropy=entropy, emergency=True)
    second = ring.current_derivation

    for name in (before.name, second.name, before.name):
        ring = revoke_key(ring, name, now=START + HOUR, entropy=entropy)

    kept = [each for each in ring.derivation_secrets if each.state is KeyState.RETIRED]
    assert [(before.name, START), (second.name, START + HOUR)] == [
        (each.name, each.since) for each in kept
    ]
    assert before.secret == ring.derivation_at(START - SECOND).secret
    assert second.secret == ring.derivation_at(START).secret
    assert ring.current_derivation == ring.derivation_at(START + HOUR)
    assert all(ring.derivation_secret(each.name) is None for each in kept)


def test_secrets_end_in_their_order(ring: Ring, entropy: SeededEntropy) -> None:
    """V01: whoever revokes by a clock that is behind changes no name of before."""
    slot = Slot(Purpose.DERIVATION)
    for _ in range(3):
        ahead = START + HOUR
        before = ring.current_derivation
        ring = rotate_early(
            ring, slot, RULES, now=ahead, entropy=entropy, emergency=True
        )
        second = ring.current_derivation

        ring = revoke_key(ring, second.name, now=START, entropy=entropy)

        assert before.secret == ring.derivation_at(START - HOUR).secret
        assert ring.derivation_secret(second.name) is None
        ring = revoke_key(ring, before.name, now=START, entropy=entropy)
        ring = replace(ring, derivation_secrets=ring.derivation_secrets[-1:])


def test_prepared_secret_goes(ring: Ring, entropy: SeededEntropy) -> None:
    """A derivation secret that has named nothing leaves the ring."""
    slot = Slot(Purpose.DERIVATION)
    before = states(ring, slot)
    ring = rotate_early(ring, slot, RULES, now=START, entropy=entropy)
    (prepared,) = states(ring, slot).keys() - before

    assert before == states(
        revoke_key(ring, prepared, now=START, entropy=entropy), slot
    )


@pytest.mark.parametrize(("room", "kept"), [(0, False), (1, True)])
def test_full_ring_keeps_no_names(
    ring: Ring, entropy: SeededEntropy, room: int, *, kept: bool
) -> None:
    """Where a ring is full, a derivation secret that is revoked leaves it."""
    slot = Slot(Purpose.DERIVATION)
    before = ring.current_derivation
    others = tuple(
        new_ring_secret(entropy, START, state=KeyState.RETIRING)
        for _ in range(RING_KEYS_MAX - 4 - room)
    )
    ring = replace(ring, derivation_secrets=(before, *others))

    after = revoke_key(ring, before.name, now=START, entropy=entropy)

    assert kept is (before.name in states(after, slot))
    assert after.derivation_secret(before.name) is None


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
