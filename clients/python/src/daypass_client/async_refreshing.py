"""Credentials that are there when they are needed, for programs that await."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from daypass_client.chance import random_share
from daypass_client.clock import Clock, SteadyClock, SystemClock
from daypass_client.credential_cache import CredentialCache
from daypass_client.credentials import Credentials
from daypass_client.errors import DaypassError


class AsyncRefreshingCredentials:
    """The credentials of one identity, renewed before they end. Tasks share one.

    However many tasks ask, one request is made at a time. The task that finds that
    a renewal is due makes it; the others get what is held meanwhile, and wait only
    where that has ended. Where that task is cancelled, one that waits makes the
    request in its place. While the service is away what is held serves to its end,
    and never longer.

    Args:
        obtain: gets new credentials, with a deadline of its own.
        clock: tells when credentials end; None for this machine's.
        share: draws a number from 0 up to 1, by which renewals are spread; None
            for chance.
    """

    def __init__(
        self,
        obtain: Callable[[], Awaitable[Credentials]],
        *,
        clock: Clock | None = None,
        share: Callable[[], float] | None = None,
    ) -> None:
        self._obtain = obtain
        self._clock = SteadyClock(clock or SystemClock())
        self._cache = CredentialCache(share or random_share)
        self._lock = asyncio.Lock()

    async def credentials(self) -> Credentials:
        """Returns credentials that have not ended.

        Raises:
            DaypassError: there are none, and they cannot be had; those who have
                waited for one request get its one error.
        """
        turn, now = self._cache.turn, self._clock.now()
        if (fresh := self._cache.fresh(now)) is not None:
            return fresh
        held = self._cache.usable(now)
        if held is not None and self._lock.locked():
            return held
        async with self._lock:
            settled = self._cache.settled_since(turn, self._clock.now())
            return await self._renewed() if settled is None else settled

    async def discard(self, credentials: Credentials) -> None:
        """Gives up credentials that a server has refused, as revoked ones are.

        The next call of `credentials` asks for new ones.
        """
        async with self._lock:
            self._cache.discard(credentials)

    async def _renewed(self) -> Credentials:
        try:
            credentials = await self._obtain()
        except DaypassError as error:
            return self._cache.failed(error, self._clock.now())
        return self._cache.obtained(credentials, self._clock.note())
