"""What a request asks for: the operation, and what it runs with.

Forms that are sent again and again are read once. A sidecar asks for the same role by
the same name each time that its credentials end; the same bytes are the same request,
and whoever has prepared what a request asks for finds that by the request itself. A
form is kept when it comes a second time, once its proof is checked, and where each of
its parameters is one that is known to be no secret: a code, an assertion or a token is
part neither of what is kept nor of what it is found by.

SPEC: sts-operations 3.1; decision 0051.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final, Protocol

from daypass.core import work_limits
from daypass.core.lru import LruCache
from daypass.core.quick import quick_init
from daypass.gateway.form import read_body, read_query
from daypass.gateway.operations import Operations, QueryOperation, find_operation
from daypass.gateway.parameters import Parameters

_OF_MEMBERS: Final = "."
_SEEN_PER_KNOWN: Final = 4


class Asked(Protocol):
    """What a request asks for."""

    @property
    def name(self) -> str:
        """The name of the operation."""
        ...

    @property
    def operation(self) -> QueryOperation[Any, Any]:
        """What runs."""
        ...

    def request(self) -> object:
        """Returns what it runs with; called once the proof is checked.

        Raises:
            MalformedInputError: a parameter cannot be read.
            ValidationError: a structure lacks a part.
        """
        ...


class AskedReader:
    """Reads what requests ask for.

    Args:
        operations: the table of operations.
        size_max: how many forms are remembered.
        bytes_max: the longest that are remembered.
    """

    def __init__(
        self,
        operations: Operations,
        *,
        size_max: int = work_limits.REQUESTS_REMEMBERED_MAX,
        bytes_max: int = work_limits.REQUEST_REMEMBERED_BYTES_MAX,
    ) -> None:
        self._operations = operations
        self._bytes_max = bytes_max
        self._known: LruCache[bytes, Asked] = LruCache(size_max=size_max)
        # By their place, the hashes of forms that have come: one that is never sent
        # again puts out none that is. Two that share a place are read once more each.
        self._seen = [0] * (size_max * _SEEN_PER_KNOWN)

    def __len__(self) -> int:
        """Tells how many forms are remembered."""
        return len(self._known)

    def read(self, query: bytes, body: bytes) -> Asked:
        """Returns what a request asks for.

        Raises:
            MalformedInputError: it can be read in two ways, or is too long.
            MissingActionError: it names no operation.
            InvalidActionError: there is none of that name in that version.
        """
        form = None
        if not query and len(body) <= self._bytes_max:
            known = self._known.get(body)
            if known is not None:
                return known
            form = body
        parameters = Parameters.read(read_query(query), read_body(body))
        name, operation = find_operation(parameters, self._operations)
        return _Read(name, operation, parameters, form, self)

    def note(self, read: _Read, request: object) -> None:
        """Takes note of a form whose proof was checked; keeps it the second time."""
        form, repeated = read.form, read.operation.repeated
        if form is None or not _are_within(read.parameters.names, repeated):
            return
        value = hash(form)
        place = value % len(self._seen)
        if self._seen[place] != value:
            self._seen[place] = value
        else:
            self._known.put(form, _Known(read.name, read.operation, request))


@quick_init
@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a request; `form` is None where it is not to be kept."""

    name: str
    operation: QueryOperation[Any, Any]
    parameters: Parameters
    form: bytes | None
    reader: AskedReader

    def request(self) -> object:
        """Reads what the operation runs with."""
        request = self.operation.request_of(self.parameters)
        self.reader.note(self, request)
        return request


@quick_init
@dataclass(frozen=True, slots=True)
class _Known:
    """What a form asks for that was read before."""

    name: str
    operation: QueryOperation[Any, Any]
    kept: object

    def request(self) -> object:
        """Returns what the operation runs with, which nothing changes."""
        return self.kept


def _are_within(names: AbstractSet[str], repeated: frozenset[str]) -> bool:
    """Tells whether each flat name is a part of one of these parameters."""
    return names <= repeated or (
        bool(repeated)
        and all(name.partition(_OF_MEMBERS)[0] in repeated for name in names)
    )
