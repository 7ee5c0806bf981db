"""Hashes of client secrets: those of RFC 7914, in a thread, and not too many.

SPEC: ADR 0031.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Iterator

import pytest

from daypass.adapters.scrypt_hasher import ThreadedHasher, describe_hash, scrypt
from daypass.core import oauth_limits as limits
from daypass.core.errors import ThrottlingError
from daypass.core.secret import Secret
from support.world import SeededEntropy

SECRET = Secret("a secret of a client")
SALT = b"s" * 16


@pytest.fixture
def hasher() -> Iterator[ThreadedHasher]:
    """Yields a hasher."""
    found = ThreadedHasher()
    yield found
    found.close()


def test_hash_is_that_of_hashlib() -> None:
    """The hash is what Python's own scrypt makes of the same parameters."""
    expected = hashlib.scrypt(
        SECRET.reveal(), salt=SALT, n=16_384, r=8, p=1, maxmem=2**26, dklen=32
    )

    assert Secret(expected) == scrypt(SECRET, SALT)


def test_description() -> None:
    """The text that declares a hash has its parameters, its salt and the hash."""
    name, parameters, salt, digest = describe_hash(SECRET, SeededEntropy())[1:].split(
        "$"
    )

    assert ("scrypt", "ln=14,r=8,p=1") == (name, parameters)
    made = scrypt(SECRET, base64.b64decode(f"{salt}=="))
    assert made == Secret(base64.b64decode(f"{digest}="))


async def test_hash_in_thread(hasher: ThreadedHasher) -> None:
    """A hash that is made in the thread is the same."""
    assert scrypt(SECRET, SALT) == await hasher.hash(SECRET, salt=SALT)


async def test_too_many(hasher: ThreadedHasher) -> None:
    """What comes while too many wait is told to come back, and is let in later."""
    most = limits.SECRET_HASHES_WAITING_MAX
    waiting = [
        asyncio.ensure_future(hasher.hash(SECRET, salt=SALT)) for _ in range(most)
    ]
    await asyncio.sleep(0)

    with pytest.raises(ThrottlingError) as caught:
        await hasher.hash(SECRET, salt=SALT)
    assert caught.value.retry_after is not None
    await asyncio.gather(*waiting)
    assert scrypt(SECRET, SALT) == await hasher.hash(SECRET, salt=SALT)


async def test_caller_who_leaves(hasher: ThreadedHasher) -> None:
    """A hash counts until it is made, though its caller has gone away."""
    most = limits.SECRET_HASHES_WAITING_MAX
    waiting = [
        asyncio.ensure_future(hasher.hash(SECRET, salt=SALT)) for _ in range(most)
    ]
    await asyncio.sleep(0)
    waiting[-1].cancel()
    await asyncio.sleep(0)

    with pytest.raises(ThrottlingError):
        await hasher.hash(SECRET, salt=SALT)
    await asyncio.gather(*waiting[:-1])
