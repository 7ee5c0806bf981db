"""The network between one replica of the server and the store.

A request may never arrive, or arrive late or twice; an answer may be lost when what
it is about has been done. Whoever waits is told that it took too long, and nothing
else. What has been sent arrives whether or not its sender still lives.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from daypass.core import limits
from daypass.core.errors import StoreUnavailableError
from simulation.model_store import Answer, ModelStore, Outcome, Step

# As the real adapter: a call, and the wait for its replication.
_CALL_SECONDS: Final = (
    limits.STORE_CALL_TIME_MAX + limits.STORE_REPLICATION_TIME_MAX
).total_seconds()
# The longest that anything is under way.
LATE_SECONDS_MAX: Final = 2.5


class CrashedError(BaseException):
    """The process is gone: nothing that it still wants to do happens."""


@dataclass(slots=True)
class Weather:
    """How likely what is sent meets what.

    Attributes:
        request_lost: it never arrives.
        answer_lost: it is done, and nobody learns of it.
        late: it arrives up to `LATE_SECONDS_MAX` late.
        twice: it arrives a second time.
    """

    request_lost: float = 0.0
    answer_lost: float = 0.0
    late: float = 0.0
    twice: float = 0.0


CALM: Final = Weather()
STORM: Final = Weather(request_lost=0.05, answer_lost=0.05, late=0.1, twice=0.05)


class Wire:
    """One replica's way to the store.

    Args:
        loop: whose time it is in.
        store: the other end.
        chance: draws what becomes of each request.

    Attributes:
        weather: what may become of requests.
        impaired_at: when it last failed its replica.
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop,
        store: ModelStore,
        chance: random.Random,
    ) -> None:
        self._loop = loop
        self.store = store
        self._chance = chance
        self.weather = CALM
        self.impaired_at = float("-inf")
        self._dead = False
        self._cut_until = float("-inf")

    def cut(self, span: timedelta) -> None:
        """Lets nothing through for a while, in either direction."""
        self._cut_until = self._loop.time() + span.total_seconds()

    def kill(self) -> None:
        """Ends the replica at this end."""
        self._dead = True

    @property
    def is_dead(self) -> bool:
        """Whether the replica at this end is gone."""
        return self._dead

    async def call(self, step: Step, *, writes: bool) -> Any:
        """Has the store take a step, and returns what came of it."""
        return await self._ask(
            lambda answer: self.store.submit(step, answer, writes=writes),
            at_most=_CALL_SECONDS,
        )

    async def wait(self, sequence: int, at_most: timedelta) -> None:
        """Waits until the log goes on behind a number, or time is up."""
        await self._ask(
            lambda answer: self.store.wait(sequence, at_most, answer),
            at_most=at_most.total_seconds() + _CALL_SECONDS,
        )

    async def _ask(self, arrive: Any, *, at_most: float) -> Any:
        if self._dead:
            raise CrashedError
        answered: asyncio.Future[Outcome] = self._loop.create_future()
        self._send(arrive, answered)
        try:
            async with asyncio.timeout(at_most):
                outcome = await answered
        except TimeoutError as error:
            self.impaired_at = self._loop.time()
            raise StoreUnavailableError(
                "store_slow", retry_after=limits.STORE_RETRY_AFTER
            ) from error
        return outcome.unwrap()

    def _send(self, arrive: Any, answered: asyncio.Future[Outcome]) -> None:
        draw, weather = self._chance.random, self.weather
        lost, mute = draw() < weather.request_lost, draw() < weather.answer_lost
        late, twice = draw() < weather.late, draw() < weather.twice
        latency = self._chance.uniform(0.0002, 0.002)
        if late:
            latency += self._chance.uniform(0, LATE_SECONDS_MAX - 0.1)
            self.impaired_at = self._loop.time()
        if not (lost or self._is_cut):
            answer: Answer = partial(_drop if mute else self._answer, answered)
            self._loop.call_later(latency, arrive, answer)
            if twice:
                again = self._chance.uniform(latency, LATE_SECONDS_MAX)
                self._loop.call_later(again, arrive, answer)

    def _answer(self, answered: asyncio.Future[Outcome], outcome: Outcome) -> None:
        if self._is_cut:
            return
        latency = self._chance.uniform(0.0002, 0.002)
        self._loop.call_later(latency, _tell, answered, outcome)

    @property
    def _is_cut(self) -> bool:
        return self._loop.time() < self._cut_until


def _drop(answered: asyncio.Future[Outcome], outcome: Outcome) -> None:
    """Loses an answer on its way."""
    del answered, outcome


def _tell(answered: asyncio.Future[Outcome], outcome: Outcome) -> None:
    if not answered.done():
        answered.set_result(outcome)
