"""A drill: the next key is published, and it is looked at who has it.

Nothing signs with it: it is prepared, and becomes active in its time like any other.
Workers say what they hold, and what those who follow their key sets were sent. What a
drill cannot see are verifiers that ask now and then; it tells how long they may take.

SPEC: design 7; decisions 0029 and 0037.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from daypass.core import key_limits
from daypass.core.ports import Clock, Entropy
from daypass.core.ring_reports import RingReports
from daypass.keyring.early import described, rotate_early
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import RotationRules, Slot
from daypass.sts.ring_holder import RingHolder

_POLL_SECONDS: Final = key_limits.DRILL_POLL.total_seconds()


@dataclass(frozen=True, slots=True)
class DrillReport:
    """What a drill has found.

    Attributes:
        key_id: the key that is published.
        version: the first ring that is known to have it.
        workers: the version that each worker holds.
        followers: the version that followers of the key set were sent, by worker and
            principal with a space between.
    """

    key_id: str
    version: int
    workers: dict[str, int]
    followers: dict[str, int]

    @property
    def behind(self) -> tuple[str, ...]:
        """Those that do not have the key, and would refuse what it signs."""
        everybody = [*self.workers.items(), *self.followers.items()]
        return tuple(name for name, held in everybody if held < self.version)


async def drill(
    slot: Slot,
    *,
    holder: RingHolder,
    reports: RingReports,
    followers: RingReports,
    rules: RotationRules,
    clock: Clock,
    entropy: Entropy,
) -> DrillReport:
    """Publishes the next key of a slot, and waits until all have it.

    Args:
        slot: which kind of key; one that is published already is taken.
        holder: the ring.
        reports: which ring each worker holds.
        followers: which ring their followers were sent.
        rules: of the rotation.
        clock: dates the key.
        entropy: draws it.

    Raises:
        RingChangeError: the ring has no such kind of key.
        StoreUnavailableError: the store does not answer.
    """

    def publish(ring: Ring) -> Ring:
        if _prepared(ring, slot) is not None:
            return ring
        return rotate_early(ring, slot, rules, now=clock.now(), entropy=entropy)

    ring = await holder.change(publish)
    key_id = _prepared(ring, slot) or ""
    give_up = clock.monotonic() + key_limits.DRILL_TIME_MAX.total_seconds()
    while True:
        report = DrillReport(
            key_id,
            ring.version,
            dict(await reports.reports()),
            dict(await followers.reports()),
        )
        if not report.behind or clock.monotonic() >= give_up:
            return report
        await asyncio.sleep(_POLL_SECONDS)


def _prepared(ring: Ring, slot: Slot) -> str | None:
    return next(
        (
            each.name
            for each in described(ring)
            if each.slot == slot and each.state is KeyState.PREPARED
        ),
        None,
    )
