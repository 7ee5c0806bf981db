"""A JSON Web Key Set, and how long it may be kept.

SPEC: RFC 7517 sections 4 and 5; RFC 9111 section 5.2.2.1.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from daypass_client import limits
from daypass_client.values import KeySet, PublicKey
from daypass_client.verifier.key_ring import InvalidKeySetError
from daypass_client.verifier.strict_json import JsonValue, loads_object

_MEMBERS: Final = ("kid", "kty", "alg", "use", "crv", "x", "y", "n", "e")
# What only a private or a symmetric key has: a set that shows one is not to be used.
_SECRET_MEMBERS: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_AGE: Final = re.compile(r"(?:^|,)\s*max-age=([0-9]{1,9})\s*(?=,|$)", re.ASCII)


def parse_key_set(data: bytes, *, cache_control: str) -> KeySet:
    """Reads a key set. Keys of other algorithms are left to whoever uses them.

    Args:
        data: the document; who calls has bounded its size.
        cache_control: the header of this name, empty for none.

    Raises:
        InvalidKeySetError: it is no key set, or shows a key that is not public.
    """
    try:
        entries = loads_object(data).get("keys")
    except ValueError:
        raise InvalidKeySetError("the key set is not JSON") from None
    if not isinstance(entries, list):
        raise InvalidKeySetError("there are no keys")
    return KeySet(tuple(map(_key, entries)), kept(cache_control))


def kept(cache_control: str) -> timedelta:
    """Returns how long a key set may be kept, within our bounds."""
    match = _MAX_AGE.search(cache_control)
    if match is None:
        return limits.KEY_SET_KEPT
    told = timedelta(seconds=int(match[1]))
    return max(limits.KEY_SET_KEPT_MIN, min(told, limits.KEY_SET_KEPT_MAX))


def _key(entry: JsonValue) -> PublicKey:
    if not isinstance(entry, dict) or entry.keys() & _SECRET_MEMBERS:
        raise InvalidKeySetError("an entry is no public key")
    if "verify" not in _operations(entry.get("key_ops", ["verify"])):
        # It stays in the set, as a key that nothing is verified with.
        entry = {**entry, "use": ""}
    texts = {name: _text(entry.get(name, "")) for name in _MEMBERS}
    return PublicKey(**texts)


def _operations(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise InvalidKeySetError("the operations of a key are no list")
    return value


def _text(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise InvalidKeySetError("a member of a key is no text")
    return value
