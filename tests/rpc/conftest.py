"""Fixtures of the tests that go through a real gRPC server."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from support.door import Door


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    """Returns a server that is listening."""
    async with Door() as opened:
        yield opened
