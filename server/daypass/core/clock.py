"""The rounding of instants, which tokens count in whole seconds."""

from __future__ import annotations

from datetime import UTC, datetime


def whole_second(instant: datetime) -> datetime:
    """Cuts an instant to the second."""
    return instant.replace(microsecond=0)


def from_epoch_seconds(seconds: int) -> datetime:
    """Returns the instant that many seconds after 1970, UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC)


def to_epoch_seconds(instant: datetime) -> int:
    """Returns the whole seconds since 1970."""
    return int(instant.timestamp())
