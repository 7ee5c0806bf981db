"""The headers of a described request, before a proof is looked for in them.

Whatever two readers of HTTP could take for different things is refused here: a name
that is no name, names that differ only to some, a host that stands twice.

SPEC: sts-operations 3.4 steps 3, 7 and 8; attacks V06, V16, V21.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, Self

from daypass.core import limits
from daypass.core.errors import IncompleteSignatureError
from daypass.core.quick import quick_init
from daypass.sigv4.authorization import AMZ_PREFIX
from daypass.sigv4.canonical import canonical_headers
from daypass.sigv4.http_request import HttpRequest
from daypass.sigv4.layout import USUAL_NAMES_MAX, usual_layout

HOST: Final = "host"
AUTHORIZATION: Final = "authorization"
DATE: Final = "date"
TOKEN: Final = "x-amz-security-token"  # noqa: S105 - the name of a header.

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}", re.ASCII)
# NOTE: a header beyond ASCII is read as Latin-1 by one and as UTF-8 by another, and
# botocore takes blanks of Unicode for blanks; so none is signed.
_VALUE: Final = re.compile(r"[\t\x20-\x7e]*", re.ASCII)
# Lists of names that were found good; there are few kinds of client. A list is some
# hundred bytes, and 32 KiB at worst.
_LISTS_KEPT: Final = 128
_DECISIVE: Final = frozenset({HOST, AUTHORIZATION, DATE})

_Entries = tuple[tuple[str, str], ...]


@quick_init
@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a request, with names in lower case, in the order of the wire.

    Attributes:
        names: the names.
        values: the value of each.
    """

    names: tuple[str, ...]
    values: tuple[str, ...] = field(repr=False)
    _named: dict[str, str] = field(init=False, repr=False, compare=False)
    _once: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Takes note of the headers by name, and whether each stands once."""
        named = dict(zip(self.names, self.values, strict=True))
        object.__setattr__(self, "_named", named)
        object.__setattr__(self, "_once", len(named) == len(self.names))

    def __contains__(self, name: str) -> bool:
        """Tells whether a header is there."""
        return name in self._named

    def having(self, name: str, value: str) -> Self:
        """Returns these headers with one more behind them."""
        return replace(self, names=(*self.names, name), values=(*self.values, value))

    def single(self, wanted: str) -> str | None:
        """Returns the value of a header that may stand once, or None.

        A session token that stands twice in the same words counts once, because
        some proxies repeat it.

        Raises:
            IncompleteSignatureError: it stands more often, or is not ASCII.
        """
        found = self._named.get(wanted)
        if found is None:
            return None
        if self._once:
            return _printable(found).strip(" \t")
        values = [
            _printable(value).strip(" \t")
            for name, value in zip(self.names, self.values, strict=True)
            if name == wanted
        ]
        if wanted == TOKEN:
            values = list(dict.fromkeys(values))
        if len(values) > 1:
            raise IncompleteSignatureError("header_repeated")
        return values[0]

    def signed(self, signed_headers: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
        """Returns what is signed in its form, and the names of what is or must be.

        Args:
            signed_headers: the names that the signature lists, sorted.

        Raises:
            IncompleteSignatureError: a value is not ASCII.
        """
        if self._once and len(self.names) <= USUAL_NAMES_MAX:
            layout = usual_layout(self.names, signed_headers)
            text = layout.fill(self._named) if layout is not None else None
            if text is not None:
                return text, signed_headers
        kept = self._signable(signed_headers)
        names = tuple(sorted({name for name, _ in kept}))
        return canonical_headers(kept, signed_headers), names

    def _signable(self, signed: Collection[str]) -> _Entries:
        """Returns what is signed or must be, a repeated token once."""
        kept: list[tuple[str, str]] = []
        for name, value in zip(self.names, self.values, strict=True):
            if name in signed or name.startswith(AMZ_PREFIX):
                entry = (name, _printable(value))
                if name != TOKEN or entry not in kept:
                    kept.append(entry)
        return tuple(kept)


def read_headers(request: HttpRequest) -> Headers:
    """Returns the headers of a request, the host among them if it is known.

    Raises:
        IncompleteSignatureError: they are too many, or can be read in two ways.
    """
    headers = Headers(*names_and_values(request))
    host = headers.single(HOST)
    if not request.authority:
        return headers
    if host is None:
        return headers.having(HOST, request.authority)
    if host.lower() != request.authority.lower():
        raise IncompleteSignatureError("authority_and_host_differ")
    return headers


def names_and_values(
    request: HttpRequest,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the names of the headers, in lower case, and the value of each.

    Raises:
        IncompleteSignatureError: they are too many, or a name is none.
    """
    names = tuple([name for name, _ in request.headers])
    values = tuple([value for _, value in request.headers])
    check_size(names, values)
    return lower_names(names), values


def check_size(names: Collection[str], values: Collection[str]) -> None:
    """Returns when headers are neither too many nor too long.

    Raises:
        IncompleteSignatureError: they are.
    """
    if len(names) > limits.HTTP_HEADERS_MAX:
        raise IncompleteSignatureError("headers_too_many")
    size = len("".join(names)) + len("".join(values))
    if size > limits.HTTP_HEADER_CHARACTERS_MAX:
        raise IncompleteSignatureError("headers_too_long")


@lru_cache(maxsize=_LISTS_KEPT)
def lower_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the names in lower case.

    Raises:
        IncompleteSignatureError: one of them is none, or can be read as another.
    """
    return tuple(_name(name) for name in names)


def _name(name: str) -> str:
    if _NAME.fullmatch(name) is None:
        raise IncompleteSignatureError("header_name_form")
    lower = name.lower()
    dashed = lower.replace("_", "-")
    # Gateways of the CGI kind hand both names on as one.
    if dashed != lower and (dashed in _DECISIVE or dashed.startswith(AMZ_PREFIX)):
        raise IncompleteSignatureError("header_name_ambiguous")
    return lower


def _printable(value: str) -> str:
    plain = value.isascii() and value.isprintable()
    if not plain and _VALUE.fullmatch(value) is None:
        raise IncompleteSignatureError("header_not_ascii")
    return value
