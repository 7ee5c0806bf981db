"""Replicas, one store, clients and faults, all of it from a seed.

Ten thousand steps in each run, of worlds that nobody has tried before. The summary of
a run lists their seeds, and a failure says which one it was: `make fuzz SEED=N` tries
the world of seed N again.

SPEC: reliability I1 to I6, I9, E28, promises 1 and 3; attacks C03, C11, C13, C14, R05,
R09, M08, M15, S43, J55, J58, V01; decision 0058.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulation.clocks import chance_of
from simulation.world import simulate

_STEPS = 500
_WORLDS = 20
_SEEDS = 10**9
_TESTS = Path(__file__).parents[1]


def seed_of(place: int) -> int:
    """Returns the seed of one world of this run."""
    given = os.environ.get("DAYPASS_TEST_SEED")
    if given is None:
        return secrets.randbelow(_SEEDS)
    if place == 0:
        return int(given)
    return chance_of(int(given), f"world {place}").randrange(_SEEDS)


@pytest.mark.fuzz
@pytest.mark.timeout(120)
@pytest.mark.parametrize("place", range(_WORLDS))
def test_invariants_hold(
    place: int, record_property: Callable[[str, object], None]
) -> None:
    """Whatever goes wrong in a world of a new seed, every invariant holds."""
    seed = seed_of(place)
    record_property("seed", seed)

    outcome = simulate(seed, _STEPS)

    assert outcome.issued > 0, f"seed {seed}: nothing was ever issued"


def test_much_happens() -> None:
    """A world is no quiet one: credentials leave, end and are lost in failovers."""
    outcome = simulate(1, _STEPS)

    assert outcome.issued > 100
    assert outcome.exchanged > 10
    assert outcome.used > 30
    assert outcome.vouched > 1_000
    assert outcome.refused > 100
    assert outcome.lost > 0
    # And it takes no real time to wait.
    assert outcome.seconds > 300


def test_seed_repeats() -> None:
    """The same seed makes the same world again, in another process, too."""
    here = simulate(11, 150).digest
    program = "from simulation.world import simulate; print(simulate(11, 150).digest)"

    there = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONHASHSEED": "17", "PYTHONPATH": str(_TESTS)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert here == there.stdout.strip() == simulate(11, 150).digest


def test_seeds_differ() -> None:
    """Another seed makes another world."""
    assert simulate(1, 50).digest != simulate(2, 50).digest
