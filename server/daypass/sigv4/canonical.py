"""The canonical request, which both ends build and only one of them sends.

SPEC: sts-operations 3.4 step 8 and 3.5; attacks V10. For every request that is
taken, the result is what botocore builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from daypass.core.errors import MalformedInputError

_BLANKS: Final = re.compile(r"[ \t\r\n]+", re.ASCII)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
# What no path has on the wire, or what ends it there. NOTE: a blank or a letter
# beyond ASCII is encoded, as signers do who are handed a path in clear.
_NO_PATH: Final = re.compile(r"[?#\x00-\x1f\x7f]", re.ASCII)
# What different readers of a query take for different things.
_AMBIGUOUS: Final = re.compile(r"[+;#\x00-\x20\x7f]", re.ASCII)
# Paths of the length of a target; most callers ask for few.
_PATHS_KEPT: Final = 256
_SIGNATURE_PARAMETER: Final = "X-Amz-Signature"


def canonical_request(
    *,
    method: str,
    path: str,
    query: str,
    headers: str,
    signed_headers: str,
    payload_hash: str,
) -> str:
    """Joins the six parts, each in its canonical form."""
    return f"{method}\n{path}\n{query}\n{headers}\n{signed_headers}\n{payload_hash}"


@lru_cache(maxsize=_PATHS_KEPT)
def canonical_path(path: str, *, normalize: bool = True) -> str:
    """Encodes a path as it stood on the wire, and so a second time.

    Args:
        path: the path as it was sent; an empty one is `/`.
        normalize: whether empty, `.` and `..` segments are resolved. Every service
            over HTTP does so but S3, which has `canonical_object_path`.
    """
    return quote(normalized_path(path) if normalize else path or "/", safe="/~")


@lru_cache(maxsize=_PATHS_KEPT)
def check_path(path: str) -> None:
    """Returns when a path reads as one path, whoever reads it.

    Raises:
        MalformedInputError: it is not one, or two readers could differ about it.
    """
    if path[:1] not in {"", "/"} or _NO_PATH.search(path):
        raise MalformedInputError("path_form")
    if _BAD_ESCAPE.search(path):
        raise MalformedInputError("path_escape")
    try:
        unquote_to_bytes(path).decode("utf-8", errors="strict")
    except UnicodeError:
        raise MalformedInputError("path_not_utf8") from None


@lru_cache(maxsize=_PATHS_KEPT)
def normalized_path(path: str) -> str:
    """Resolves empty, `.` and `..` segments; what is encoded stays encoded."""
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    # A slash at the end is part of the path, one behind dots is not left out.
    slash = "/" if segments and path.endswith("/") else ""
    return "/" + "/".join(segments) + slash


def canonical_object_path(path: str) -> str:
    """Takes a path as S3 does: as it stood on the wire, encoded once.

    What a sender had left in clear is encoded; nothing is encoded twice.
    """
    return quote(path or "/", safe="/~%")


def canonical_query(query: str) -> str:
    """Decodes a query, encodes it in the one form, and sorts it.

    The parameter that carries the signature itself is left out.

    Raises:
        MalformedInputError: two readers could read the query in two ways.
    """
    return encode_parameters(read_parameters(query))


def read_parameters(query: str) -> list[tuple[str, str]]:
    """Returns the names and values of a query, decoded, in the order of the wire.

    Raises:
        MalformedInputError: two readers could read the query in two ways.
    """
    found: list[tuple[str, str]] = []
    if not query:
        return found
    for parameter in query.split("&"):
        if parameter:
            name, _, value = parameter.partition("=")
            found.append((_decode(name), _decode(value)))
    return found


def encode_parameters(parameters: Sequence[tuple[str, str]]) -> str:
    """Encodes parameters in the one form, and sorts them; see `canonical_query`."""
    if not parameters:
        return ""
    encoded = sorted((_encode(name), _encode(value)) for name, value in parameters)
    return "&".join(
        f"{name}={value}" for name, value in encoded if name != _SIGNATURE_PARAMETER
    )


def canonical_headers(
    headers: Iterable[tuple[str, str]], signed_headers: Iterable[str]
) -> str:
    """Lists the signed headers, each with a line feed behind it.

    Args:
        headers: all headers in the order of the wire, names in any case.
        signed_headers: the names to list, in their order. A name that is not
            among the headers is listed with an empty value.
    """
    values: dict[str, list[str]] = {name: [] for name in signed_headers}
    for name, value in headers:
        listed = values.get(name.lower())
        if listed is not None:
            # NOTE: what prints has no blank but the space.
            if "  " in value or not value.isprintable():
                value = _BLANKS.sub(" ", value)  # noqa: PLW2901 - the same, in short.
            listed.append(value.strip(" "))
    return "".join(f"{name}:{','.join(found)}\n" for name, found in values.items())


def _decode(text: str) -> str:
    if _BAD_ESCAPE.search(text) or _AMBIGUOUS.search(text):
        raise MalformedInputError("query_ambiguous")
    try:
        return unquote_to_bytes(text).decode("utf-8", errors="strict")
    except UnicodeError:
        raise MalformedInputError("query_not_utf8") from None


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
