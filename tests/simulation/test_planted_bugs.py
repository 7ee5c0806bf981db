"""What the simulation finds when there is something to find.

SPEC: reliability E28.
"""

from __future__ import annotations

import pytest

from simulation.planted import BUGS
from simulation.world import SimulationError, simulate

_STEPS = 500
# Together no more than the steps of a usual run.
_WORLDS_MAX = 20


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", BUGS)
def test_planted_bug_found(name: str) -> None:
    """A bug is found within the steps of one run, by an invariant that it breaks."""
    bug = BUGS[name]
    found = ""

    for seed in range(bug.seed, bug.seed + _WORLDS_MAX):
        try:
            simulate(seed, _STEPS, bug.plan)
        except SimulationError as error:
            found = str(error)
            break

    _, _, text = found.partition(": ")
    assert text.partition(": ")[0] in bug.breaks, found
