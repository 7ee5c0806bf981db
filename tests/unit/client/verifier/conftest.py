"""What the tests of the verifier begin with: a ring, and a verifier of its tokens."""

from __future__ import annotations

import pytest

from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from support.offline import OfflineWorld
from support.rings import full_ring
from support.world import START, SeededEntropy


@pytest.fixture(scope="module")
def ring() -> Ring:
    """Returns a ring with an active key of each algorithm."""
    return full_ring(SeededEntropy(), START)


@pytest.fixture
def world(ring: Ring) -> OfflineWorld:
    """Returns a verifier that follows revocations and remembers nothing yet."""
    return OfflineWorld(ring)


@pytest.fixture
def key(ring: Ring) -> SigningKey:
    """Returns the key that signs session tokens."""
    return ring.signing_key()
