"""Where sessions in memory stand, in the order in which they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from daypass.adapters.expiry_index import ExpiryIndex
from daypass.adapters.record_codec import microseconds
from daypass.adapters.session_cursor import Position
from daypass.core.ports import SessionFilter
from daypass.core.session import SessionRecord

# A list as a `SessionFilter` names it: an account, and perhaps a principal.
_Listed = tuple[str, str | None]

# So many records are placed in a tenth of a millisecond, and are as many as share most.
_PLACED_TOGETHER: Final = 256


class SessionPlaces:
    """The places of records: of all by when they are kept no more, of lists by expiry.

    Records that come are placed together, when there are some hundred or somebody asks
    for places. Sessions end at whole seconds, and those of one principal that end at
    the same one are then placed as one is.

    Args:
        records: those that are placed, by their access key ids.
    """

    def __init__(self, records: Mapping[str, SessionRecord]) -> None:
        self._records = records
        self._came: list[SessionRecord] = []
        self._by_keeping = ExpiryIndex()
        self._lists: defaultdict[_Listed, ExpiryIndex] = defaultdict(ExpiryIndex)

    def add(self, record: SessionRecord) -> None:
        """Gives a record its places, by the time that somebody asks for them."""
        self._came.append(record)
        if len(self._came) >= _PLACED_TOGETHER:
            self._place()

    def remove(self, record: SessionRecord) -> None:
        """Takes the places of a record away."""
        self._place()
        name, rank = record.access_key_id, microseconds(record.expire_time)
        self._by_keeping.remove(microseconds(record.keep_until), name)
        for listed in _lists_of(record):
            self._lists[listed].remove(rank, name)
            self._drop_empty(listed)

    def pass_until(self, present: int) -> list[str]:
        """Takes the places away that have passed.

        Args:
            present: microseconds since 1970, which have passed themselves.

        Returns:
            The ids of the records that are kept no more, which are still there.
        """
        self._place()
        passed = self._by_keeping.remove_until(present)
        for listed in {each for name in passed for each in self._lists_of_id(name)}:
            self._lists[listed].remove_until(present)
            self._drop_empty(listed)
        return passed

    def after(
        self, sessions: SessionFilter, position: Position, count: int
    ) -> list[Position]:
        """Returns the next so many places of a list, behind a position."""
        self._place()
        index = self._lists.get((sessions.account_id, sessions.principal_id))
        return index.after(position, count) if index is not None else []

    def _place(self) -> None:
        """Places the records that came."""
        alike: defaultdict[tuple[str, str, datetime, datetime], list[str]]
        alike = defaultdict(list)
        for record in self._came:
            ends = record.expire_time, record.keep_until
            alike[record.account_id, record.principal_id, *ends].append(
                record.access_key_id
            )
        self._came.clear()
        for (account, principal, expire_time, keep_until), names in alike.items():
            rank = microseconds(expire_time)
            self._by_keeping.add_all(microseconds(keep_until), names)
            self._lists[account, None].add_all(rank, names)
            self._lists[account, principal].add_all(rank, names)

    def _lists_of_id(self, access_key_id: str) -> tuple[_Listed, _Listed]:
        return _lists_of(self._records[access_key_id])

    def _drop_empty(self, listed: _Listed) -> None:
        if not self._lists[listed]:
            del self._lists[listed]


def _lists_of(record: SessionRecord) -> tuple[_Listed, _Listed]:
    """Names the lists that a record is in."""
    return (record.account_id, None), (record.account_id, record.principal_id)
