"""The entries of metadata that a proof is made of, by every rule there is for them.

SPEC: sts-operations 3.4; attacks V06, V14, V16.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from daypass.core.errors import IncompleteSignatureError
from daypass.sigv4.authorization import AMZ_PREFIX

TOKEN: Final = "x-amz-security-token"  # noqa: S105 - the name of a header.
_BINARY_SUFFIX: Final = "-bin"

# All that came, in order; names are lower-case where a function asks for a name.
Received = Sequence[tuple[str, str | bytes]]
Entries = tuple[tuple[str, str], ...]


def single(received: Received, wanted: str) -> str:
    """Returns the value of an entry that must stand exactly once.

    NOTE: a token that stands twice in the same words counts once, because some
    proxies repeat it (sts-operations 3.4).
    """
    values = [_text(value) for name, value in received if name == wanted]
    if wanted == TOKEN:
        values = list(dict.fromkeys(values))
    if len(values) != 1:
        raise IncompleteSignatureError("metadata_missing_or_repeated")
    return values[0]


def signable(received: Received, signed_headers: tuple[str, ...]) -> Entries:
    """Keeps what is signed or must be, once where one value stands repeatedly."""
    entries: list[tuple[str, str]] = []
    for name, value in received:
        amz = name.startswith(AMZ_PREFIX)
        if name.endswith(_BINARY_SUFFIX):
            if amz:
                raise IncompleteSignatureError("metadata_binary")
        elif amz or name in signed_headers:
            entry = (name, _text(value))
            if name != TOKEN or entry not in entries:
                entries.append(entry)
    return tuple(entries)


def _text(value: str | bytes) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not (text.isascii() and text.isprintable()):
        raise IncompleteSignatureError("metadata_not_ascii")
    return text
