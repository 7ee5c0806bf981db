"""HMAC-SHA-256 under a key that is taken in once.

SPEC: RFC 2104; RFC 4231 for published results.
"""

from __future__ import annotations

import hmac
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.keyed_hash import KeyedHash
from daypass.core.secret import Secret

# RFC 4231 sections 4.2 to 4.5: those whose keys fit into a block.
PUBLISHED = [
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
]


@pytest.mark.parametrize(("key", "message", "expected"), PUBLISHED)
def test_published_results(key: bytes, message: bytes, expected: str) -> None:
    """The results that RFC 4231 publishes come out."""
    assert expected == KeyedHash(Secret(key)).digest(message).hex()


@given(
    st.binary(max_size=64),
    st.lists(st.binary(max_size=300), min_size=1, max_size=3),
)
def test_agrees_with_the_library(key: bytes, messages: list[bytes]) -> None:
    """Every message has the HMAC of the standard library, in whatever order."""
    keyed = KeyedHash(Secret(key))

    for message in messages:
        assert hmac.digest(key, message, "sha256") == keyed.digest(message)


def test_key_does_not_show() -> None:
    """Nothing of a key is printed or pickled."""
    keyed = KeyedHash(Secret("key"))

    assert "<redacted>" == repr(keyed)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(keyed)


def test_longer_key_is_a_mistake() -> None:
    """A key of more than a block is not taken."""
    with pytest.raises(AssertionError):
        KeyedHash(Secret(bytes(65)))
