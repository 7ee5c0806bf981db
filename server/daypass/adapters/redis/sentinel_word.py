"""What one sentinel says of its primary, and how long that is worth something.

A sentinel takes a primary for down when a ping has been without an answer for
`down-after-milliseconds`, and so many as the quorum must do so before one of them
begins to promote a replica. When enough sentinels have no such ping, none will begin
before their pings are as old as that. Whether one has begun already, before a primary
that hung woke up again, only that one knows: the others hear of it when it is done.

That one goes on saying so until the other replicas follow the new primary, for a
second or more. To those who ask where the primary is it names the new one before,
as soon as that one has said that it is a primary, which it does not take back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.adapters.redis.connection import Reply, store_unavailable
from daypass.adapters.redis.sentinel_pace import UNTOLD, Pace
from daypass.adapters.redis.settings import Address

_HEALTHY: Final = b"master"
_UNCONNECTED: Final = b"master,disconnected"
_REPLACING: Final = frozenset({b"failover_in_progress", b"o_down"})
_DIGITS_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Word:
    """What a sentinel says.

    Attributes:
        primary: the server that it takes for the primary.
        patience: how long it will not take that server for down, by what it has
            seen of it; zero or less where it does so, or where that is not told.
        sentinels: how many sentinels it knows, itself among them.
        quorum: how many must take the primary for down before one is promoted.
        is_replacing: whether it is promoting a replica, or about to.
        named: the server that it names to those who ask where the primary is, where
            it was asked that after it had said that it is replacing it.
        pace: what it is set to.
    """

    primary: Address
    patience: timedelta
    sentinels: int
    quorum: int
    is_replacing: bool
    named: Address | None = None
    pace: Pace = UNTOLD

    def contradicts(self, primary: Address) -> bool:
        """Tells whether another server may have been promoted beside a primary."""
        if self.is_replacing and self.named not in {None, self.primary}:
            return self.named != primary
        return self.is_replacing or self.primary != primary


def read_word(reply: Reply) -> Word:
    """Reads the answer to SENTINEL MASTER.

    Raises:
        StoreUnavailableError: it is not such an answer.
    """
    if not isinstance(reply, list) or len(reply) % 2:
        raise store_unavailable("store_primary_unknown")
    facts = {
        name: value
        for name, value in zip(reply[::2], reply[1::2], strict=True)
        if isinstance(name, bytes) and isinstance(value, bytes)
    }
    patience = timedelta()
    flags = facts.get(b"flags", b"")
    unanswered = _number(facts, b"last-ping-sent")
    # NOTE: a sentinel that has just learnt of a new primary connects to it when a
    # second has passed since it last tried the old one. It counts from when it learnt
    # of it as if it had sent a ping then. Without one it counts from elsewhere.
    # Any other flag is that of one that is down, or being replaced.
    if flags == _HEALTHY or (flags == _UNCONNECTED and unanswered):
        down_after = _number(facts, b"down-after-milliseconds")
        patience = timedelta(milliseconds=down_after - unanswered)
    return Word(
        primary=Address(
            facts.get(b"ip", b"").decode("utf-8", "replace"), _number(facts, b"port")
        ),
        patience=patience,
        sentinels=_number(facts, b"num-other-sentinels") + 1,
        quorum=_number(facts, b"quorum"),
        is_replacing=not _REPLACING.isdisjoint(flags.split(b",")),
        pace=Pace(
            down_after=_setting(facts, b"down-after-milliseconds"),
            failover_timeout=_setting(facts, b"failover-timeout"),
        ),
    )


def patience_of(
    words: Sequence[Word], primary: Address, *, named: int
) -> timedelta | None:
    """Returns how long no other primary will be promoted, or None where that is not sure.

    Args:
        words: what the sentinels say that have answered.
        primary: the server that is to stay the primary.
        named: how many sentinels the operator knows; one that was just started
            knows none but itself.
    """
    if not words:
        return None
    sentinels = max(named, *(word.sentinels for word in words))
    # So many leave fewer than the quorum.
    needed = max(1, sentinels - min(word.quorum for word in words) + 1)
    patient = sorted(
        (
            word.patience
            for word in words
            if word.primary == primary and word.patience > timedelta()
        ),
        reverse=True,
    )
    return patient[needed - 1] if len(patient) >= needed else None


def _setting(facts: Mapping[bytes, bytes], name: bytes) -> timedelta:
    """Reads milliseconds of a setting, on which nothing but a warning rests."""
    return timedelta(milliseconds=_number(facts, name) if name in facts else 0)


def _number(facts: Mapping[bytes, bytes], name: bytes) -> int:
    text = facts.get(name, b"")
    if not text.isdigit() or len(text) > _DIGITS_MAX:
        raise store_unavailable("store_primary_unknown")
    return int(text)
