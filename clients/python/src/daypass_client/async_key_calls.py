"""The methods of the awaiting client for keys, and for what verifiers follow."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from daypass_client import key_operations
from daypass_client.key_values import (
    KeyPurpose,
    KeyRevocation,
    KeyRotation,
    KeySetNews,
    RevocationNews,
    RingPage,
)
from daypass_client.operations import Operation
from daypass_client.streams import AsyncStream

Answer = TypeVar("Answer")


class AsyncKeyCalls(ABC):
    """Keys of the ring, and the streams of key sets and revocations.

    Listing, rotating and revoking keys, and following revocations, is for accounts
    of the operators; see `operator_accounts` of the server.
    """

    @abstractmethod
    async def _call(self, operation: Operation[Answer]) -> Answer: ...

    @abstractmethod
    async def _open(self, operation: Operation[Answer]) -> AsyncStream[Answer]: ...

    async def list_keys(self, *, page_token: str = "") -> RingPage:
        """Returns the keys of the ring; a page holds all but the rings of giants."""
        return await self._call(key_operations.list_keys(page_token=page_token))

    async def rotate_keys(
        self,
        purpose: KeyPurpose,
        *,
        algorithm: str = "",
        emergency: bool = False,
        reason: str = "",
    ) -> KeyRotation:
        """Takes the next step of one kind of key early: publishes or activates one.

        Args:
            purpose: which kind of key.
            algorithm: of a signing key `EdDSA`, `ES256`, `ES384` or `RS256`;
                otherwise empty.
            emergency: whether to publish and activate at once. Verifiers that do not
                know the key yet refuse what it signs until they ask again.
            reason: why, for the audit log.

        Raises:
            ValueError: the algorithm does not fit the purpose.
            UnavailableError: the step may have been taken, or not: look.
        """
        operation = key_operations.rotate_keys(
            purpose, algorithm=algorithm, emergency=emergency, reason=reason
        )
        return await self._call(operation)

    async def revoke_key(self, key_id: str, *, reason: str = "") -> KeyRevocation:
        """Puts a key out of use at once, with all that it has signed or derived."""
        return await self._call(key_operations.revoke_key(key_id, reason=reason))

    async def watch_key_set(self) -> AsyncStream[KeySetNews]:
        """Follows the key set: it comes at once, and again with each change.

        The stream ends after five minutes at the most; open another one.
        """
        return await self._open(key_operations.watch_key_set())

    async def watch_revocations(
        self, *, log_id: str = "", sequence: int = 0
    ) -> AsyncStream[RevocationNews]:
        """Follows the revocations, from where an earlier stream has ended.

        The stream ends after five minutes at the most; open another one and go on.

        Args:
            log_id: the log that is known; empty for none.
            sequence: how far it is known.

        Raises:
            ValueError: the place is none.
        """
        operation = key_operations.watch_revocations(log_id=log_id, sequence=sequence)
        return await self._open(operation)
