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

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final, Protocol

from daypass.core import work_limits
from daypass.core.lru import LruCache
from daypass.core.quick import quick_init
from daypass.gateway.form import read_body, read_query, read_usual_body
from daypass.gateway.operations import (
    API_VERSION,
    AnyOperation,
    Operations,
    find_operation,
)
from daypass.gateway.parameters import ACTION, VERSION, Parameters

_OF_MEMBERS: Final = "."
_SEEN_PER_KNOWN: Final = 4


class Asked(Protocol):
    """What a request asks for."""

    @property
    def name(self) -> str:
        """The name of the operation."""
        ...

    @property
    def operation(self) -> AnyOperation:
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
        values = None if form is None else read_usual_body(form)
        if form is not None and values is not None:
            usual = self._usual(form, values)
            if usual is not None:
                return usual
        parameters = Parameters.read(
            read_query(query) if query else (),
            read_body(body) if values is None else tuple(values.items()),
        )
        name, operation = find_operation(parameters, self._operations)
        return _Read(name, operation, parameters, form, self)

    def note(
        self, form: bytes, name: str, operation: AnyOperation, request: object
    ) -> None:
        """Takes note of a form whose proof was checked; keeps it the second time."""
        value = hash(form)
        place = value % len(self._seen)
        if self._seen[place] != value:
            self._seen[place] = value
        else:
            self._known.put(form, _Known(name, operation, request))

    def _usual(self, form: bytes, values: Mapping[str, str]) -> _Usual | None:
        """Returns what a form asks for as most clients write it, or None."""
        if values.get(VERSION) != API_VERSION:
            return None
        name = values.get(ACTION, "")
        operation = self._operations.get(name)
        if operation is None or operation.read_usual is None:
            return None
        request = operation.read_usual(values)
        if request is None:
            return None
        return _Usual(name, operation, form, request, self)


@quick_init
@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a request; `form` is None where it is not to be kept."""

    name: str
    operation: AnyOperation
    parameters: Parameters
    form: bytes | None
    reader: AskedReader

    def request(self) -> object:
        """Reads what the operation runs with."""
        operation, parameters, form = self.operation, self.parameters, self.form
        request = operation.request_of(parameters)
        if form is not None and _are_within(parameters.names, operation.repeated):
            self.reader.note(form, self.name, operation, request)
        return request


@quick_init
@dataclass(frozen=True, slots=True)
class _Usual:
    """What was read of a form in one go; each of its parameters may be kept."""

    name: str
    operation: AnyOperation
    form: bytes
    read: object
    reader: AskedReader

    def request(self) -> object:
        """Returns what the operation runs with."""
        self.reader.note(self.form, self.name, self.operation, self.read)
        return self.read


@quick_init
@dataclass(frozen=True, slots=True)
class _Known:
    """What a form asks for that was read before."""

    name: str
    operation: AnyOperation
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
