"""A new ring has all that a deployment needs to begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from daypass.keyring.algorithm import SEEDED_ALGORITHMS, Algorithm
from daypass.keyring.generate import new_ring
from support.world import START, SeededEntropy


def test_new_ring_signs_with_every_algorithm(entropy: SeededEntropy) -> None:
    """Each algorithm that is asked for has an active key from the start."""
    ring = new_ring(entropy, START, algorithms=tuple(Algorithm))

    assert set(Algorithm) == {
        ring.signing_key(algorithm).algorithm for algorithm in Algorithm
    }


def test_new_ring_is_version_one(entropy: SeededEntropy) -> None:
    """Versions count from one."""
    assert new_ring(entropy, START).version == 1


def test_new_rings_differ(entropy: SeededEntropy) -> None:
    """Two rings share no name, no key and no secret."""
    one, other = new_ring(entropy, START), new_ring(entropy, START)

    assert one.ring_id != other.ring_id
    assert one.signing_key().kid != other.signing_key().kid
    assert one.current_derivation.secret != other.current_derivation.secret
    assert one.current_derivation.secret != one.current_sealing.secret


def test_same_entropy_makes_the_same_ring() -> None:
    """All randomness is injected: a seed repeats a ring without RSA keys."""
    assert new_ring(SeededEntropy(3), START) == new_ring(SeededEntropy(3), START)


def test_rsa_is_asked_for(entropy: SeededEntropy) -> None:
    """What a seed does not repeat is made only for those who ask for it."""
    made = {entry.key.algorithm for entry in new_ring(entropy, START).keys}

    assert set(SEEDED_ALGORITHMS) == made
    assert {Algorithm.RS256} == set(Algorithm) - made


def test_times_are_whole_seconds(entropy: SeededEntropy) -> None:
    """States are dated in whole seconds, as they are stored."""
    ring = new_ring(entropy, START + timedelta(microseconds=5))

    assert {START} == {entry.since for entry in ring.keys}
    assert ring == replace(ring)
