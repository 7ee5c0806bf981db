"""A ring is opened by whichever master key fits, and remembers by which."""

from __future__ import annotations

import pytest

from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingCorruptError
from daypass.keyring.generate import new_ring
from daypass.keyring.held_ring import HeldRing
from support.world import START, SeededEntropy

ONE = Secret(b"1" * 32)
NEXT = Secret(b"2" * 32)
OTHER = Secret(b"3" * 32)


@pytest.fixture
def held() -> HeldRing:
    """Returns a ring that is sealed under the first of two master keys."""
    entropy = SeededEntropy()
    ring = new_ring(entropy, START, algorithms=(Algorithm.EDDSA,))
    return HeldRing.made(ring, ONE, entropy)


@pytest.mark.parametrize("master_keys", [(OTHER,), (OTHER, NEXT)])
def test_no_key_fits(held: HeldRing, master_keys: tuple[Secret, ...]) -> None:
    """A ring that no master key opens is refused."""
    with pytest.raises(RingCorruptError):
        HeldRing.opened(held.sealed, master_keys)


@pytest.mark.parametrize("master_keys", [(ONE,), (ONE, NEXT), (NEXT, ONE)])
def test_one_key_fits(held: HeldRing, master_keys: tuple[Secret, ...]) -> None:
    """A ring is opened by one of several master keys, whichever place that has."""
    assert held == HeldRing.opened(held.sealed, master_keys)
