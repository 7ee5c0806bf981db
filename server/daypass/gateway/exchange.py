"""What came over HTTP, and what is answered; and what is no request to answer.

SPEC: sts-operations 3.1 and 3.3; attacks V06, V11, V20, V21, V29 to V32.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from daypass.core import http_limits
from daypass.core.errors import DaypassError
from daypass.core.quick import quick_init
from daypass.sts.caller import CallContext, Caller

Headers = tuple[tuple[str, str], ...]

_FORM: Final = "application/x-www-form-urlencoded"
_FORM_TYPES_KEPT: Final = 64
# What may stand once: two readers could each heed another one.
_SINGLE: Final = frozenset(
    {
        "authorization",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "x-amz-content-sha256",
        "x-amz-date",
    }
)


@dataclass(frozen=True, slots=True)
class Peer:
    """The other end of a connection.

    Attributes:
        address: its IP address, or None where it has none.
        secure: whether the connection is one of TLS.
        certificate: its certificate in DER, which TLS has verified, or None.
    """

    address: str | None
    secure: bool
    certificate: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """The names of the headers of a request.

    Attributes:
        names: in lower case, in the order of the wire.
        plain: whether each stands once, none has an underscore, and the host is there.
    """

    names: tuple[str, ...]
    plain: bool


def header_names(raw: tuple[bytes, ...]) -> HeaderNames:
    """Reads the names of headers."""
    names = tuple([name.lower().decode("latin-1") for name in raw])
    once = len(set(names)) == len(names)
    return HeaderNames(names, once and "host" in names and "_" not in "".join(names))


@quick_init
@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came, before anything decoded it.

    Attributes:
        method: such as `POST`.
        path: without the query, in ASCII.
        query: what stood behind the question mark.
        headers: names in lower case, in the order of the wire.
        peer: the IP address at the other end of the connection, or None.
        secure: whether the connection is one of TLS.
        client_certificate: the certificate of the other end in DER, which TLS has
            verified, or None.
        plain: whether the names are known to be those of `HeaderNames.plain`.
    """

    method: str
    path: str
    query: bytes = field(repr=False)
    headers: Headers = field(repr=False)
    peer: str | None
    secure: bool
    client_certificate: bytes | None = field(default=None, repr=False)
    plain: bool = field(default=False, repr=False, compare=False)
    # The first value of each header: a request is asked for its headers often.
    _first: dict[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Takes note of the headers by name."""
        object.__setattr__(self, "_first", dict(reversed(self.headers)))

    @property
    def names(self) -> Collection[str]:
        """The names of the headers, each once."""
        return self._first.keys()

    def header(self, name: str) -> str | None:
        """Returns the first value of a header, or None."""
        return self._first.get(name)

    def values(self, name: str) -> list[str]:
        """Returns all values of a header."""
        if name not in self._first:
            return []
        return [value for each, value in self.headers if each == name]

    def joined(self, name: str) -> str:
        """Returns all values of a header in one, empty where there are none."""
        if name not in self._first:
            return ""
        return ",".join(self.values(name))

    @property
    def body_length(self) -> int:
        """How many bytes of body it announces; one in chunks never comes this far."""
        return int(self._first.get("content-length") or 0)


@quick_init
@dataclass(frozen=True, slots=True)
class Request:
    """A request that may be answered.

    Attributes:
        received: as it came.
        host: the host that the client spoke to, which it signed.
        proxied: whether a trusted proxy handed it on.
        call: the facts of the call.
        body: its body, whole.
    """

    received: Received
    host: str
    proxied: bool
    call: CallContext
    body: bytes = field(repr=False)


@quick_init
@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        status: the HTTP status.
        body: empty for none.
        media_type: that of the body.
        headers: further headers.
        close: whether the connection ends with it.
        operation: the operation, from a closed list, or empty.
        caller: who called, where that was proven.
        error: what the caller was told, if it was refused.
        fault: what went wrong inside; for the operator's log alone.
        detail: why it is no request to answer; for the log as well.
    """

    status: int
    body: bytes = field(default=b"", repr=False)
    media_type: str = ""
    headers: Headers = ()
    close: bool = False
    operation: str = ""
    caller: Caller | None = None
    error: DaypassError | None = None
    fault: BaseException | None = None
    detail: str = ""


NOT_FOUND: Final = Answer(404, b"<UnknownOperationException/>\n", "text/xml")
AMBIGUOUS: Final = Answer(400, close=True, detail="headers_ambiguous")
NOT_SERVED: Final = Answer(400, close=True, detail="host_not_served")
CLIENT_LEFT: Final = Answer(400, close=True, detail="client_left")
TIMED_OUT: Final = Answer(408, close=True, detail="body_too_slow")
BODIES_FULL: Final = Answer(
    503, headers=(("retry-after", "1"),), close=True, detail="large_bodies_full"
)
TOO_LARGE: Final = Answer(413, close=True, detail="body_too_large")
UNSUPPORTED: Final = Answer(
    415, headers=(("accept", _FORM), ("accept-encoding", "identity"))
)


def not_allowed(methods: frozenset[str]) -> Answer:
    """Returns the answer to a method that a path does not have."""
    return Answer(405, headers=(("allow", ", ".join(sorted(methods))),))


def is_ambiguous(received: Received) -> bool:
    """Tells whether two readers could read different things in the headers."""
    if received.plain:
        return False
    seen: set[str] = set()
    for name, _ in received.headers:
        # Gateways of the CGI kind hand `x_amz_date` on as `x-amz-date`.
        if name in _SINGLE and name in seen:
            return True
        dashed = name.replace("_", "-")
        if dashed != name and (dashed in _SINGLE or dashed.startswith("x-amz-")):
            return True
        seen.add(name)
    return "host" not in seen


def is_too_large(body_length: int) -> bool:
    """Tells whether a body of so many bytes is longer than any that is right."""
    return body_length > http_limits.BODY_BYTES_MAX


def is_form(received: Received) -> bool:
    """Tells whether the body is a form in UTF-8 that nothing has packed."""
    if received.header("content-encoding") not in {None, "identity"}:
        return False
    if not received.body_length:
        return True
    return _is_form_type(received.header("content-type") or "")


@lru_cache(maxsize=_FORM_TYPES_KEPT)
def _is_form_type(content_type: str) -> bool:
    """Tells whether a `Content-Type` is that of a form; clients write it few ways."""
    media_type, *parameters = content_type.split(";")
    given = dict(map(_parameter, parameters))
    return media_type.strip().lower() == _FORM and given in ({}, _UTF_8)


_UTF_8: Final[Mapping[str, str]] = {"charset": "utf-8"}


def _parameter(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip().strip('"').lower()
