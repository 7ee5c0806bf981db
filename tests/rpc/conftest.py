"""Fixtures of the tests that go through a real gRPC server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from daypass.rpc.keyring_handlers import stream_handlers
from daypass.rpc.services import service_handlers
from support.door import Door
from support.fixed_use_cases import fixed_use_cases


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
