"""The key sets of identity providers: fetched, remembered, and kept apart.

Each issuer has an entry of its own: its keys, when they were fetched, and how often
it has failed since. One fetch at a time runs for an issuer, in a task of its own, so
that callers come and go; all who need it wait for the same one. A failing issuer
costs its own callers one wait, and then nothing but its own keys growing old.

When an issuer is asked again:

- its keys have been used for as long as their lifetime says: at once, and callers
  wait for the answer, so that a key that was withdrawn is not used on (attacks O14);
- a token names a key that is not in the set: after the cool-down (O12, O13);
- it failed last time: after a pause that doubles. Callers do not wait while there are
  keys that are less than a day old, and are refused at once where there are none.

SPEC: sts-operations 1.3 and detail 52; attacks O09 to O16, O27, O34.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from daypass.adapters.http_fetcher import (
    FetchedDocument,
    FetchFailedError,
    ProviderUnreachableError,
)
from daypass.core import provider_limits as limits
from daypass.core.errors import IdpCommunicationError
from daypass.core.key_set_source import KeySetSource
from daypass.core.lru import LruCache
from daypass.core.ports import Clock
from daypass.federation.oidc import refusals
from daypass.federation.oidc.discovery import discovery_url, parse_discovery
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.freshness import key_set_lifetime
from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from daypass.federation.oidc.urls import HttpsUrl

_DETAIL: Final = "provider_{}"
_STALE_SECONDS_MAX: Final = limits.KEY_SET_STALE_MAX.total_seconds()
_COOL_DOWN_SECONDS: Final = limits.KEY_SET_COOL_DOWN.total_seconds()
_PAUSE_SECONDS_MIN: Final = limits.KEY_SET_RETRY_PAUSE_MIN.total_seconds()
_PAUSE_SECONDS_MAX: Final = limits.KEY_SET_RETRY_PAUSE_MAX.total_seconds()
# Two to this power is far beyond the longest pause.
_DOUBLINGS_MAX: Final = 16


class DocumentFetcher(Protocol):
    """Fetches documents; `HttpFetcher` does."""

    async def fetch(self, url: HttpsUrl) -> FetchedDocument:
        """Returns the document at a URL, or raises `FetchFailedError`."""
        ...


class KeySetWatcher(Protocol):
    """Is told how the key sets fare, for metrics and alarms."""

    def key_set_fetched(self, issuer: str, key_set: JwkSet, span: timedelta) -> None:
        """Notes a set; keys of it that are ignored are worth an alarm."""
        ...

    def key_set_failed(self, issuer: str, reason: str, span: timedelta) -> None:
        """Notes a failure, which is worth an alarm; the last good set stays."""
        ...


@dataclass(slots=True)
class _Entry:
    """What is known of one issuer. Times are seconds of the monotonic clock."""

    issuer: str
    key_set: JwkSet | None = None
    fetched_at: float = 0.0
    fresh_until: float = 0.0
    tried_at: float = -math.inf
    failures: int = 0
    failure: FetchFailedError | None = None
    flight: asyncio.Task[None] | None = None

    def usable(self, now: float) -> JwkSet | None:
        """Returns the keys while they are not too old to be used at all."""
        if now >= self.fetched_at + _STALE_SECONDS_MAX:
            return None
        return self.key_set

    def is_fresh(self, now: float) -> bool:
        """Tells whether the keys need not be fetched again yet."""
        return self.key_set is not None and now < self.fresh_until

    def pause_ends(self, now: float) -> float:
        """Returns when the issuer may be asked again."""
        doublings = min(self.failures - 1, _DOUBLINGS_MAX)
        pause = min(_PAUSE_SECONDS_MIN * 2.0**doublings, _PAUSE_SECONDS_MAX)
        if self.failures == 0:
            pause = 0.0
        if self.is_fresh(now):
            pause = max(pause, _COOL_DOWN_SECONDS)
        return self.tried_at + pause


class KeySets:
    """A `KeySetSource` that asks the issuers themselves. `run` must be running.

    Args:
        fetcher: fetches documents.
        clock: its monotonic reading tells how old keys are.
        watcher: is told how fetches fare.
        lifetime_max: how long keys are used without being fetched again, whatever
            their issuer says: from 30 s to 24 h. A key that an issuer withdraws is
            used on for as long.
        time_max: for all of a fetch, both of its documents together.
    """

    def __init__(
        self,
        *,
        fetcher: DocumentFetcher,
        clock: Clock,
        watcher: KeySetWatcher,
        lifetime_max: timedelta = limits.KEY_SET_LIFETIME_DEFAULT,
        time_max: timedelta = limits.PROVIDER_FETCH_TIME_MAX,
    ) -> None:
        bounds = (limits.KEY_SET_LIFETIME_MIN, limits.KEY_SET_LIFETIME_MAX)
        if not bounds[0] <= lifetime_max <= bounds[1]:
            message = f"the lifetime of key sets is not from {bounds[0]} to {bounds[1]}"
            raise ValueError(message)
        self._fetcher = fetcher
        self._clock = clock
        self._watcher = watcher
        self._lifetime_max = lifetime_max
        self._seconds_max = time_max.total_seconds()
        self._entries: LruCache[str, _Entry] = LruCache(size_max=limits.KEY_SETS_MAX)
        self._tasks: asyncio.TaskGroup | None = None
        self._flights = 0

    async def run(self) -> None:
        """Owns the tasks that fetch, until it is cancelled; they end with it."""
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            try:
                await asyncio.get_running_loop().create_future()
            finally:
                # Before the group waits for its tasks, and takes no more of them.
                self._tasks = None

    async def key_set(
        self,
        issuer: str,
        *,
        provider_arn: str,  # noqa: ARG002 - all providers of an issuer share its keys.
        key_id: str | None,
    ) -> JwkSet:
        """Returns the keys of an issuer; see the port.

        Providers that share an issuer share its keys; what is theirs alone, such as
        the client ids, is not here (attacks O33).
        """
        entry = self._entries.get(issuer)
        if entry is None:
            entry = _Entry(issuer)
            self._entries.put(issuer, entry)
        now = self._clock.monotonic()
        usable = entry.usable(now)
        is_known = usable is not None and usable.find(key_id) is not None
        if usable is not None and is_known and entry.is_fresh(now):
            return usable
        waits = not is_known or entry.failures == 0
        flight = self._flight(entry, now)
        if flight is not None and waits:
            # NOTE: `wait` leaves the flight alone when this caller is cancelled.
            await asyncio.wait({flight})
        usable = entry.usable(self._clock.monotonic())
        if usable is None:
            raise self._failure(entry)
        return usable

    def forget(self, issuer: str) -> None:
        """Drops the keys of an issuer, which are then fetched anew or not used.

        For an operator who knows that a key of the issuer is in wrong hands.
        """
        self._entries.put(issuer, _Entry(issuer))

    def _flight(self, entry: _Entry, now: float) -> asyncio.Task[None] | None:
        """Returns the fetch that is under way, or begins one where that is due."""
        if entry.flight is not None:
            return entry.flight
        places = limits.KEY_SET_FETCHES_MAX // (1 if entry.failures == 0 else 2)
        if self._tasks is None or self._flights >= places:
            return None
        if now < entry.pause_ends(now):
            return None
        self._flights += 1
        entry.tried_at = now
        entry.flight = self._tasks.create_task(self._fetch(entry))
        return entry.flight

    async def _fetch(self, entry: _Entry) -> None:
        """Fetches the keys of an issuer, and notes in its entry how that went."""
        start = self._clock.monotonic()
        try:
            async with asyncio.timeout(self._seconds_max):
                key_set, lifetime = await self._load(entry.issuer)
        except FetchFailedError as error:
            self._note_failure(entry, error, start)
        except TimeoutError:
            self._note_failure(entry, ProviderUnreachableError("too_slow"), start)
        except DocumentRefusedError as error:
            self._note_failure(entry, FetchFailedError(error.reason), start)
        except Exception as error:  # noqa: BLE001 - no issuer ends the tasks of all.
            reason = f"fault_{type(error).__name__}"
            self._note_failure(entry, FetchFailedError(reason), start)
        else:
            now = self._clock.monotonic()
            entry.key_set, entry.fetched_at = key_set, now
            entry.fresh_until = now + lifetime.total_seconds()
            entry.failures, entry.failure = 0, None
            span = timedelta(seconds=now - start)
            self._watcher.key_set_fetched(entry.issuer, key_set, span)
        finally:
            entry.flight = None
            self._flights -= 1

    async def _load(self, issuer: str) -> tuple[JwkSet, timedelta]:
        document = await self._fetcher.fetch(discovery_url(issuer))
        discovered = parse_discovery(document.body, issuer=issuer)
        answer = await self._fetcher.fetch(discovered.jwks_uri)
        lifetime = key_set_lifetime(answer.cache_control, most=self._lifetime_max)
        return parse_jwk_set(answer.body).only(discovered.algorithms), lifetime

    def _note_failure(
        self, entry: _Entry, error: FetchFailedError, start: float
    ) -> None:
        entry.failures += 1
        entry.failure = error
        span = timedelta(seconds=self._clock.monotonic() - start)
        self._watcher.key_set_failed(entry.issuer, error.reason, span)

    def _failure(self, entry: _Entry) -> Exception:
        """Returns what callers are told when there are no keys."""
        failure = entry.failure
        if failure is None:
            return IdpCommunicationError("provider_not_asked")
        if not isinstance(failure, ProviderUnreachableError):
            return refusals.no_key(_DETAIL.format(failure.reason))
        now = self._clock.monotonic()
        pause = max(entry.pause_ends(now) - now, _PAUSE_SECONDS_MIN)
        return IdpCommunicationError(
            _DETAIL.format(failure.reason), retry_after=timedelta(seconds=pause)
        )


class StaticKeySets:
    """A `KeySetSource` for providers whose keys an operator has written down.

    Such a provider is never asked, not even for keys that it lacks.

    Args:
        texts: the key set of each provider that has one, by its ARN.
        otherwise: is asked for all others.

    Raises:
        DocumentRefusedError: a text is no key set, or none of its keys can be used.
    """

    def __init__(
        self, *, texts: Mapping[str, str], otherwise: KeySetSource[JwkSet]
    ) -> None:
        self._key_sets = {arn: parse_jwk_set(text) for arn, text in texts.items()}
        if not all(key_set.keys for key_set in self._key_sets.values()):
            raise DocumentRefusedError("key_set_without_usable_key")
        self._otherwise = otherwise

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> JwkSet:
        """Returns the keys of a provider; see the port."""
        if provider_arn in self._key_sets:
            return self._key_sets[provider_arn]
        return await self._otherwise.key_set(
            issuer, provider_arn=provider_arn, key_id=key_id
        )
