"""The key set of an identity provider.

A key that is malformed, weak or meant for another use is left out and reported; the
others stay good, so that one odd key does not lock everybody out. A set that holds
a private or symmetric key is refused whole: whoever publishes that has lost it
(attacks J45).

NOTE: two keys of one name refuse the set (attacks J46), although the last of them
is said to win at AWS (sts-operations 1.3, by hearsay). Which key vouches for a token
must not hang on the order of a list, and no provider that is used with AWS is known
to publish such a set. The last good set stays in force meanwhile.

SPEC: RFC 7517 section 5; sts-operations 1.3; attacks J42 to J46, O11, O21.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from daypass.core import provider_limits as limits
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads_object
from daypass.federation.oidc.algorithms import IdTokenAlgorithm
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.jwk import EC, RSA, ProviderKey, parse_jwk
from daypass.keyring.errors import InvalidKeyError

# SPEC: RFC 7518 sections 6.2.2, 6.3.2 and 6.4.
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_SYMMETRIC: Final = "oct"


@dataclass(frozen=True, slots=True)
class IgnoredKey:
    """A key of a set that is of no use.

    Attributes:
        position: where it stands in the set, from 0.
        reason: a stable reason; nothing of the key is in it.
    """

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class JwkSet:
    """The keys of one issuer that may vouch for its tokens.

    Attributes:
        keys: those that can be used, no two of one name.
        ignored: those that cannot.
    """

    keys: tuple[ProviderKey, ...]
    ignored: tuple[IgnoredKey, ...] = ()

    def find(self, key_id: str | None) -> ProviderKey | None:
        """Returns the one key that a token means, or None where there is none.

        Args:
            key_id: the name of the key, compared exactly. None means the only key
                of the set; where there are more, none of them is tried.
        """
        if key_id is None:
            return self.keys[0] if len(self.keys) == 1 else None
        return next((key for key in self.keys if key.key_id == key_id), None)

    def only(self, algorithms: AbstractSet[IdTokenAlgorithm]) -> JwkSet:
        """Returns the set with these algorithms alone, and the keys that have one."""
        narrowed = (
            replace(key, algorithms=key.algorithms & algorithms) for key in self.keys
        )
        return replace(self, keys=tuple(key for key in narrowed if key.algorithms))


def parse_jwk_set(text: bytes | str) -> JwkSet:
    """Reads a key set.

    Raises:
        DocumentRefusedError: it is no key set, is beyond a bound, holds what nobody
            may publish, or has two keys of one name.
    """
    try:
        members = loads_object(text, size_max=limits.PROVIDER_DOCUMENT_BYTES_MAX)
    except InvalidJsonError:
        raise DocumentRefusedError("key_set_not_json") from None
    entries = _entries(members.get("keys"))
    _check_whole(entries)
    keys: list[ProviderKey] = []
    ignored: list[IgnoredKey] = []
    for position, entry in enumerate(entries):
        try:
            keys.append(parse_jwk(entry))
        except InvalidKeyError as error:
            ignored.append(IgnoredKey(position, str(error)))
    return JwkSet(tuple(keys), tuple(ignored))


def _entries(value: JsonValue) -> list[dict[str, JsonValue]]:
    if not isinstance(value, list):
        raise DocumentRefusedError("key_set_without_keys")
    entries = [entry for entry in value if isinstance(entry, dict)]
    if len(entries) != len(value):
        raise DocumentRefusedError("key_set_entry_not_an_object")
    return entries


def _check_whole(entries: Sequence[dict[str, JsonValue]]) -> None:
    """Refuses a set that says something about all of its keys."""
    kinds = Counter(_kind(entry.get("kty")) for entry in entries)
    if max(kinds.values(), default=0) > limits.PROVIDER_KEYS_MAX:
        raise DocumentRefusedError("key_set_too_many_keys")
    for entry in entries:
        if entry.get("kty") == _SYMMETRIC or not _PRIVATE.isdisjoint(entry):
            raise DocumentRefusedError("key_set_private")
    names = [name for entry in entries if isinstance(name := entry.get("kid"), str)]
    if len(names) != len(set(names)):
        raise DocumentRefusedError("key_set_name_twice")


def _kind(value: JsonValue) -> str:
    """Returns the type of a key; all types that are not taken are one."""
    return value if isinstance(value, str) and value in {RSA, EC} else ""
