"""Operations that are ready together go to the server together.

While one pipeline is under way the next one gathers, so that a busy worker sends
few large writes and an idle one waits for nobody. Each caller gets the replies to
its own commands. With replicas, a pipeline ends in WAIT and nobody is told of
success before enough replicas have confirmed all of it (attacks R05, R06). While the
server is down callers are refused at once (see `breaker`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from itertools import islice
from typing import Final

from daypass.adapters.bounded_waits import BoundedWaits
from daypass.adapters.redis.breaker import Breaker
from daypass.adapters.redis.connection import Command, Reply, store_unavailable
from daypass.adapters.redis.link import Link
from daypass.adapters.redis.placing import join
from daypass.core import limits, store_limits
from daypass.core.errors import StoreUnavailableError

_MILLISECOND: Final = timedelta(milliseconds=1)


# Commands of one caller, where it waits for their replies, and how many operations of
# the caller they are.
_Operation = tuple[Sequence[Command], asyncio.Future[list[Reply]], int]


class Coalescer:
    """Runs operations over one link; `run` must be running for them to go.

    Args:
        link: the connection, which nobody else uses.
        replicas: how many replicas must confirm each pipeline; 0 asks none.
        indexes_max: how many indexes of sessions one command may be for; 1 where they
            may lie on several servers.
    """

    def __init__(
        self,
        *,
        link: Link,
        replicas: int,
        indexes_max: int = store_limits.STORE_INDEXES_JOINED_MAX,
    ) -> None:
        self._link = link
        self._replicas = replicas
        self._indexes_max = indexes_max
        self._waiting: deque[_Operation] = deque()
        # Of all that are waiting.
        self._weight = 0
        self._ready = asyncio.Event()
        self._breaker = Breaker()
        self._waits = BoundedWaits(limits.STORE_WAIT_TIME_MAX, _too_slow)
        self._closed = False

    def execute(self, *commands: Command) -> Awaitable[list[Reply]]:
        """Returns the replies to commands, which are sent in their order.

        Another caller's commands never come between them, but the server may
        refuse one and do the next. What puts places into indexes goes behind all
        others, joined with what others put there (see `placing`).

        Raises:
            StoreUnavailableError: there is no sure answer; what was done is
                unknown.
        """
        return self._queued(commands, 1)

    async def execute_each(
        self, operations: Sequence[Sequence[Command]]
    ) -> list[list[Reply] | StoreUnavailableError]:
        """Returns the replies to each operation, which all go together."""
        commands = [command for each in operations for command in each]
        try:
            replies = iter(await self._queued(commands, len(operations)))
        except StoreUnavailableError as error:
            return [error] * len(operations)
        return [list(islice(replies, len(each))) for each in operations]

    def _queued(
        self, commands: Sequence[Command], weight: int
    ) -> asyncio.Future[list[Reply]]:
        """Lets commands wait for their turn, and returns where their replies come."""
        if self._closed:
            raise store_unavailable("store_closed")
        if self._breaker.is_open:
            raise store_unavailable("store_circuit_open")
        if self._weight + weight > limits.STORE_QUEUE_MAX:
            raise store_unavailable("store_queue_full")
        replies: asyncio.Future[list[Reply]]
        replies = asyncio.Future(loop=asyncio.get_running_loop())
        if not self._waiting:
            self._ready.set()
        self._waiting.append((commands, replies, weight))
        self._weight += weight
        self._waits.bound(replies)
        return replies

    async def run(self) -> None:
        """Exchanges what is waiting, until closed or cancelled."""
        try:
            while not self._closed:
                if self._breaker.is_open:
                    await self._probe()
                    continue
                await self._ready.wait()
                # Whoever is ready in this turn of the loop comes along.
                await asyncio.sleep(0)
                batch = self._take()
                if batch:
                    await self._exchange(batch)
        finally:
            self._closed = True
            _fail(self._take_all(), store_unavailable("store_closed"))
            await self._link.drop()

    def close(self) -> None:
        """Ends `run` after the pipeline that is under way."""
        self._closed = True
        self._ready.set()

    def _take(self) -> list[_Operation]:
        """Takes what goes next, without what nobody waits for any more."""
        batch: list[_Operation] = []
        weight = 0
        while self._waiting and weight < limits.STORE_BATCH_MAX:
            operation = self._waiting.popleft()
            _, replies, its_weight = operation
            self._weight -= its_weight
            if not replies.done():
                batch.append(operation)
                weight += its_weight
        if not self._waiting and not self._closed:
            self._ready.clear()
        return batch

    def _take_all(self) -> list[_Operation]:
        batch = list(self._waiting)
        self._waiting.clear()
        self._weight = 0
        return batch

    async def _exchange(self, batch: Sequence[_Operation]) -> None:
        joined = join(
            [command for commands, _, _ in batch for command in commands],
            indexes_max=self._indexes_max,
        )
        try:
            replies = joined.replies(await self._confirmed(joined.commands))
        except StoreUnavailableError as error:
            self._breaker.failed()
            _fail(batch, error)
            if self._breaker.is_open:
                _fail(self._take_all(), store_unavailable("store_circuit_open"))
            return
        except BaseException:
            _fail(batch, store_unavailable("store_closed"))
            raise
        self._breaker.succeeded()
        start = 0
        for commands, waiting, _ in batch:
            end = start + len(commands)
            if not waiting.done():
                waiting.set_result(replies[start:end])
            start = end

    async def _probe(self) -> None:
        """Tries the server, when the pause of the link is over."""
        try:
            await self._confirmed([("PING",)])
        except StoreUnavailableError:
            # Callers are refused already; the next trial comes after a longer pause.
            return
        self._breaker.probed()

    async def _confirmed(self, commands: list[Command]) -> list[Reply]:
        at_most = limits.STORE_CALL_TIME_MAX
        if not self._replicas:
            return await self._link.exchange(commands, at_most=at_most)
        patience = limits.STORE_REPLICATION_TIME_MAX
        wait: Command = ("WAIT", self._replicas, patience // _MILLISECOND)
        *replies, confirmed = await self._link.exchange(
            [*commands, wait], at_most=at_most + patience
        )
        if not isinstance(confirmed, int) or confirmed < self._replicas:
            # A master without its replicas may be one that was voted out: a
            # client that stays with it would go on writing to nobody.
            await self._link.distrust()
            raise store_unavailable("store_replicas_short")
        await self._link.vouch()
        return replies


def _fail(batch: Sequence[_Operation], error: StoreUnavailableError) -> None:
    for _, replies, _ in batch:
        if not replies.done():
            # Each gets its own exception: one object would collect tracebacks.
            own = store_unavailable(error.detail)
            own.__cause__ = error.__cause__
            replies.set_exception(own)
            # Whoever waited may be cancelled in this very turn.
            replies.exception()


def _too_slow() -> StoreUnavailableError:
    """Makes the error for whoever has waited as long as anybody may."""
    return store_unavailable("store_slow")
