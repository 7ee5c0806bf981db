"""The canonical request, which both ends build and only one of them sends.

SPEC: sts-operations 3.4 step 8 and 3.5; attacks V10. For every request that is
taken, the result is what botocore builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from daypass.core.errors import MalformedInputError

_BLANKS: Final = re.compile(r"[ \t\r\n]+", re.ASCII)
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
# What different readers of a query take for different things.
_AMBIGUOUS: Final = re.compile(r"[+;#\x00-\x20\x7f]", re.ASCII)
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


def canonical_path(path: str, *, normalize: bool = True) -> str:
    """Encodes a path as it stood on the wire, and so a second time.

    Args:
        path: the path as it was sent; an empty one is `/`.
        normalize: whether empty, `.` and `..` segments are resolved, as every
            service but S3 does.
    """
    return quote(_normalized(path) if normalize else path or "/", safe="/~")


def canonical_query(query: str) -> str:
    """Decodes a query, encodes it in the one form, and sorts it.

    The parameter that carries the signature itself is left out.

    Raises:
        MalformedInputError: two readers could read the query in two ways.
    """
    parameters = [
        tuple(_encode(_decode(part)) for part in _name_and_value(parameter))
        for parameter in query.split("&")
        if parameter
    ]
    return "&".join(
        f"{name}={value}"
        for name, value in sorted(parameters)
        if name != _SIGNATURE_PARAMETER
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
            listed.append(_BLANKS.sub(" ", value).strip(" "))
    return "".join(f"{name}:{','.join(found)}\n" for name, found in values.items())


def _normalized(path: str) -> str:
    segments: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    # A slash at the end is part of the path, one behind dots is not left out.
    slash = "/" if segments and path.endswith("/") else ""
    return "/" + "/".join(segments) + slash


def _name_and_value(parameter: str) -> tuple[str, str]:
    name, _, value = parameter.partition("=")
    return name, value


def _decode(text: str) -> str:
    if _BAD_ESCAPE.search(text) or _AMBIGUOUS.search(text):
        raise MalformedInputError("query_ambiguous")
    try:
        return unquote_to_bytes(text).decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise MalformedInputError("query_not_utf8") from None


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
