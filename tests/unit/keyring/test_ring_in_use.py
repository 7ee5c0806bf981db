"""What a worker makes something with: keys that are settled, and none revoked.

SPEC: design 7; decision 0029.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import InternalFailureError, StoreUnavailableError
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import described, rotate_early
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.ring_json import encode_ring
from daypass.keyring.schedule import Purpose, RotationRules, Slot
from support.world import START, SeededEntropy

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
RULES = RotationRules(period=24 * HOUR, lead=HOUR, keep=36 * HOUR)
NOBODY: frozenset[str] = frozenset()
SLOTS = (
    Slot(Purpose.SIGNING, Algorithm.EDDSA),
    Slot(Purpose.DERIVATION),
    Slot(Purpose.SEALING),
)


@pytest.fixture
def before(entropy: SeededEntropy) -> Ring:
    """Returns a new ring with one signing key."""
    return new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))


@pytest.fixture
def rotated(before: Ring, entropy: SeededEntropy) -> Ring:
    """Returns the ring with another active key everywhere, an hour later."""
    ring = before
    for slot in SLOTS:
        ring = rotate_early(
            ring, slot, RULES, now=START + HOUR, entropy=entropy, emergency=True
        )
    return ring


def used(ring: Ring) -> tuple[str, str, str]:
    """Returns the names of what signs, derives and seals."""
    return (
        ring.signing_key().kid,
        ring.current_derivation.name,
        ring.current_sealing.name,
    )


@pytest.mark.parametrize(
    ("as_of", "settled"), [(-SECOND, False), (timedelta(), True), (SECOND, True)]
)
def test_key_is_used_when_settled(
    before: Ring, rotated: Ring, as_of: timedelta, *, settled: bool
) -> None:
    """Until a change is settled the keys before it sign, derive and seal."""
    ring = rotated.in_use(as_of=START + HOUR + as_of, revoked=NOBODY)

    assert used(rotated if settled else before) == used(ring)


def test_unsettled_key_verifies(before: Ring, rotated: Ring) -> None:
    """A key that is not settled verifies from the start, and so does the one before."""
    ring = rotated.in_use(as_of=START, revoked=NOBODY)

    for each in (before, rotated):
        assert ring.verifying_key(each.signing_key().kid) is not None
        assert ring.derivation_secret(each.current_derivation.name) is not None
        assert ring.sealing_key(each.current_sealing.name) is not None


def test_revoked_keys_serve_nothing(rotated: Ring) -> None:
    """A key that was revoked neither makes anything, nor answers for it, nor is shown."""
    names = frozenset(used(rotated))

    ring = rotated.in_use(as_of=START + 2 * HOUR, revoked=names)

    kid, derivation, sealing = used(rotated)
    assert ring.verifying_key(kid) is None
    assert ring.derivation_secret(derivation) is None
    assert ring.sealing_key(sealing) is None
    assert kid not in {key.kid for key in ring.published_keys}
    for ask in (
        ring.signing_key,
        lambda: ring.current_derivation,
        lambda: ring.current_sealing,
    ):
        with pytest.raises(StoreUnavailableError, match="key_revoked"):
            ask()


def test_revoked_secret_names_what_it_named(rotated: Ring) -> None:
    """V01: names do not change where a worker hears of a secret that was revoked."""
    names = frozenset(each.name for each in rotated.derivation_secrets)
    ring = rotated.in_use(as_of=START + 2 * HOUR, revoked=names)

    for instant in (START, START + 2 * HOUR):
        assert rotated.derivation_at(instant) == ring.derivation_at(instant)


def test_algorithm_that_was_never_there_is_our_fault(rotated: Ring) -> None:
    """Without a revocation, an algorithm without a key is a fault of ours."""
    with pytest.raises(InternalFailureError):
        rotated.signing_key(Algorithm.ES384)


def test_other_keys_are_untouched(before: Ring, rotated: Ring) -> None:
    """The key before one that was revoked goes on verifying."""
    revoked = frozenset(used(rotated))

    ring = rotated.in_use(as_of=START + 2 * HOUR, revoked=revoked)

    assert ring.verifying_key(before.signing_key().kid) is not None


def test_use_is_no_part_of_the_ring(rotated: Ring) -> None:
    """How a worker uses a ring is neither stored nor makes it another ring."""
    ring = rotated.in_use(as_of=START, revoked=frozenset(used(rotated)))

    assert rotated == ring
    assert encode_ring(rotated) == encode_ring(ring)


def test_keys_are_described_without_secrets(rotated: Ring) -> None:
    """Each key is told with its slot and state, and nothing of its secret."""
    keys = list(described(rotated))

    assert [slot for slot in SLOTS for _ in range(2)] == [each.slot for each in keys]
    assert 3 * [KeyState.RETIRING, KeyState.ACTIVE] == [each.state for each in keys]
    assert "Secret" not in repr(keys)
