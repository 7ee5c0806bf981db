"""What commands say of keys, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from daypass.keyring.change import missing_algorithms
from daypass.keyring.early import described
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import RotationRules, next_due
from daypass.sts.key_drill import DrillReport


def ring_lines(ring: Ring, rules: RotationRules) -> Iterator[str]:
    """Yields a line for each key, when a step is due, and what is missing."""
    for key in described(ring):
        what = key.slot.algorithm or key.slot.purpose
        yield f"{what.value:11}{key.state.value:10}{_text(key.since)}  {key.name}"
    due = next_due(ring, rules)
    if due is not None:
        yield f"version {ring.version}, next step {_text(due)}"
    missing = missing_text(ring)
    if missing is not None:
        yield missing


def missing_text(ring: Ring) -> str | None:
    """Returns which algorithms a ring lacks and what to do, or None."""
    missing = [algorithm.value for algorithm in missing_algorithms(ring)]
    if not missing:
        return None
    return f"no active key of {', '.join(missing)}: see `daypassd keys add`"


def drill_lines(report: DrillReport, key_set_age_max: timedelta) -> Iterator[str]:
    """Yields what a drill has found, a line for each who has the key or lacks it."""
    yield f"{report.key_id}: published"
    for worker, version in sorted(report.workers.items()):
        word = "would refuse it" if version < report.version else "has it"
        yield f"server {worker}: version {version}, {word}"
    for name, version in sorted(report.followers.items()):
        worker, _, principal = name.partition(" ")
        word = "would refuse it" if version < report.version else "was sent it"
        yield f"verifier {principal} at server {worker}: version {version}, {word}"
    seconds = key_set_age_max.total_seconds()
    yield f"verifiers that keep a key set: have it within {seconds:g} s"
    if report.behind or not report.workers:
        yield (
            f"{len(report.workers)} servers, {len(report.followers)} verifiers that"
            " follow, not all have it"
        )


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
