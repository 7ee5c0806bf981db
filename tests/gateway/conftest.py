"""Fixtures of the tests that speak HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.http_client import Keys
from support.http_organisation import DEV
from support.http_world import HttpWorld
from support.surroundings import Surroundings, surroundings


@pytest.fixture
def world() -> Iterator[HttpWorld]:
    """Yields a deployment whose door is open."""
    with HttpWorld() as found:
        yield found


@pytest.fixture
def dev(world: HttpWorld) -> Keys:
    """Returns the long-term keys of a user who may call all of STS."""
    return Keys.of(world, DEV)


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields surroundings in which AWS clients find nothing but what a test puts."""
    with surroundings(tmp_path) as found:
        found.set("HOME", str(tmp_path))
        found.set("AWS_EC2_METADATA_DISABLED", "true")
        yield found
