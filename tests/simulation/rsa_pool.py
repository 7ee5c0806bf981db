"""RSA keys of simulated worlds, the same in every run: no seed repeats real ones.

To look for primes takes a quarter of a second a key, and RSA keys alone are not drawn
from injected randomness. So the primes were looked for once, behind numbers that
everybody can make, and each two of them are a key. A ring gets them as prepared, one
behind the other, so that a rotation finds the next one there.

They are worth nothing: whoever has two keys with a prime in common has both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import combinations
from typing import Final

from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import KeyState, SigningKey
from daypass.keyring.ring import RingKey

_PRIME_BYTES: Final = 192
# How far behind its number each prime is.
_STEPS: Final = (1200, 934, 190, 1252, 296)


def rsa_keys(count: int, since: datetime) -> Iterator[RingKey]:
    """Yields RSA keys for a ring, the first of them active."""
    for number, key in enumerate(_keys()[:count]):
        state = KeyState.PREPARED if number else KeyState.ACTIVE
        yield RingKey(key, state, since)


@cache
def _keys() -> tuple[SigningKey, ...]:
    primes = (_prime(number, step) for number, step in enumerate(_STEPS))
    return tuple(
        SigningKey.from_private_bytes(Algorithm.RS256, Secret(first + second))
        for first, second in combinations(primes, 2)
    )


def _prime(number: int, step: int) -> bytes:
    label = b"daypass simulation prime %d" % number
    drawn = int.from_bytes(hashlib.shake_256(label).digest(_PRIME_BYTES), "big")
    # Odd, and so large that the product of two of them has all of its bits.
    least = drawn | 3 << (8 * _PRIME_BYTES - 2) | 1
    return (least + step).to_bytes(_PRIME_BYTES, "big")
