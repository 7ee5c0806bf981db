"""The key ring of a worker or of a command, built of the settings.

With a shared store the ring rests there, and the state folder keeps a copy: what
`daypassd init` made begins the store, and a later start does not go back behind what
this host has seen. Without one the ring rests in the state folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeVar

from daypass.adapters.keyring_file import FileKeyringStore, KeyringFile
from daypass.adapters.store_url import OpenStores, open_stores
from daypass.config import Settings
from daypass.core.ports import Clock, Entropy
from daypass.core.store_health import ClockVerdict, StoreExaminer
from daypass.core.store_limits import STORE_CLOCK_DIFFERENCE_MAX
from daypass.core.store_urls import MEMORY, scheme_of
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.keyring.ring import Ring
from daypass.state import RUN_INIT, StateError, StatePaths, read_master_keys
from daypass.sts.key_followers import KeyFollowers
from daypass.sts.ring_holder import (
    AgedRing,
    RingHolder,
    RingMissingError,
    RingWatcher,
)
from daypass.sts.ring_reporter import RingReporter
from daypass.sts.ring_rotator import RingRotator, RotatorWatcher
from daypass.wiring_keys import KeyCollaborators

ResultT = TypeVar("ResultT")


def check_initialised(settings: Settings) -> None:
    """Returns unless the ring can only be in the state folder, and is not there.

    Raises:
        StateError: it is not.
        PrivateFileError: others may read it.
    """
    path = StatePaths.of(settings).keyring
    if not is_shared(settings) and KeyringFile(path).load() is None:
        raise StateError(f"there is no {path}: {RUN_INIT}")


class RotationWatcher(RingWatcher, RotatorWatcher, Protocol):
    """Whoever wants to know what becomes of the ring, and whether it can be followed."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """The ring of a worker, the loop that keeps it fresh, and who follows its keys."""

    holder: RingHolder
    rotator: RingRotator
    followers: KeyFollowers


def make_rotation(
    settings: Settings,
    stores: OpenStores,
    *,
    clock: Clock,
    entropy: Entropy,
    watcher: RotationWatcher,
    worker_id: str,
) -> Rotation:
    """Builds what a worker needs for its keys; see `make_ring_holder`."""
    holder = make_ring_holder(
        settings, stores, clock=clock, entropy=entropy, watcher=watcher
    )
    followers, reporter = KeyFollowers(), None
    if stores.ring_reports is not None and stores.follower_reports is not None:
        reporter = RingReporter(
            worker_id,
            workers=stores.ring_reports,
            followers=stores.follower_reports,
            here=followers,
        )
    rotator = RingRotator(
        holder=holder,
        rules=settings.rotation_rules,
        settle=settings.key_settle,
        clock=clock,
        entropy=entropy,
        watcher=watcher,
        clock_agrees=partial(clock_agrees, stores.examine),
        reporter=reporter,
    )
    return Rotation(holder, rotator, followers)


async def clock_agrees(examine: StoreExaminer) -> bool:
    """Tells whether this server's clock is that of the store, unless surely not.

    A store that has no clock of its own agrees.

    Raises:
        StoreUnavailableError: it does not answer.
    """
    return (await examine()).clock_verdict is not ClockVerdict.SKEWED


async def require_clock(examine: StoreExaminer) -> None:
    """Returns where a ring may be changed at times of this machine's clock.

    A command compares it as servers do before a step (E13): a key that is dated by a
    clock that is set wrong would be used, or thrown away, at a wrong time by all.

    Raises:
        StateError: the clock surely differs from that of the store by too much.
        StoreUnavailableError: the store does not answer.
    """
    found = await examine()
    if found.clock_verdict is ClockVerdict.SKEWED:
        raise StateError(
            f"{found.clock}, and may differ by"
            f" {STORE_CLOCK_DIFFERENCE_MAX.total_seconds():g} s: the keys stay as they"
            " are; set the clock that is wrong, and try again"
        )


def key_collaborators(settings: Settings, keys: Rotation) -> KeyCollaborators:
    """Returns what the use cases need of the keys of a worker."""
    return KeyCollaborators(
        holder=keys.holder,
        published=AgedRing(keys.holder, settings.published_age_max),
        key_set_age_max=settings.key_set_age_max,
        rules=settings.rotation_rules,
        operators=frozenset(settings.operator_accounts),
        followers=keys.followers,
    )


def make_ring_holder(
    settings: Settings,
    stores: OpenStores,
    *,
    clock: Clock,
    entropy: Entropy,
    watcher: RingWatcher,
) -> RingHolder:
    """Builds what holds the ring; nothing is read yet but the master key.

    Raises:
        StateError: there is no master key.
        MasterKeyError: one is malformed.
        PrivateFileError: others may read one.
    """
    file = FileKeyringStore(KeyringFile(StatePaths.of(settings).keyring))
    shared = stores.keyring
    return RingHolder(
        store=file if shared is None else shared,
        copy=None if shared is None else file,
        master_keys=read_master_keys(settings),
        settle=settings.key_settle,
        clock=clock,
        entropy=entropy,
        watcher=watcher,
    )


async def open_ring_holder(settings: Settings, holder: RingHolder) -> None:
    """Reads the ring for the first time.

    Raises:
        StateError: there is none, it is damaged, another master key sealed it, or
            this host has seen another one.
        StoreUnavailableError: the store does not answer.
    """
    path = StatePaths.of(settings).keyring
    try:
        await holder.open()
    except RingMissingError:
        raise StateError(f"there is no {path}: {RUN_INIT}") from None
    except RingCorruptError as error:
        where = (
            f"the key ring in the store, or {path}," if is_shared(settings) else path
        )
        raise StateError(
            f"{where} is damaged, or was sealed under another master key"
        ) from error
    except RingRollbackError as error:
        raise StateError(
            f"the key ring in the store does not follow {path}: {error}"
        ) from error


async def with_ring(
    settings: Settings,
    act: Callable[[RingHolder, OpenStores], Awaitable[ResultT]],
    *,
    clock: Clock,
    entropy: Entropy,
) -> ResultT:
    """Does something with the ring that servers of these settings use.

    The stores that go with it are the servers' only where they are shared.

    Raises:
        StateError: there is no ring that could be used.
        StoreUnavailableError: the store does not answer.
    """
    check_initialised(settings)
    # NOTE: a journal belongs to the server that runs, and holds no keys.
    url = settings.store if is_shared(settings) else "memory://"
    stores = await open_stores(url, clock=clock, entropy=entropy)
    running = asyncio.ensure_future(stores.run())
    try:
        holder = make_ring_holder(
            settings, stores, clock=clock, entropy=entropy, watcher=_Nobody()
        )
        await open_ring_holder(settings, holder)
        return await act(holder, stores)
    finally:
        stores.close()
        running.cancel()
        await asyncio.wait({running})


def is_shared(settings: Settings) -> bool:
    """Tells whether the ring rests in a store that several hosts share."""
    return scheme_of(settings.store) != MEMORY


class _Nobody:
    """Nobody who watches: a command says itself what it has done."""

    def ring_replaced(self, ring: Ring) -> None:
        """Is told of each ring, and tells nobody."""

    def ring_put_back(self, ring: Ring) -> None:
        """Is told that the store had an older ring, and tells nobody."""
