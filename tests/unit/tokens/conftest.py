"""What the tests of tokens begin with: a ring, a token, and its reader."""

from __future__ import annotations

import pytest

from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.forge import Held, role_session
from support.rings import full_ring
from support.world import START, SeededEntropy


@pytest.fixture
def ring(entropy: SeededEntropy) -> Ring:
    """Returns a ring with an active key of each algorithm."""
    return full_ring(entropy, START)


@pytest.fixture
def held(ring: Ring) -> Held[Ring]:
    """Returns the ring as a snapshot that a test may replace."""
    return Held(ring)


@pytest.fixture
def key(ring: Ring) -> SigningKey:
    """Returns the key that signs session tokens."""
    return ring.signing_key()


@pytest.fixture
def token(ring: Ring) -> str:
    """Returns a good token of a role session."""
    return SessionTokenCodec().encode(role_session(ring), ring).text


@pytest.fixture
def verifier(held: Held[Ring]) -> SessionTokenVerifier:
    """Returns a reader of tokens that remembers nothing yet."""
    return SessionTokenVerifier(ring=held)
