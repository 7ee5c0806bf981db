"""The stages of a call that are measured are there."""

from __future__ import annotations

import importlib
from functools import reduce

import pytest
from loadtest.stages import STAGES, StageClock, clocked


@pytest.mark.parametrize(("stage", "module", "path"), STAGES)
def test_stages_are_found(stage: str, module: str, path: str) -> None:
    """Each stage names what the server has, and has it back afterwards."""
    owner = importlib.import_module(module)
    before = reduce(getattr, path.split("."), owner)

    with clocked(StageClock()):
        assert before is not reduce(getattr, path.split("."), owner), stage

    assert before is reduce(getattr, path.split("."), owner)
