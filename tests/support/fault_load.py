"""A steady load of the shipped client, and what became of each call of it.

Clients mint and verify, as many of each, one call after the other. Whatever was
acknowledged is remembered, so that at the end each session can be looked for.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Final

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    Endpoint,
    Profile,
    RoleRequest,
)
from daypass_client.errors import (
    CallError,
    NotFoundError,
    TokenRejectedError,
    UnavailableError,
)
from support.daypassd import ROLE, Daypassd, Keys, Organisation

# Clients of each kind. Each has a connection of its own: that one of two workers gets
# none has a chance of one in a hundred.
CLIENTS: Final = 4
_PAUSE_SECONDS: Final = 0.01
_POLL_SECONDS: Final = 0.02
# Longer than anything here takes on a busy machine.
PATIENCE_SECONDS: Final = 60.0


async def until(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as something holds, and fails when it never does."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        await asyncio.sleep(_POLL_SECONDS)


@dataclass
class Tally:
    """What became of calls of one kind."""

    sent: int = 0
    answered: int = 0
    # By reason: a code alone does not tell a wrong signature from a key that is gone.
    refused: Counter[str] = field(default_factory=Counter)
    # When calls that were answered were begun, and when answered.
    spans: list[tuple[float, float]] = field(default_factory=list)
    # When calls of each client were answered, by its number.
    answers: dict[int, list[float]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Says it in a line."""
        return (
            f"{self.sent} sent, {self.answered} answered,"
            f" refused {dict(self.refused)}, lost {self.lost}"
        )

    @property
    def lost(self) -> int:
        """How many calls of those that ended have come to nothing at all."""
        return self.sent - self.answered - self.refused.total()

    @property
    def longest_gap(self) -> float:
        """The most seconds between two answers."""
        ends = [end for _, end in self.spans]
        pairs = pairwise(ends)
        return max((later - sooner for sooner, later in pairs), default=0.0)


class FaultLoad:
    """The load.

    Args:
        server: whom it asks.
        organisation: whose user it is.
    """

    def __init__(self, server: Daypassd, organisation: Organisation) -> None:
        self._address = server.address
        self._dev = organisation.keys("dev")
        self._admin = organisation.keys("admin")
        self._connections = 0
        self.mints = Tally()
        self.verifications = Tally()
        self.issued: dict[str, Credentials] = {}
        self.revoked: set[str] = set()
        # Why live tokens were refused, by their access key ids.
        self.failed: dict[str, str] = {}

    def client(self, *, admin: bool = False) -> AsyncDaypassClient:
        """Returns a client with a connection of its own."""
        keys = self._admin if admin else self._dev
        return AsyncDaypassClient(
            Profile(endpoint=self._own_endpoint(), credentials=_credentials(keys))
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Calls for as long as the block lasts, and a moment before."""
        ending = asyncio.Event()
        async with AsyncExitStack() as open_clients, asyncio.TaskGroup() as tasks:
            for kind in (self._mint, self._verify):
                for number in range(CLIENTS):
                    client = await open_clients.enter_async_context(self.client())
                    calls = self._repeat(partial(kind, number), client, ending)
                    tasks.create_task(calls)
            await self.more(20)
            yield
            ending.set()

    async def more(self, count: int) -> None:
        """Returns when so many more calls of each kind were answered."""
        mints, others = self.mints.answered, self.verifications.answered
        await until(lambda: self.mints.answered >= mints + count, "mints")
        await until(lambda: self.verifications.answered >= others + count, "verified")

    async def recovery(self) -> float:
        """Returns seconds from now to the first answers to calls begun after now."""
        now = time.monotonic()
        ends: list[float] = []
        for tally in (self.mints, self.verifications):
            await until(partial(_has_answered, tally, now), "recovery")
            ends.append(_first(tally, now))
        return max(ends) - now

    async def lost(self) -> dict[str, str]:
        """Returns what was acknowledged and is not there, or does not verify."""
        found = dict(self.failed)
        waiting = [key for key in self.issued if key not in self.revoked]

        async def look() -> None:
            async with self.client() as client, self.client(admin=True) as admin:
                while waiting:
                    await self._look_for(waiting.pop(), client, admin, found)

        await asyncio.gather(*(look() for _ in range(CLIENTS)))
        return found

    async def longest_wait(self, since: float) -> float:
        """Returns the most seconds that any client has been without an answer since then.

        A client whose worker was killed goes on when it has connected to another.
        """
        clients = [
            times
            for tally in (self.mints, self.verifications)
            for times in tally.answers.values()
        ]
        await until(
            lambda: all(times[-1] > since for times in clients), "each is answered"
        )
        return max(
            later - max(sooner, since)
            for times in clients
            for sooner, later in pairwise(times)
            if later > since
        )

    def report(self, title: str, lost: dict[str, str], *notes: str) -> str:
        """Returns what is to be printed."""
        others = self.verifications.longest_gap
        return "\n  ".join(
            [
                f"\n{title}",
                f"mint:   {self.mints}, longest gap {self.mints.longest_gap:.2f} s",
                f"verify: {self.verifications}, longest gap {others:.2f} s",
                f"lost:   {len(lost)} of {len(self.issued)} sessions {list(lost.items())[:5]}",
                *notes,
            ]
        )

    def token(self, key: str) -> str:
        """Returns the session token that was issued with an access key id."""
        token = self.issued[key].session_token
        assert token is not None
        return token.reveal()

    def give_up(self, age: int) -> str:
        """Chooses a session that is to be revoked, by how many were issued since."""
        key = list(self.issued)[-1 - age]
        self.revoked.add(key)
        return key

    async def _repeat(
        self,
        kind: Callable[[AsyncDaypassClient], Awaitable[None]],
        client: AsyncDaypassClient,
        ending: asyncio.Event,
    ) -> None:
        while not ending.is_set():
            await kind(client)
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _mint(self, number: int, client: AsyncDaypassClient) -> None:
        name = f"s{self.mints.sent}"
        async with _counted(self.mints, number):
            role = await client.assume_role(
                RoleRequest(role_arn=ROLE, session_name=name)
            )
            self.issued[role.credentials.access_key_id] = role.credentials

    async def _verify(self, number: int, client: AsyncDaypassClient) -> None:
        live = [key for key in self.issued if key not in self.revoked][-200:]
        if not live:
            return
        key = live[self.verifications.sent % len(live)]
        async with _counted(self.verifications, number):
            try:
                await client.verify_token(self.token(key))
            except TokenRejectedError as error:
                # It may have been revoked while it was being looked at.
                if key not in self.revoked:
                    self.failed[key] = error.reason

    async def _look_for(
        self,
        key: str,
        client: AsyncDaypassClient,
        admin: AsyncDaypassClient,
        found: dict[str, str],
    ) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                await client.verify_token(self.token(key))
                await admin.get_session(key)
            except (TokenRejectedError, NotFoundError) as error:
                found[key] = str(error)
            except UnavailableError:
                assert time.monotonic() < deadline, "the server does not recover"
                continue
            return

    def _own_endpoint(self) -> Endpoint:
        """Returns the server, in a spelling that shares no connection with others."""
        self._connections += 1
        addresses = ",".join([self._address] * self._connections)
        return Endpoint(f"ipv4:{addresses}", encrypted=False)


@asynccontextmanager
async def _counted(tally: Tally, client: int) -> AsyncIterator[None]:
    """Counts one call of a client, and what became of it."""
    tally.sent += 1
    began = time.monotonic()
    try:
        yield
    except CallError as error:
        tally.refused[error.reason] += 1
    else:
        tally.answered += 1
        ended = time.monotonic()
        tally.spans.append((began, ended))
        tally.answers.setdefault(client, []).append(ended)


def _has_answered(tally: Tally, since: float) -> bool:
    return any(began > since for began, _ in tally.spans)


def _first(tally: Tally, since: float) -> float:
    """Returns when the first call that was begun after a time was answered."""
    return min(end for began, end in tally.spans if began > since)


def _credentials(keys: Keys) -> Credentials:
    return Credentials.of(keys.access_key_id, keys.secret_access_key)
