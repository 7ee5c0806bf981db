"""What operators see of the key ring: names and states, once for each change."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from daypass.core.errors import StoreUnavailableError
from daypass.keyring.early import revoke_key, rotate_early
from daypass.keyring.errors import RingCorruptError, RingRollbackError
from daypass.keyring.schedule import Purpose, Slot
from daypass.observe_ring import RingObserver
from daypass.telemetry.logs import set_up_logging
from support.ring_workers import RULES, first_ring
from support.world import START, ManualClock, SeededEntropy


class Watched:
    """The observer, with everything that it says."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.logging = set_up_logging(
            level="debug", log_format="json", stream=self._stream, clock=ManualClock()
        )
        self.observer = RingObserver()

    def lines(self) -> list[dict[str, Any]]:
        """Ends the log and returns its events."""
        self.logging.close()
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def watched() -> Watched:
    """Returns the observer."""
    return Watched()


def test_changes_are_named(watched: Watched) -> None:
    """Each key that changes its state, or goes, has its line; the first ring has none."""
    entropy, slot = SeededEntropy(1), Slot(Purpose.SEALING)
    ring = first_ring()
    before = ring.current_sealing.name
    prepared = rotate_early(ring, slot, RULES, now=START, entropy=entropy)
    after = revoke_key(prepared, before, now=START, entropy=entropy)

    for each in (ring, prepared, after):
        watched.observer.ring_replaced(each)

    lines = watched.lines()
    assert ["key changed", "key changed", "key removed"] == [
        line["event"] for line in lines if line["event"] != "key ring taken"
    ]
    assert [1, 2, 4] == [line["version"] for line in lines if "version" in line]
    assert {"sealing"} == {line["purpose"] for line in lines if "purpose" in line}
    assert before in {line.get("key_id") for line in lines}


def test_failures_are_told_once(watched: Watched) -> None:
    """A failure that goes on has one line, and another one when it ends."""
    observer = watched.observer
    for _ in range(3):
        observer.ring_unreadable(StoreUnavailableError("store_slow"))
    for _ in range(2):
        observer.ring_refused(RingRollbackError("the ring is another deployment's"))
    for _ in range(2):
        observer.ring_refused(RingCorruptError())
    for _ in range(2):
        observer.ring_confirmed()
    observer.ring_put_back(first_ring())

    assert [
        ("warning", "key ring cannot be followed"),
        ("error", "key ring in the store refused"),
        ("error", "key ring in the store refused"),
        ("warning", "key ring can be followed again"),
        ("warning", "key ring put back into the store"),
    ] == [(line["level"], line["event"]) for line in watched.lines()]
