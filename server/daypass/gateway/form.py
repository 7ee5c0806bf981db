"""Forms and queries, read strictly: what can be read in two ways is refused.

SPEC: sts-operations 3.1; attacks V08 to V10, L30; details 48 and 49.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from daypass.core import http_limits
from daypass.core.errors import MalformedInputError

Pairs = tuple[tuple[str, str], ...]

_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
# What every signer encodes. `;` separates parameters for some readers; the rest
# ends a query, or the request, for others.
_AMBIGUOUS: Final = re.compile(r"[;#\x00-\x20\x7f]", re.ASCII)
# What is neither of these, nor an escape, nor a blank.
_USUAL: Final = bytes(code for code in range(0x21, 0x7F) if code not in b"%+;#")
# A parameter with a name and a value, which is all of what stands between two `&`.
_USUAL_PAIR: Final = re.compile(r"(?:^|&)([^&=]+)=([^&]*)", re.ASCII)


def read_query(raw: bytes) -> Pairs:
    """Reads what stands behind the question mark; a blank is `%20` there.

    Raises:
        MalformedInputError: it can be read in two ways, or is too long.
    """
    if b"+" in raw:
        # A blank to one reader and a plus to another; signers encode either.
        raise MalformedInputError("query_ambiguous")
    return _read(raw)


def read_body(raw: bytes) -> Pairs:
    """Reads a form; a blank is `+` or `%20` there.

    Raises:
        MalformedInputError: it can be read in two ways, or is too long.
    """
    # What an ARN has encoded, which is all that most forms have, and what neither
    # separates parameters nor begins an escape.
    usual = raw.replace(b"%3A", b":").replace(b"%2F", b"/")
    if usual.translate(None, _USUAL):
        return _read(raw.replace(b"+", b"%20"))
    _check_number(usual)
    return _pairs(usual.decode("ascii"))


def read_usual_body(raw: bytes) -> dict[str, str] | None:
    """Reads a form in which nothing needs a rule, or returns None.

    It is a short cut and decides nothing: each of its parameters has a name, a value
    and no equal, and they are those of `read_body`.
    """
    usual = raw.replace(b"%3A", b":").replace(b"%2F", b"/")
    if usual.translate(None, _USUAL):
        return None
    number = usual.count(b"&") + 1
    if number > http_limits.PARAMETERS_MAX:
        return None
    values = dict(_USUAL_PAIR.findall(usual.decode("ascii")))
    # Fewer are found where one is no pair, or where two have one name.
    return values if len(values) == number else None


def _read(raw: bytes) -> Pairs:
    _check_number(raw)
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedInputError("form_not_ascii") from None
    if _BAD_ESCAPE.search(text) or _AMBIGUOUS.search(text):
        raise MalformedInputError("form_ambiguous")
    pairs = _pairs(text)
    if "%" not in text:
        return pairs
    return tuple([(_decode(name), _decode(value)) for name, value in pairs])


def _pairs(text: str) -> Pairs:
    parts = [part.partition("=") for part in text.split("&") if part]
    return tuple([(name, value) for name, _, value in parts])


def _check_number(raw: bytes) -> None:
    """Counts parameters before anything is made of them (attacks L30)."""
    if raw.count(b"&") >= http_limits.PARAMETERS_MAX:
        raise MalformedInputError("parameters_too_many")


def _decode(text: str) -> str:
    if "%" not in text:
        return text
    try:
        return unquote_to_bytes(text).decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise MalformedInputError("form_not_utf8") from None
