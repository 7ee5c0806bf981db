"""Providers of credentials: one request at a time, however many ask."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from daypass_client import (
    AsyncRefreshingCredentials,
    Credentials,
    DaypassError,
    RefreshingCredentials,
    UnavailableError,
)
from daypass_client.errors import AccessDeniedError, Failure
from support.fake_daypass import credentials_of
from support.world import ManualClock

HOUR = timedelta(hours=1)
DUE = timedelta(minutes=56)
CALLERS = 1_000
AWAY = UnavailableError(Failure("UNAVAILABLE", "ServiceUnavailable", "away"))
DENIED = AccessDeniedError(Failure("PERMISSION_DENIED", "AccessDenied", "no"))


def at_once() -> float:
    """Returns no delay, as chance may."""
    return 0.0


@dataclass
class Source:
    """Gives an hour's credentials, new ones each time, or what was queued to fail."""

    clock: ManualClock
    count: int = 0
    failures: list[DaypassError] = field(default_factory=list)
    meanwhile: Callable[[], None] = field(default=lambda: None)

    def obtain(self) -> Credentials:
        """Gets credentials at once."""
        self.count += 1
        self.meanwhile()
        if self.failures:
            raise self.failures.pop(0)
        return replace(credentials_of(self.count), expiration=self.clock.now() + HOUR)

    async def obtain_later(self) -> Credentials:
        """Gets credentials after everybody else on the loop had a turn."""
        await asyncio.sleep(0)
        return self.obtain()


@pytest.fixture
def source(clock: ManualClock) -> Source:
    """Returns a source that works."""
    return Source(clock)


@pytest.fixture
def provider(source: Source) -> RefreshingCredentials:
    """Returns a blocking provider."""
    return RefreshingCredentials(source.obtain, clock=source.clock, share=at_once)


@pytest.fixture
def awaiting(source: Source) -> AsyncRefreshingCredentials:
    """Returns an awaiting provider."""
    return AsyncRefreshingCredentials(
        source.obtain_later, clock=source.clock, share=at_once
    )


def test_first_error_is_told(source: Source, provider: RefreshingCredentials) -> None:
    """Where nothing was ever had, the failure is the caller's to know."""
    source.failures.append(AWAY)

    with pytest.raises(UnavailableError):
        provider.credentials()


def test_credentials_are_kept(source: Source, provider: RefreshingCredentials) -> None:
    """Until a renewal is due no further request is made."""
    first, second = provider.credentials(), provider.credentials()

    assert first is second
    assert 1 == source.count


def test_credentials_are_renewed(
    source: Source, provider: RefreshingCredentials
) -> None:
    """Before the end new ones are had."""
    first = provider.credentials()
    source.clock.advance(DUE)

    second = provider.credentials()

    assert first != second
    assert 2 == source.count


def test_threads_make_one_request(
    source: Source, provider: RefreshingCredentials
) -> None:
    """A thousand threads without credentials make one request."""
    everybody = threading.Semaphore(0)

    def until_all_have_come() -> None:
        for _ in range(CALLERS):
            everybody.acquire()

    def ask(_: int) -> Credentials:
        everybody.release()
        return provider.credentials()

    source.meanwhile = until_all_have_come

    with ThreadPoolExecutor(CALLERS) as threads:
        found = list(threads.map(ask, range(CALLERS)))

    assert 1 == source.count
    assert {credentials_of(1).access_key_id} == {each.access_key_id for each in found}


def test_threads_get_the_old_during_a_renewal(
    source: Source, provider: RefreshingCredentials
) -> None:
    """While one thread renews, another gets what is held, and does not wait."""
    old = provider.credentials()
    source.clock.advance(DUE)
    found: list[Credentials] = []

    def ask_meanwhile() -> None:
        thread = threading.Thread(target=lambda: found.append(provider.credentials()))
        thread.start()
        thread.join()

    source.meanwhile = ask_meanwhile

    new = provider.credentials()

    assert [old] == found
    assert old != new
    assert 2 == source.count


def test_old_credentials_serve_to_their_end(
    source: Source, provider: RefreshingCredentials
) -> None:
    """While the service is away the old ones serve to their end, and never after."""
    old = provider.credentials()
    source.failures.extend([AWAY, AWAY])
    source.clock.advance(DUE)

    before = provider.credentials()
    source.clock.advance(HOUR - DUE)
    with pytest.raises(UnavailableError):
        provider.credentials()

    assert old is before
    assert 3 == source.count


def test_end_during_a_failing_renewal_counts(
    source: Source, provider: RefreshingCredentials
) -> None:
    """Credentials that end while a renewal fails are not handed out after it."""
    provider.credentials()
    source.clock.advance(DUE)
    source.failures.append(AWAY)
    source.meanwhile = lambda: source.clock.advance(HOUR)

    with pytest.raises(UnavailableError):
        provider.credentials()


def test_refusal_is_the_servers_answer(
    source: Source, provider: RefreshingCredentials
) -> None:
    """Where the server refuses a renewal, the old ones are handed out no longer."""
    provider.credentials()
    source.clock.advance(DUE)
    source.failures.append(DENIED)

    with pytest.raises(AccessDeniedError):
        provider.credentials()

    assert credentials_of(3).access_key_id == provider.credentials().access_key_id


def test_discarded_credentials_are_replaced(
    source: Source, provider: RefreshingCredentials
) -> None:
    """What a server refused is given up, and new ones are had."""
    first = provider.credentials()

    provider.discard(first)

    assert first != provider.credentials()
    assert 2 == source.count


async def test_tasks_make_one_request(
    source: Source, awaiting: AsyncRefreshingCredentials
) -> None:
    """A thousand tasks without credentials make one request."""
    found = await asyncio.gather(*(awaiting.credentials() for _ in range(CALLERS)))

    assert 1 == source.count
    assert all(found[0] is each for each in found)


async def test_tasks_share_one_failure(
    source: Source, awaiting: AsyncRefreshingCredentials
) -> None:
    """A thousand tasks share the failure of one request."""
    source.failures.append(AWAY)

    found = await asyncio.gather(
        *(awaiting.credentials() for _ in range(CALLERS)), return_exceptions=True
    )

    assert 1 == source.count
    assert all(AWAY is each for each in found)


async def test_tasks_get_the_old_during_a_renewal(
    source: Source, awaiting: AsyncRefreshingCredentials
) -> None:
    """When a renewal is due, one task of a thousand makes it and the others go on."""
    old = await awaiting.credentials()
    source.clock.advance(DUE)

    found = await asyncio.gather(*(awaiting.credentials() for _ in range(CALLERS)))

    assert CALLERS - 1 == sum(each is old for each in found)
    assert 2 == source.count


async def test_cancelled_request_is_taken_over(
    source: Source, awaiting: AsyncRefreshingCredentials
) -> None:
    """Where the task that asks is cancelled, one that waits asks in its place."""
    first = asyncio.ensure_future(awaiting.credentials())
    second = asyncio.ensure_future(awaiting.credentials())
    await asyncio.sleep(0)

    first.cancel()
    found = await second

    assert credentials_of(1).access_key_id == found.access_key_id
    assert (True, 1) == (first.cancelled(), source.count)


async def test_awaited_credentials_are_discarded(
    source: Source, awaiting: AsyncRefreshingCredentials
) -> None:
    """What a server refused is given up by the awaiting provider, too."""
    first = await awaiting.credentials()

    await awaiting.discard(first)

    assert first != await awaiting.credentials()
    assert 2 == source.count


def test_provider_shows_no_secret(provider: RefreshingCredentials) -> None:
    """Neither the provider nor what it hands out prints a secret."""
    held = provider.credentials()
    token = held.session_token

    assert token is not None
    shown = f"{provider!r} {held!r} {held}"
    assert held.secret_access_key.reveal() not in shown
    assert token.reveal() not in shown
