"""The key ring of one worker: what it has seen, what it uses, and what it changes.

A worker holds the ring in memory, and no request waits for the store. Three rules
make that as good as one ring that all workers share.

*Versions.* The store takes a ring in the place of exactly the one that it was made
of, so that of two workers who make the same step one wins. A worker never goes back
to an older ring: where the store has lost what it had, the worker puts back what it
knows. A ring that says something else under the same version is refused.

*Settling.* A key that is activated verifies at once, and is used to make something
only when it has been active for the settle time. A worker that has not heard of its
ring for half that time uses no key. So whoever is shown what a key has made has the
key, or says that it cannot tell.

*Revoking.* What the log of revocations says of a key is applied to the ring in use
at once, before the next ring has been read.

SPEC: design 7; sts-operations 6.4; attacks J56, J57, L22; decision 0029.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from daypass.core import key_limits
from daypass.core.errors import StoreUnavailableError
from daypass.core.ports import Clock, Entropy, KeyringStore
from daypass.core.secret import Secret
from daypass.keyring.held_ring import HeldRing
from daypass.keyring.ring import Ring
from daypass.sts.ring_copy import RingCopy

# States are dated by cutting off what is less than a second.
_CUT_OFF: Final = timedelta(seconds=1)


class RingMissingError(Exception):
    """There is no ring, neither in the store nor with this worker."""


class RingWatcher(Protocol):
    """Whoever wants to know what becomes of the ring."""

    def ring_replaced(self, ring: Ring) -> None:
        """Is told of each ring that this worker takes into use."""
        ...

    def ring_put_back(self, ring: Ring) -> None:
        """Is told that the store had lost the ring, or had an older one."""
        ...


class RingContendedError(StoreUnavailableError):
    """Another worker was faster to change the ring; trying again may help."""


class RingHolder:
    """A `Snapshot[Ring]` of the ring that the store has.

    Args:
        store: where the ring rests.
        copy: where this host keeps what it has seen, so that a new start does not go
            back either; None where that is the store itself.
        master_keys: what the ring may be sealed under; it stays under the one that
            it was found under.
        settle: how long a key is active before it is used.
        clock: the clock.
        entropy: seals.
        watcher: is told of each ring.
    """

    def __init__(
        self,
        *,
        store: KeyringStore,
        copy: KeyringStore | None,
        master_keys: tuple[Secret, ...],
        settle: timedelta,
        clock: Clock,
        entropy: Entropy,
        watcher: RingWatcher,
    ) -> None:
        self._store = store
        self._copy = RingCopy(copy, master_keys=master_keys)
        self._master_keys = master_keys
        self._settle = settle
        self._age_seconds_max = (settle / 2).total_seconds()
        self._clock = clock
        self._entropy = entropy
        self._watcher = watcher
        self._turn = asyncio.Lock()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._held: HeldRing | None = None
        self._in_use: Ring | None = None
        self._confirmed_at = float("-inf")
        # As few as the revocations of keys in the log, which keeps them for days.
        self._revoked: frozenset[str] = frozenset()

    def current(self) -> Ring:
        """Returns the ring in use.

        Raises:
            StoreUnavailableError: it was not heard of for half the settle time.
        """
        # NOTE: as `within` tells it; every mint asks. Before the first confirmation
        # no age is small enough.
        in_use = self._in_use
        age_seconds = self._clock.monotonic() - self._confirmed_at
        if in_use is None or age_seconds >= self._age_seconds_max:
            raise self._stale()
        return in_use

    def within(self, age_max: timedelta) -> Ring:
        """Returns the ring in use, if the store confirmed it so short a while ago.

        Raises:
            StoreUnavailableError: it did not.
        """
        in_use = self._in_use
        age_seconds = self._clock.monotonic() - self._confirmed_at
        if in_use is None or age_seconds >= age_max.total_seconds():
            raise self._stale()
        return in_use

    def _stale(self) -> StoreUnavailableError:
        return StoreUnavailableError("key_ring_stale", retry_after=self._settle / 4)

    async def open(self) -> None:
        """Reads the ring for the first time, and what this host has seen of it.

        Raises:
            RingMissingError: there is none.
            RingCorruptError: no master key opens it, or the copy.
            RingRollbackError: the store has another ring than this host has seen.
            StoreUnavailableError: it cannot be read, or others keep changing it.
        """
        copied = await self._copy.load()
        if copied is not None:
            self._held = copied
        # Which looks again where another worker was faster: a rotation is no reason
        # not to start.
        await self.change(lambda ring: ring)

    async def refresh(self) -> None:
        """Takes up what the store has by now.

        Raises:
            RingCorruptError: no master key opens it.
            RingRollbackError: it does not follow what has been seen.
            StoreUnavailableError: it cannot be read, or another one was faster.
        """
        async with self._turn:
            await self._refresh()

    async def change(self, make: Callable[[Ring], Ring]) -> Ring:
        """Replaces the ring by what a change makes of it; see `refresh`.

        Args:
            make: returns the ring with a higher version, or the same ring. It runs
                in a thread, again where another worker was faster, and may raise.
        """
        async with self._turn:
            for _ in range(key_limits.RING_CHANGE_ATTEMPTS_MAX):
                try:
                    await self._refresh()
                except RingContendedError:
                    continue
                held = self._required()
                changed = await asyncio.to_thread(make, held.ring)
                if changed is held.ring:
                    return changed
                changed.check_follows(held.ring)
                made = HeldRing.made(changed, held.master_key, self._entropy)
                if await self._store.replace(made.sealed, expected=held.sealed):
                    self._take(made)
                    return changed
        raise RingContendedError("key_ring_contended")

    async def reseal(self, master_key: Secret) -> Ring:
        """Puts the same ring under another master key, in the store; see `change`."""
        async with self._turn:
            await self._refresh()
            held = self._required()
            made = HeldRing.made(held.ring, master_key, self._entropy)
            if not await self._store.replace(made.sealed, expected=held.sealed):
                raise RingContendedError("key_ring_contended")
            self._take(made)
            await self._copy.keep(made)
            return made.ring

    def revoke(self, name: str) -> None:
        """Uses a key no more, whatever the ring says, and looks for the next ring."""
        self._revoked |= {name}
        self._use()
        self._wake.set()

    async def wait(self, at_most: timedelta) -> None:
        """Returns when time is up, or there is a reason to refresh before that."""
        try:
            async with asyncio.timeout(at_most.total_seconds()):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    @property
    def version(self) -> int:
        """The version of the ring that is held; 0 before there is one."""
        return self._held.ring.version if self._held is not None else 0

    @property
    def changed(self) -> asyncio.Event:
        """Is set when another ring is in use than when it was taken."""
        return self._changed

    async def _refresh(self) -> None:
        started = self._clock.monotonic()
        sealed = await self._store.load()
        if self._held is None or sealed != self._held.sealed:
            await self._meet(sealed)
        self._confirmed_at = started
        self._use()
        await self._copy.keep(self._required())

    async def _meet(self, sealed: bytes | None) -> None:
        """Deals with a store that has something else than this worker."""
        if sealed is None:
            await self._put_back(None)
            return
        met = await asyncio.to_thread(HeldRing.opened, sealed, self._master_keys)
        if self._held is not None:
            ring = self._held.ring
            if met.ring.ring_id == ring.ring_id and met.ring.version < ring.version:
                await self._put_back(sealed)
                return
            # NOTE: the same ring under another seal follows; it is re-wrapped.
            met.ring.check_follows(ring)
        # A failover may take away what was only read, and another ring may then get
        # its version. A write is as sure as all that was written before it.
        if not await self._store.replace(sealed, expected=sealed):
            raise RingContendedError("key_ring_contended")
        self._take(met)

    async def _put_back(self, expected: bytes | None) -> None:
        held = self._required()
        if not await self._store.replace(held.sealed, expected=expected):
            raise RingContendedError("key_ring_contended")
        self._watcher.ring_put_back(held.ring)

    def _take(self, held: HeldRing) -> None:
        self._held = held
        self._use()
        self._watcher.ring_replaced(held.ring)

    def _use(self) -> None:
        if self._held is None:
            return
        before, as_of = self._in_use, self._clock.now() - self._settle - _CUT_OFF
        self._in_use = self._held.ring.in_use(as_of=as_of, revoked=self._revoked)
        if before is None or _differ(before, self._in_use):
            # Those who wait hold the old event; whoever comes next gets a new one.
            self._changed.set()
            self._changed = asyncio.Event()

    def _required(self) -> HeldRing:
        if self._held is None:
            raise RingMissingError
        return self._held


@dataclass(frozen=True, slots=True)
class AgedRing:
    """A `Snapshot[Ring]` for those who may use one that is a while old.

    Attributes:
        holder: the ring.
        age_max: how long ago the store must have confirmed it.
    """

    holder: RingHolder
    age_max: timedelta

    def current(self) -> Ring:
        """Returns the ring in use; see `RingHolder.within`."""
        return self.holder.within(self.age_max)


def _differ(before: Ring, after: Ring) -> bool:
    return before.version != after.version or before.revoked != after.revoked
