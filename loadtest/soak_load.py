"""A mixed load that goes on for minutes, and what became of each call of it.

Every client takes the same turns: it mints, verifies what was minted, asks who it is,
revokes, gives up in the middle of a call, and asks for what it is not to have. What
was acknowledged is looked for again.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from daypass_client import AsyncDaypassClient, Endpoint, Profile, RoleRequest
from daypass_client.errors import (
    AccessDeniedError,
    CallError,
    TokenRejectedError,
    UnavailableError,
)
from loadtest.soak_server import ROLE, SoakedServer

# Each has a connection of its own, so that all workers have some.
CLIENTS: Final = 8
_NO_ROLE: Final = "arn:aws:iam::111122223333:role/Nobody"
_GIVES_UP_SECONDS: Final = 0.002
# Tokens that are verified again and again; those before them are left to end.
_KEPT: Final = 500


@dataclass(slots=True)
class Outcome:
    """What became of the calls.

    Attributes:
        calls: how many ended, by what they were.
        refused: what asked in vain, and what it was told, where the answer was not to
            be a refusal.
        lost: what came to nothing, or was answered wrongly, and why.
    """

    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)


class SoakLoad:
    """The load.

    Args:
        server: whom it asks.
        seed: draws what comes next.

    Attributes:
        outcome: what became of it so far.
    """

    def __init__(self, server: SoakedServer, seed: int) -> None:
        self._server = server
        self._chance = random.Random(seed)  # noqa: S311 - a seed that repeats a run.
        self._tokens: deque[tuple[str, str]] = deque(maxlen=_KEPT)
        self._minted = 0
        self.outcome = Outcome()
        self._turns: tuple[tuple[int, str, Callable[..., Awaitable[None]]], ...] = (
            (20, "mint", self._mint),
            (60, "verify", self._verify),
            (10, "identity", self._identity),
            (5, "denied", self._denied),
            (4, "given up", self._give_up),
            (1, "revoke", self._revoke),
        )

    async def run(self, seconds: float) -> None:
        """Calls for so long; each call that was begun ends."""
        until = asyncio.get_running_loop().time() + seconds
        async with AsyncExitStack() as stack, asyncio.TaskGroup() as tasks:
            for number in range(1, CLIENTS + 1):
                client = await stack.enter_async_context(self._client("dev", number))
                tasks.create_task(self._repeat(client, until))

    def _client(self, user: str, number: int) -> AsyncDaypassClient:
        # A spelling of the address that shares no connection with others.
        address = ",".join([self._server.address] * number)
        endpoint = Endpoint(f"ipv4:{address}", encrypted=False)
        return AsyncDaypassClient(
            Profile(endpoint=endpoint, credentials=self._server.keys[user])
        )

    async def _repeat(self, client: AsyncDaypassClient, until: float) -> None:
        weights = [weight for weight, _, _ in self._turns]
        while asyncio.get_running_loop().time() < until:
            ((_, name, turn),) = self._chance.choices(self._turns, weights)
            try:
                await turn(client)
            except UnavailableError as error:
                told = error.failure.message
                self.outcome.refused[f"{name}: {error.code}: {told}"] += 1
            except CallError as error:
                self.outcome.lost[f"{name}: {error.code}"] += 1
            self.outcome.calls[name] += 1

    async def _mint(self, client: AsyncDaypassClient) -> None:
        self._minted += 1
        request = RoleRequest(role_arn=ROLE, session_name=f"s{self._minted}")
        issued = (await client.assume_role(request)).credentials
        token = issued.session_token
        assert token is not None
        self._tokens.append((issued.access_key_id, token.reveal()))

    async def _verify(self, client: AsyncDaypassClient) -> None:
        if not self._tokens:
            return
        held = self._chance.choice(self._tokens)
        try:
            await client.verify_token(held[1])
        except TokenRejectedError as error:
            # It may have been revoked meanwhile.
            if held in self._tokens:
                self.outcome.lost[f"verify: {error.reason}"] += 1

    async def _identity(self, client: AsyncDaypassClient) -> None:
        await client.get_caller_identity()

    async def _denied(self, client: AsyncDaypassClient) -> None:
        try:
            request = RoleRequest(role_arn=_NO_ROLE, session_name="s1")
            await client.assume_role(request)
        except AccessDeniedError:
            return
        self.outcome.lost["denied: granted"] += 1

    async def _give_up(self, client: AsyncDaypassClient) -> None:
        try:
            async with asyncio.timeout(_GIVES_UP_SECONDS):
                await self._mint(client)
        except TimeoutError:
            return

    async def _revoke(self, client: AsyncDaypassClient) -> None:
        if not self._tokens:
            return
        key, token = self._tokens.popleft()
        revoked = await client.revoke_sessions(access_key_id=key)
        if not revoked.effective_everywhere:
            self.outcome.refused["not everywhere"] += 1
            return
        try:
            await client.verify_token(token)
        except TokenRejectedError:
            return
        self.outcome.lost["revoke: accepted afterwards"] += 1
