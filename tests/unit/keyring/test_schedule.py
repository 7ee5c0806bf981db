"""Keys are published before they sign, and verify until their last token has ended.

SPEC: design 7; sts-operations 6.4; reliability, promise 3; attacks J56.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.key_limits import RING_KEYS_MAX
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring, new_ring_key, new_ring_secret
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import (
    Purpose,
    RotationRules,
    Slot,
    Step,
    StepKind,
    next_due,
    next_step,
    perform,
)
from support.world import START, SeededEntropy

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
RULES = RotationRules(period=24 * HOUR, lead=HOUR, keep=36 * HOUR)
SIGNING = Slot(Purpose.SIGNING, Algorithm.EDDSA)


@pytest.fixture
def ring(entropy: SeededEntropy) -> Ring:
    """Returns a new ring with one signing key."""
    return new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))


def turned(ring: Ring, now: datetime, entropy: SeededEntropy) -> Ring:
    """Returns the ring after every step that is due, of which there are few."""
    for _ in range(32):
        step = next_step(ring, now, RULES)
        if step is None:
            return ring
        ring = perform(ring, step, now=now, entropy=entropy)
    raise AssertionError("the steps of one instant do not end")


def states(ring: Ring) -> list[str]:
    """Returns the states of the signing keys, in the ring's order."""
    return [entry.state.value for entry in ring.keys]


@pytest.mark.parametrize(
    "spans",
    [
        {"period": timedelta()},
        {"lead": timedelta()},
        {"keep": -SECOND},
        {"lead": 24 * HOUR + SECOND},
    ],
)
def test_rules_that_do_not_fit(spans: dict[str, timedelta]) -> None:
    """Spans are positive, and a key cannot be published before the one before it."""
    with pytest.raises(ValueError, match=r"key|spans"):
        replace(RULES, **spans)


def test_lead_as_long_as_the_period() -> None:
    """A lead of a whole period is the longest: the next key is always published."""
    assert replace(RULES, lead=24 * HOUR).lead == RULES.period


def test_nothing_is_due_at_first(ring: Ring) -> None:
    """A new ring rests until the next key is to be published."""
    assert next_step(ring, START + 23 * HOUR - SECOND, RULES) is None
    assert START + 23 * HOUR == next_due(ring, RULES)


def test_next_key_is_published_first(ring: Ring, entropy: SeededEntropy) -> None:
    """A lead before its time the next key is in the key set, and signs nothing."""
    step = next_step(ring, START + 23 * HOUR, RULES)
    assert step is not None

    after = perform(ring, step, now=START + 23 * HOUR, entropy=entropy)

    assert Step(StepKind.PREPARE, SIGNING, None, START + 23 * HOUR) == step
    assert ["active", "prepared"] == states(after)
    assert 2 == len(after.published_keys)
    assert ring.signing_key() == after.signing_key()
    assert ring.version + 1 == after.version


@pytest.mark.parametrize(
    ("late", "expected"),
    [
        (HOUR - SECOND, ["active", "prepared"]),
        (HOUR, ["retiring", "active"]),
    ],
)
def test_key_signs_after_its_lead(
    ring: Ring, entropy: SeededEntropy, late: timedelta, expected: list[str]
) -> None:
    """A key that was published late signs a whole lead later, and not before."""
    published_at = START + 30 * HOUR
    prepared = turned(ring, published_at, entropy)

    assert expected == states(turned(prepared, published_at + late, entropy))


@pytest.mark.parametrize(
    ("later", "kept"), [(36 * HOUR - SECOND, True), (36 * HOUR, False)]
)
def test_key_verifies_for_its_keep(
    ring: Ring, entropy: SeededEntropy, later: timedelta, *, kept: bool
) -> None:
    """A key that signs no more verifies for the whole keep, and is gone then."""
    old = ring.signing_key().kid
    prepared = turned(ring, START + 23 * HOUR, entropy)
    active = turned(prepared, START + 24 * HOUR, entropy)

    after = turned(active, START + 24 * HOUR + later, entropy)

    assert kept is (after.verifying_key(old) is not None)
    assert kept is (old in {entry.key.kid for entry in after.keys})


def test_secrets_turn_too(ring: Ring, entropy: SeededEntropy) -> None:
    """Derivation secrets and sealing keys take the same steps at the same times."""
    prepared = turned(ring, START + 23 * HOUR, entropy)
    active = turned(prepared, START + 24 * HOUR, entropy)

    for before, after in (
        (ring.current_derivation, active.current_derivation),
        (ring.current_sealing, active.current_sealing),
    ):
        assert before.key_id != after.key_id
    assert active.derivation_secret(ring.current_derivation.key_id) is not None
    assert active.sealing_key(ring.current_sealing.key_id) is not None


def test_added_algorithm_waits_for_its_lead(ring: Ring, entropy: SeededEntropy) -> None:
    """The first key of an algorithm is published for a lead before it signs."""
    added = new_ring_key(Algorithm.ES256, entropy, START, state=KeyState.PREPARED)
    ring = replace(ring, version=2, keys=(*ring.keys, added))

    early = next_step(ring, START + HOUR - SECOND, RULES)
    step = next_step(ring, START + HOUR, RULES)

    assert early is None
    assert step is not None
    assert (StepKind.ACTIVATE, added.key.kid) == (step.kind, step.name)


def test_algorithm_that_is_given_up_ends(ring: Ring, entropy: SeededEntropy) -> None:
    """A slot that only verifies gets no new key, and empties."""
    old = new_ring_key(Algorithm.ES256, entropy, START, state=KeyState.RETIRING)
    ring = replace(ring, version=2, keys=(*ring.keys, old))

    after = turned(ring, START + 36 * HOUR, entropy)

    assert {Algorithm.EDDSA} == {entry.key.algorithm for entry in after.keys}


def test_retired_key_leaves_at_once(ring: Ring, entropy: SeededEntropy) -> None:
    """A key that another release has marked as retired is removed."""
    gone = new_ring_key(Algorithm.EDDSA, entropy, START, state=KeyState.RETIRED)
    ring = replace(ring, version=2, keys=(*ring.keys, gone))

    assert ["active"] == states(turned(ring, START, entropy))


@pytest.mark.parametrize(
    ("later", "kept"), [(36 * HOUR - SECOND, True), (36 * HOUR, False)]
)
def test_revoked_secret_names_for_the_keep(
    ring: Ring, entropy: SeededEntropy, later: timedelta, *, kept: bool
) -> None:
    """V01: a derivation secret that was revoked stays as long as one that was not."""
    gone = new_ring_secret(entropy, START, state=KeyState.RETIRED)
    secrets = (*ring.derivation_secrets, gone)
    ring = replace(ring, version=2, derivation_secrets=secrets)

    after = turned(ring, START + later, entropy)

    names = {each.key_id for each in after.derivation_secrets}
    assert kept is (gone.key_id in names)


def test_other_slots_are_left_alone(entropy: SeededEntropy) -> None:
    """A step of one algorithm changes no key of another."""
    both = new_ring(entropy, START, algorithms=(Algorithm.EDDSA, Algorithm.ES256))
    step = next_step(both, START + 23 * HOUR, RULES)
    assert step is not None

    after = perform(both, step, now=START + 23 * HOUR, entropy=entropy)

    assert both.keys == after.keys[:2]


@given(
    spans=st.lists(st.integers(1, 100_000), min_size=1, max_size=40),
    seed=st.integers(0, 1_000),
)
def test_no_token_outlives_its_key(spans: list[int], seed: int) -> None:
    """Whenever the rotator looks, every signature of the last keep verifies.

    And no key signs that was published for less than the lead, except the first.
    """
    entropy = SeededEntropy(seed)
    ring = new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))
    now, first = START, ring.signing_key().kid
    published: dict[str, datetime] = {}
    signed: dict[str, datetime] = {}
    for seconds in spans:
        now += timedelta(seconds=seconds)
        # The key signs up to the moment at which the rotator turns it.
        signed[ring.signing_key().kid] = now
        ring = turned(ring, now, entropy)
        for key in ring.published_keys:
            published.setdefault(key.kid, now)
        kid = ring.signing_key().kid

        assert kid == first or now - published[kid] >= RULES.lead
        for name, last in signed.items():
            assert ring.verifying_key(name) is not None or now - last >= RULES.keep


@pytest.mark.parametrize("room", [0, 1])
def test_full_ring_gets_no_key(ring: Ring, entropy: SeededEntropy, room: int) -> None:
    """A ring that is full prepares nothing, and goes on retiring."""
    now = START + RULES.period
    many = tuple(
        new_ring_secret(entropy, now, state=KeyState.RETIRING)
        for _ in range(RING_KEYS_MAX - 3 - room)
    )
    full = replace(ring, sealing_keys=(*ring.sealing_keys, *many))

    step = next_step(full, now, RULES)
    later = next_step(full, now + RULES.keep, RULES)

    assert (step is not None) == bool(room)
    assert later is not None
    assert (StepKind.PREPARE if room else StepKind.RETIRE) is later.kind
