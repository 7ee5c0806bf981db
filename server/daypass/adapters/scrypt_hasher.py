"""Hashes of client secrets, in a thread: each takes 16 MiB and some 40 ms.

There is one thread, because the work is the processor's; a bounded number waits.

SPEC: RFC 7914; ADR 0031.
"""

from __future__ import annotations

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from daypass.core import limits as core_limits
from daypass.core import oauth_limits as limits
from daypass.core.errors import ThrottlingError
from daypass.core.ports import Entropy
from daypass.core.secret import Secret


def scrypt(secret: Secret, salt: bytes) -> Secret:
    """Returns the hash of a secret."""
    kdf = Scrypt(
        salt=salt,
        length=limits.SCRYPT_HASH_BYTES,
        n=2**limits.SCRYPT_COST_LOG2,
        r=limits.SCRYPT_BLOCK_SIZE,
        p=limits.SCRYPT_PARALLELISM,
    )
    return Secret(kdf.derive(secret.reveal()))


def describe_hash(secret: Secret, entropy: Entropy) -> str:
    """Returns the text that declares a secret by its hash, under a new salt."""
    salt = entropy.token_bytes(limits.SCRYPT_SALT_BYTES)
    parameters = (
        f"ln={limits.SCRYPT_COST_LOG2},r={limits.SCRYPT_BLOCK_SIZE}"
        f",p={limits.SCRYPT_PARALLELISM}"
    )
    digest = scrypt(secret, salt).reveal()
    return f"$scrypt${parameters}${_encode(salt)}${_encode(digest)}"


class ThreadedHasher:
    """A `SecretHasher` with a thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(
            max_workers=limits.SECRET_HASHES_AT_ONCE, thread_name_prefix="scrypt"
        )
        self._waiting = 0

    async def hash(self, secret: Secret, *, salt: bytes) -> Secret:
        """Returns the hash; see the protocol."""
        if self._waiting >= limits.SECRET_HASHES_WAITING_MAX:
            raise ThrottlingError(
                "client_secret_hashes",
                retry_after=core_limits.THROTTLING_RETRY_DELAY,
            )
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._thread, partial(scrypt, secret, salt))
        self._waiting += 1
        running.add_done_callback(self._end)
        # NOTE: counted until it is done, not until its caller has gone away.
        return await asyncio.shield(running)

    def close(self) -> None:
        """Lets go of the thread; what waits is not hashed any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _end(self, _: asyncio.Future[Secret]) -> None:
        self._waiting -= 1


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")
