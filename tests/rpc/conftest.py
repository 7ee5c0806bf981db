"""Fixtures of the tests that go through a real gRPC server."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from daypass.rpc.engine import Engine
from daypass.rpc.keyring_handlers import stream_handlers
from daypass.rpc.services import service_handlers
from support.door import Door
from support.fixed_use_cases import fixed_use_cases


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs each test that may speak to a server on each engine that its module has."""
    if inspect.iscoroutinefunction(metafunc.function):
        engines = getattr(metafunc.module, "ENGINES", tuple(Engine))
        metafunc.parametrize("engine", engines, indirect=True)


@pytest.fixture(autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Has the doors of a test driven by the engine that it runs on."""
    before = Door.engine
    Door.engine = getattr(request, "param", before)
    yield
    Door.engine = before


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Returns a server that is listening."""
    async with Door() as opened:
        yield opened


@pytest.fixture
def asked() -> list[Any]:
    """Returns what the fixed operations were asked."""
    return []


@pytest.fixture
async def wired(asked: list[Any]) -> AsyncIterator[Door]:
    """Returns a server with the real handlers before fixed operations."""
    use_cases = fixed_use_cases(asked)
    async with Door(
        handlers=service_handlers(use_cases),
        streams=stream_handlers(use_cases.keyring),
    ) as door:
        yield door
