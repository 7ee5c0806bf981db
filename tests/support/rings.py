"""Rings with every algorithm, without an RSA key of its own for each of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache

from daypass.core.clock import whole_second
from daypass.core.ports import Entropy
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring
from daypass.keyring.key import KeyState, SigningKey
from daypass.keyring.ring import Ring, RingKey
from support.world import SeededEntropy


@cache
def rsa_key(number: int = 0) -> SigningKey:
    """Returns an RSA key, made once in a run: that takes a quarter of a second."""
    del number
    return SigningKey.generate(Algorithm.RS256, SeededEntropy())


def key_of(algorithm: Algorithm, seed: int = 0) -> SigningKey:
    """Returns a key of an algorithm, the same for the same seed."""
    if algorithm is Algorithm.RS256:
        return rsa_key(seed)
    return SigningKey.generate(algorithm, SeededEntropy(seed))


def full_ring(entropy: Entropy, now: datetime) -> Ring:
    """Returns a new ring with an active key of every algorithm."""
    ring = new_ring(entropy, now)
    entry = RingKey(rsa_key(), KeyState.ACTIVE, whole_second(now))
    return replace(ring, keys=(*ring.keys, entry))
