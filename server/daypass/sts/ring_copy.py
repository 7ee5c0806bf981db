"""What a host keeps of the ring that it has seen, beside the store that has the ring.

A worker that starts anew has seen nothing; by the copy it knows what this host had
seen before, and does not go back behind that.

SPEC: design 7; attacks J57; decision 0029.
"""

from __future__ import annotations

import asyncio

from daypass.core.ports import KeyringStore
from daypass.core.secret import Secret
from daypass.keyring.held_ring import HeldRing


class RingCopy:
    """The copy of one host, which all of its processes share.

    Args:
        store: where it is kept; None where the ring itself rests on this host, and
            nothing is kept.
        master_keys: what it may be sealed under.
    """

    def __init__(
        self, store: KeyringStore | None, *, master_keys: tuple[Secret, ...]
    ) -> None:
        self._store = store
        self._master_keys = master_keys
        self._copied: bytes | None = None

    async def load(self) -> HeldRing | None:
        """Returns what this host has seen, or None.

        Raises:
            RingCorruptError: no master key opens it.
            StoreUnavailableError: it cannot be read.
        """
        copied = await self._store.load() if self._store is not None else None
        if copied is None:
            return None
        return await self._opened(copied)

    async def keep(self, held: HeldRing) -> None:
        """Keeps what was seen, unless another process of this host has seen more.

        A disk that refuses does not end the use of the ring; it is told of each time.

        Raises:
            RingCorruptError: no master key opens what was kept before.
            StoreUnavailableError: it is perhaps not kept.
        """
        if self._store is None or self._copied == held.sealed:
            return
        copied = await self._store.load()
        if copied is not None and copied != held.sealed:
            known = await self._opened(copied)
            if known.ring.version > held.ring.version:
                return
        # Who was faster has kept this one or a later one.
        await self._store.replace(held.sealed, expected=copied)
        self._copied = held.sealed

    async def _opened(self, sealed: bytes) -> HeldRing:
        return await asyncio.to_thread(HeldRing.opened, sealed, self._master_keys)
