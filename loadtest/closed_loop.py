"""A closed loop of calls that were signed beforehand, as frames on sockets.

It takes so little of a core that the server is what is measured, and not the load.
Every answer is kept, to be read and checked when the loop has ended.
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from loadtest.calls import Call
from loadtest.grpc_wire import Call as WireCall
from loadtest.grpc_wire import Lane, encoded

_SECONDS_MAX: Final = 60.0
_MESSAGE_PREFIX_BYTES: Final = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """What a closed loop came to.

    Attributes:
        calls: those that were answered, warm-up included.
        answers: their messages.
        items: how many things were asked for after the warm-up.
        seconds: how long that took.
        refused: calls that ended without a message, warm-up included.
    """

    calls: list[Call]
    answers: list[bytes]
    items: int
    seconds: float
    refused: int


class ClosedLoop:
    """Sends calls, each connection a few at a time, for as long as is said.

    Args:
        address: the server.
        calls: what may be sent; running out of them ends the loop.
        connections: how many.
        in_flight: how many calls are open over all of them.
    """

    def __init__(
        self, address: str, calls: Sequence[Call], *, connections: int, in_flight: int
    ) -> None:
        self._dealt = [list(calls[each::connections]) for each in range(connections)]
        self._lanes = [
            Lane(
                address,
                encoded(
                    "",
                    [
                        WireCall(one.body, one.metadata or (), one.method)
                        for one in part
                    ],
                ),
                keeps=True,
            )
            for part in self._dealt
        ]
        self._streams = max(1, in_flight // connections)

    def run(
        self, *, warm_up: float, seconds: float, mark: Callable[[], None]
    ) -> Answered:
        """Sends, and waits for all answers.

        Args:
            warm_up: seconds of which nothing is counted.
            seconds: how long calls are begun after that.
            mark: called when the warm-up is over.

        Raises:
            TimeoutError: the server does not answer.
            ValueError: the calls did not last beyond the warm-up.
        """
        before: list[int] | None = None
        with selectors.DefaultSelector() as selector:
            for lane in self._lanes:
                selector.register(lane.connected, selectors.EVENT_READ, lane)
            start = begun = time.perf_counter()
            for lane in self._lanes:
                lane.send(self._streams)
            while any(lane.waits for lane in self._lanes):
                for key, _ in selector.select(1):
                    key.data.receive()
                now = time.perf_counter()
                if now - start > _SECONDS_MAX:
                    raise TimeoutError("the server does not answer")
                if before is None and now - start >= warm_up:
                    before, begun = [lane.ended for lane in self._lanes], now
                    mark()
                if now - start >= warm_up + seconds:
                    for lane in self._lanes:
                        lane.stop()
            span = time.perf_counter() - begun
        if before is None:
            raise ValueError("the calls did not last beyond the warm-up")
        return self._answered(before, span)

    def _answered(self, before: list[int], span: float) -> Answered:
        calls: list[Call] = []
        answers: list[bytes] = []
        items = 0
        for lane, part, first in zip(self._lanes, self._dealt, before, strict=True):
            lane.connected.close()
            for number, data in lane.answers.items():
                calls.append(part[number])
                answers.append(data[_MESSAGE_PREFIX_BYTES:])
            # Calls end in about the order in which they began.
            items += sum(call.items for call in part[first : lane.ended])
        refused = sum(lane.refused for lane in self._lanes)
        return Answered(calls, answers, items, span, refused)
