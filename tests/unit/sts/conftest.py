"""The world that the tests of the use cases share."""

import pytest_asyncio

from support.sts_world import StsWorld
from unit.sts.organisation import two_accounts


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns both accounts, with nothing issued."""
    return await two_accounts()
