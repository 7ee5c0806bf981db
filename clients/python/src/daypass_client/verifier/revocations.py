"""What a verifier knows of revocations, and how old that is.

Pure: it is told of messages and of the time. One thread feeds it, and any thread may
ask meanwhile: what is known of one log is one object, which only gains entries, and
is replaced whole where the log is another one.

SPEC: design 7; decision 0030.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from daypass_client import limits
from daypass_client.errors import CannotVouchError
from daypass_client.key_values import RevocationNews
from daypass_client.verifier.errors import RefusedError
from daypass_client.verifier.lineage import Name, Origin

_SCOPES: Final = frozenset({"session", "principal", "account", "key", "token"})
_NEVER: Final = float("-inf")
_NO_ENTRY: Final = (0, None)


class UnknownScopeError(Exception):
    """A revocation names something that this verifier knows nothing of."""


class _Log:
    """What is in force of one log.

    Attributes:
        log_id: the log.
        sequence: how far it is known.
        read_at: the monotonic time at which it was known to its end.
        entries: the number and the end of the last revocation of each name.
        newest: the greatest number among them.
    """

    __slots__ = ("entries", "log_id", "newest", "read_at", "sequence")

    def __init__(self, log_id: str) -> None:
        self.log_id = log_id
        self.sequence = 0
        self.read_at = _NEVER
        self.entries: dict[Name, tuple[int, datetime]] = {}
        self.newest = 0


class Revocations:
    """The revocations in force.

    Args:
        age_max: how old the knowledge may be.
    """

    def __init__(self, age_max: timedelta) -> None:
        self._age_max = age_max.total_seconds()
        self._log = _Log("")
        self._revoked_keys: frozenset[str] = frozenset()
        self._forgotten_at = _NEVER
        # Until when the knowledge is fresh enough: what `is_stale` goes by.
        self.fresh_until = _NEVER
        # NOTE: replaced when a token that was good may no longer be; a token that was
        # judged under the same mark need not be judged again.
        self.mark: object = object()

    @property
    def place(self) -> tuple[str, int]:
        """The log that is followed, and how far it is known."""
        return self._log.log_id, self._log.sequence

    @property
    def count(self) -> int:
        """How many revocations are in force."""
        return len(self._log.entries)

    def is_revoked_key(self, kid: str) -> bool:
        """Tells whether a key was revoked, in this log or in one before it.

        NOTE: keys are named by their digest, so that a name never comes back.
        """
        return kid in self._revoked_keys

    @property
    def read_at(self) -> float:
        """The monotonic time at which the log was known to its end."""
        return self._log.read_at

    def age(self, monotonic: float) -> float:
        """Returns how many seconds old the knowledge is."""
        return monotonic - self._log.read_at

    def is_stale(self, monotonic: float) -> bool:
        """Tells whether the knowledge is older than it may be."""
        return monotonic > self.fresh_until

    def take(self, news: RevocationNews, *, sent_at: float, now: datetime) -> None:
        """Takes a message in.

        Args:
            news: the message.
            sent_at: the monotonic time before which it was not sent, as far as that
                is known.
            now: the time, by which revocations are forgotten.

        Raises:
            UnknownScopeError: it revokes what is not known here. Nothing is vouched
                for from then on.
        """
        if news.restart or news.log_id != self._log.log_id:
            self.fresh_until = _NEVER
            self._log = _Log(news.log_id)
            self.mark = object()
        log = self._log
        for entry in news.revocations:
            if entry.scope not in _SCOPES:
                self.fresh_until = _NEVER
                self._log = _Log("")
                raise UnknownScopeError(entry.scope)
            log.newest = max(log.newest, entry.sequence)
            log.entries[entry.scope, entry.subject] = entry.sequence, entry.keep_time
            if entry.scope == "key":
                self._revoked_keys |= {entry.subject}
        log.sequence = news.sequence
        if news.revocations:
            self.mark = object()
        if news.complete:
            log.read_at = max(log.read_at, sent_at - news.staleness.total_seconds())
            self.fresh_until = log.read_at + self._age_max
            self._forget(sent_at, now)

    def check(self, origin: Origin) -> None:
        """Returns where nothing is known by which a token has ended.

        Raises:
            RefusedError: it was revoked, or what was revoked of its time is lost.
            CannotVouchError: it was issued after what is known.
        """
        log = self._log
        if origin.log_id != log.log_id:
            raise RefusedError("revoked")
        entries = log.entries
        if origin.own_name is not None and origin.own_name in entries:
            raise RefusedError("revoked")
        # Most tokens are younger than the last revocation.
        if log.newest > origin.sequence and any(
            entries.get(name, _NO_ENTRY)[0] > origin.sequence for name in origin.names()
        ):
            raise RefusedError("revoked")
        if origin.sequence > log.sequence:
            raise CannotVouchError(
                "revocations_behind",
                "The token was issued after what is known of revocations.",
                hint="Ask again in a second.",
            )

    def stale(self, monotonic: float) -> CannotVouchError:
        """Returns what is said where the knowledge is older than it may be."""
        age = self.age(monotonic)
        if age == float("inf"):
            return CannotVouchError(
                "revocations_unknown", "Revocations are not known yet.", hint=_HINT
            )
        return CannotVouchError(
            "revocations_stale",
            f"Revocations were last read {age:.1f} s ago, and {self._age_max:g} s are"
            " allowed.",
            hint=_HINT,
        )

    def _forget(self, monotonic: float, now: datetime) -> None:
        """Drops what has run out, now and then."""
        if monotonic - self._forgotten_at < limits.FORGET_PERIOD.total_seconds():
            return
        self._forgotten_at = monotonic
        entries = self._log.entries
        for name in [name for name, entry in entries.items() if entry[1] <= now]:
            del entries[name]


_HINT: Final = (
    "See `status().last_error`; following revocations takes `daypass:WatchRevocations`"
    " in an account of the operators."
)
