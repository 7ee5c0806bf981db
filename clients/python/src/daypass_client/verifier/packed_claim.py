"""Policies and tags, which are packed into one claim.

What a server alone uses, the policies, is read, so that a token is refused which no
server would take, and not kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from daypass_client import limits
from daypass_client.verifier import base64url
from daypass_client.verifier.claims import Claims
from daypass_client.verifier.errors import untrusted
from daypass_client.verifier.strict_json import JsonValue, loads_object

_MEMBERS: Final = frozenset({"p", "a", "t", "x"})


@dataclass(frozen=True, slots=True)
class Packed:
    """Of policies and tags, packed into one claim, the tags."""

    tags: Mapping[str, str]
    transitive_tag_keys: tuple[str, ...]


NOTHING: Final = Packed(MappingProxyType({}), ())


def unpack(text: str) -> Packed:
    """Unpacks the claim.

    Raises:
        RefusedError: it is not as servers pack it.
    """
    try:
        decompressor = zlib.decompressobj()
        data = decompressor.decompress(
            base64url.decode(text.encode("ascii")), limits.UNPACKED_TAGS_BYTES_MAX
        )
        members = loads_object(data)
    except (ValueError, zlib.error):
        raise untrusted() from None
    whole = decompressor.eof and not decompressor.unused_data
    if not whole or not members.keys() <= _MEMBERS:
        raise untrusted()
    claims = Claims(members)
    claims.text_or_none("p")
    claims.texts("a")
    tags: dict[str, JsonValue] = claims.members("t").rest() if claims.has("t") else {}
    if not all(isinstance(value, str) for value in tags.values()):
        raise untrusted()
    return Packed(
        MappingProxyType({key: str(value) for key, value in tags.items()}),
        claims.texts("x"),
    )
