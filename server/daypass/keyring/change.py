"""Changes of a ring by an operator: an algorithm that it does not have yet.

A new key is published before it signs, for as long as somebody may keep the key
set that does not have it. So it is added first, prepared, and activated later, and
each step is a ring of its own.

SPEC: sts-operations 6.4; design 7.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from daypass.core.clock import whole_second
from daypass.core.limits import KEY_SET_AGE_MAX
from daypass.core.ports import Entropy
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingChangeError
from daypass.keyring.generate import new_ring_key
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring, RingKey


def missing_algorithms(ring: Ring) -> tuple[Algorithm, ...]:
    """Returns the algorithms that the ring has no active key of."""
    active = {e.key.algorithm for e in ring.keys if e.state is KeyState.ACTIVE}
    return tuple(algorithm for algorithm in Algorithm if algorithm not in active)


def add_algorithm(
    ring: Ring, algorithm: Algorithm, entropy: Entropy, now: datetime
) -> Ring:
    """Returns the ring with a prepared key of an algorithm that it lacks.

    Raises:
        RingChangeError: it has an active or a prepared key of it.
    """
    if algorithm not in missing_algorithms(ring):
        raise RingChangeError(f"there is an active {algorithm.value} key")
    if _prepared(ring, algorithm) is not None:
        raise RingChangeError(f"there is a prepared {algorithm.value} key")
    entry = new_ring_key(algorithm, entropy, now, state=KeyState.PREPARED)
    return replace(ring, version=ring.version + 1, keys=(*ring.keys, entry))


def activate_algorithm(ring: Ring, algorithm: Algorithm, now: datetime) -> Ring:
    """Returns the ring in which the prepared key of an algorithm signs.

    Raises:
        RingChangeError: there is none, it has not been there for long enough, or
            another one is active.
    """
    entry = _prepared(ring, algorithm)
    if entry is None:
        raise RingChangeError(f"there is no prepared {algorithm.value} key")
    if algorithm not in missing_algorithms(ring):
        raise RingChangeError(f"there is an active {algorithm.value} key")
    waiting = entry.since + KEY_SET_AGE_MAX - now
    if waiting > timedelta(0):
        seconds = -(-waiting // timedelta(seconds=1))
        raise RingChangeError(
            f"the {algorithm.value} key was added a moment ago, and verifiers may not"
            f" have it yet: try again in {seconds} s"
        )
    active = replace(entry, state=KeyState.ACTIVE, since=whole_second(now))
    keys = tuple(active if other is entry else other for other in ring.keys)
    return replace(ring, version=ring.version + 1, keys=keys)


def _prepared(ring: Ring, algorithm: Algorithm) -> RingKey | None:
    return next(
        (
            entry
            for entry in ring.keys
            if entry.key.algorithm is algorithm and entry.state is KeyState.PREPARED
        ),
        None,
    )
