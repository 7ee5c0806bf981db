"""How long writing stands still, by what sentinels are set to.

A sentinel pings once in `down-after-milliseconds`, and once a second at the least. A
primary that hangs right after an answer is asked up to that much later, and taken for
down when that ping is as old as `down-after-milliseconds`. Then sentinels vote, and
whichever leads asks the promoted replica once a second what it has become.

Where a vote has no winner, or the replica that was chosen does not answer, none of them
begins again before twice `failover-timeout` has passed. By default that is six minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.core import store_limits

# What a sentinel waits for at the longest before it pings again.
_PING_EVERY_MAX: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """What one sentinel is set to; zero where it does not tell.

    Attributes:
        down_after: how long a ping has no answer before a primary is down.
        failover_timeout: half of what passes before it tries a second time.
    """

    down_after: timedelta = timedelta()
    failover_timeout: timedelta = timedelta()

    @property
    def hang_max(self) -> timedelta:
        """How long writing stands still, at the most, when a primary hangs."""
        asked = min(self.down_after, _PING_EVERY_MAX)
        return asked + self.down_after + store_limits.STORE_PROMOTION_TIME

    @property
    def second_try_max(self) -> timedelta:
        """How long the sentinels leave alone what they have failed at, at the least."""
        return 2 * self.failover_timeout


# Of a sentinel that tells nothing, of which nothing is said.
UNTOLD: Final = Pace()


def judge_paces(paces: Iterable[Pace]) -> tuple[str, ...]:
    """Returns warnings for the operator, each a sentence, of the slowest sentinel."""
    told = list(paces)
    hang = max((each.hang_max for each in told), default=timedelta())
    again = max((each.second_try_max for each in told), default=timedelta())
    warnings: list[str] = []
    if hang > store_limits.STORE_FAILOVER_TIME_MAX:
        warnings.append(
            f"when the primary hangs nothing is issued for up to {_seconds(hang)}, by"
            " the down-after-milliseconds of the sentinels:"
            f" {store_limits.SENTINEL_DOWN_AFTER_ADVISED_MS} keeps that below"
            f" {_seconds(store_limits.STORE_FAILOVER_TIME_MAX)}"
        )
    if again > store_limits.STORE_SECOND_TRY_MAX:
        warnings.append(
            "when a vote of the sentinels fails nothing is issued for"
            f" {_seconds(again)} more, by their failover-timeout:"
            f" {store_limits.SENTINEL_FAILOVER_TIMEOUT_ADVISED_MS} is enough"
        )
    return tuple(warnings)


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} s"
