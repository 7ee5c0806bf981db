"""The keys of a verifier: which there are, and how old that knowledge is.

Pure: it is told of key sets and of the time. What is known is one value, which is
replaced whole, so that threads may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock
from types import MappingProxyType
from typing import Final

from daypass_client import limits
from daypass_client.errors import CannotVouchError
from daypass_client.values import KeySet, PublicKey
from daypass_client.verifier.keys import VerifyingKey

_NEVER: Final = float("-inf")


class InvalidKeySetError(ValueError):
    """A key set is not one that may be used."""


@dataclass(frozen=True, slots=True)
class _Known:
    keys: Mapping[str, VerifyingKey]
    published: Mapping[str, PublicKey]
    ignored: tuple[str, ...]
    read_at: float
    max_age: timedelta
    version: int


class KeyRing:
    """The keys in force.

    Args:
        age_max: how old a key set may be that cannot be renewed.
    """

    def __init__(self, age_max: timedelta) -> None:
        self._age_max = age_max.total_seconds()
        empty: Mapping[str, PublicKey] = MappingProxyType({})
        self._known = _Known(
            MappingProxyType({}), empty, (), _NEVER, limits.KEY_SET_KEPT, 0
        )
        self._asked_at = _NEVER
        self._lock = Lock()
        # Until when the set may be used.
        self.fresh_until = _NEVER
        # NOTE: replaced with every other set of keys; see `Revocations.mark`.
        self.mark: object = object()

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The names of the keys."""
        return tuple(self._known.keys)

    @property
    def ignored_key_ids(self) -> tuple[str, ...]:
        """The names of published keys that are not used."""
        return self._known.ignored

    @property
    def max_age(self) -> timedelta:
        """How long the set may be kept before it is asked for again."""
        return self._known.max_age

    def age(self, monotonic: float) -> float:
        """Returns how many seconds old the set is."""
        return monotonic - self._known.read_at

    def get(self, kid: str) -> VerifyingKey | None:
        """Returns a key by its name, byte by byte; None where there is none."""
        return self._known.keys.get(kid)

    def take(self, key_set: KeySet, *, read_at: float, version: int = 0) -> None:
        """Takes a key set in, in place of the one before.

        Args:
            key_set: the set.
            read_at: the monotonic time before it was asked for.
            version: which ring it is of, where that is known. One that is older than
                the ring that is known is left alone.

        Raises:
            InvalidKeySetError: two keys have one name, or there are too many.
        """
        published = {key.kid: key for key in key_set.keys}
        if len(published) != len(key_set.keys) or len(published) > limits.KEYS_MAX:
            raise InvalidKeySetError("two keys have one name, or there are too many")
        with self._lock:
            known = self._known
            if 0 < version < known.version:
                return
            keys, ignored = _usable(published, known)
            self._known = _Known(
                keys=MappingProxyType(keys),
                published=MappingProxyType(published),
                ignored=ignored,
                read_at=max(known.read_at, read_at),
                max_age=key_set.max_age or limits.KEY_SET_KEPT,
                version=max(known.version, version),
            )
            self.fresh_until = self._known.read_at + self._age_max
            if keys != known.keys:
                self.mark = object()

    def may_ask(self, monotonic: float) -> bool:
        """Tells, once in a cool-down, that a key that is not known may be asked for."""
        with self._lock:
            cooldown = limits.UNKNOWN_KEY_COOLDOWN.total_seconds()
            if monotonic - self._asked_at < cooldown:
                return False
            self._asked_at = monotonic
            return True

    def stale(self, monotonic: float) -> CannotVouchError:
        """Returns what is said where the set is older than it may be."""
        age = self.age(monotonic)
        if age == float("inf"):
            return CannotVouchError("keys_unknown", "The key set is not known yet.")
        return CannotVouchError(
            "keys_stale",
            f"The key set was last read {age:.0f} s ago, and {self._age_max:g} s are"
            " allowed.",
        )


def _usable(
    published: Mapping[str, PublicKey], known: _Known
) -> tuple[dict[str, VerifyingKey], tuple[str, ...]]:
    """Loads the keys; those that are known already are not loaded again."""
    keys: dict[str, VerifyingKey] = {}
    ignored: list[str] = []
    for kid, key in published.items():
        if known.published.get(kid) == key and kid in known.keys:
            keys[kid] = known.keys[kid]
            continue
        try:
            keys[kid] = VerifyingKey.of(key)
        except ValueError:
            ignored.append(kid)
    return keys, tuple(ignored)
