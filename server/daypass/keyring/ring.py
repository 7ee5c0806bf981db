"""The ring: all keys and secrets of a deployment, as one immutable value.

Signing keys, derivation secrets and sealing keys serve separate purposes, and
none is ever used for another (sts-operations 6.4). A change makes a new ring with
a higher version, `dataclasses.replace(ring, version=ring.version + 1, …)`.

Which of its keys a worker makes something with is a question of time as well: each
learns of a change at a moment of its own. `in_use` gives the ring as one worker uses
it, with keys that all others have by then, and without those that were revoked.

SPEC: design 7; attacks J08, J09, J56, J57, V01; decisions 0029 and 0078.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, TypeVar

from daypass.core import limits
from daypass.core.errors import InternalFailureError, StoreUnavailableError
from daypass.core.keyed_hash import KeyedHash
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidRingError, RingRollbackError
from daypass.keyring.key import LIVE_STATES, KeyState, SigningKey, VerifyingKey

# It stands in every token, and in one byte's length in the sealed form.
_RING_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# A member of an enumeration is looked up at some cost, and every mint does it often.
_ACTIVE: Final = KeyState.ACTIVE
_PREPARED: Final = KeyState.PREPARED
_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RingKey:
    """A signing key in the ring, with its state and since when it has it."""

    key: SigningKey
    state: KeyState
    since: datetime

    @property
    def name(self) -> str:
        """The name of the key, as tokens carry it."""
        return self.key.kid


@dataclass(frozen=True, slots=True)
class RingSecret:
    """A derivation secret or a sealing key: 32 bytes with a name and a state."""

    key_id: str
    secret: Secret
    state: KeyState
    since: datetime
    # The HMAC-SHA-256 of a message under the secret, 32 bytes.
    mac: Callable[[bytes], bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Takes the secret in."""
        object.__setattr__(self, "mac", KeyedHash(self.secret).digest)

    @property
    def name(self) -> str:
        """The name of the secret."""
        return self.key_id


_Entry = TypeVar("_Entry", RingKey, RingSecret)


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring.

    Attributes:
        ring_id: names the deployment; every token of ours carries it as issuer.
        version: counts up with every change, from 1.
        keys: the signing keys, at most one of each algorithm active.
        derivation_secrets: what secret access keys are derived from, one active.
        sealing_keys: what opaque values are sealed with, one active.

        as_of: which keys sign, derive and seal: those that were active then; None
            means those that are active. It is no part of what is stored.
        revoked: the names of keys that serve nothing any more, though the ring has
            them still. It is no part of what is stored.

    Raises:
        InvalidRingError: names repeat, or an active one is missing or not alone.
    """

    ring_id: str
    version: int
    keys: tuple[RingKey, ...]
    derivation_secrets: tuple[RingSecret, ...]
    sealing_keys: tuple[RingSecret, ...]
    as_of: datetime | None = field(default=None, compare=False)
    revoked: frozenset[str] = field(default=frozenset(), compare=False)
    _signing: Mapping[Algorithm, SigningKey] = field(
        init=False, repr=False, compare=False
    )
    _verifying: Mapping[str, VerifyingKey] = field(
        init=False, repr=False, compare=False
    )
    _derivations: Mapping[str, RingSecret] = field(
        init=False, repr=False, compare=False
    )
    _naming: tuple[RingSecret, ...] = field(init=False, repr=False, compare=False)
    # The active one of those, and since when there is no other that would name.
    _named_last: tuple[RingSecret, datetime] = field(
        init=False, repr=False, compare=False
    )
    _sealings: Mapping[str, RingSecret] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks the parts and builds the look-ups."""
        _check(self)
        of_algorithms: dict[Algorithm, list[RingKey]] = {}
        for entry in self.keys:
            of_algorithms.setdefault(entry.key.algorithm, []).append(entry)
        signing = {
            algorithm: found.key
            for algorithm, entries in of_algorithms.items()
            if (found := _active(_live(entries, self.revoked), self.as_of)) is not None
        }
        verifying = {
            entry.name: entry.key.verifying_key
            for entry in _live(self.keys, self.revoked)
        }
        # The class is frozen; its own set-up is the one place that writes.
        object.__setattr__(self, "_signing", signing)
        object.__setattr__(self, "_verifying", verifying)
        for name, secrets in (
            ("_derivations", self.derivation_secrets),
            ("_sealings", self.sealing_keys),
        ):
            live = {entry.key_id: entry for entry in _live(secrets, self.revoked)}
            object.__setattr__(self, name, live)
        begun = [
            each for each in self.derivation_secrets if each.state is not _PREPARED
        ]
        object.__setattr__(self, "_naming", tuple(begun))
        ends = [each.since for each in begun if each.state is not _ACTIVE]
        last = _used(begun, None), max(ends, default=_ALWAYS)
        object.__setattr__(self, "_named_last", last)

    def in_use(self, *, as_of: datetime, revoked: frozenset[str]) -> Ring:
        """Returns the ring as it is used by a worker that knows what was revoked."""
        return replace(self, as_of=as_of, revoked=revoked)

    def signing_key(self, algorithm: Algorithm = Algorithm.EDDSA) -> SigningKey:
        """Returns the active key of an algorithm.

        Raises:
            StoreUnavailableError: it was revoked a moment ago.
            InternalFailureError: the ring has none, which is our fault.
        """
        key = self._signing.get(algorithm)
        if key is None:
            if self.revoked:
                raise _just_revoked()
            raise InternalFailureError("ring_has_no_signing_key")
        return key

    def verifying_key(self, kid: str) -> VerifyingKey | None:
        """Returns the live key of exactly this name, never a prepared or retired one."""
        return self._verifying.get(kid)

    @property
    def published_keys(self) -> tuple[VerifyingKey, ...]:
        """The keys that verifiers shall know: all but the retired and the revoked."""
        return tuple(
            entry.key.verifying_key
            for entry in self.keys
            if entry.state is not KeyState.RETIRED and entry.name not in self.revoked
        )

    @property
    def current_derivation(self) -> RingSecret:
        """The derivation secret of sessions that are issued now."""
        return _used(self._derivations.values(), self.as_of)

    def derivation_secret(self, key_id: str) -> RingSecret | None:
        """Returns the live derivation secret of this name, or None."""
        return self._derivations.get(key_id)

    def derivation_at(self, instant: datetime) -> RingSecret:
        """Returns the derivation secret that was active at an instant of late.

        Every worker returns the same, whether or not it knows already of a change
        that came after that instant, or that the secret was revoked: it names what
        calls are issued, and nothing else may be derived under it. Of secrets that
        are gone nobody knows; then it is the first that came after them.
        """
        last, since = self._named_last
        # Nearly every mint is of a call that was signed after the last rotation.
        return last if instant >= since else _used(self._naming, instant)

    @property
    def current_sealing(self) -> RingSecret:
        """The sealing key of values that are sealed now."""
        return _used(self._sealings.values(), self.as_of)

    def sealing_key(self, key_id: str) -> RingSecret | None:
        """Returns the live sealing key of this name, or None."""
        return self._sealings.get(key_id)

    def check_follows(self, previous: Ring) -> None:
        """Returns when this ring may replace another: the same, or a later version.

        Raises:
            RingRollbackError: this ring is older, is another deployment's, or
                says something else under the same version.
        """
        if self.ring_id != previous.ring_id:
            raise RingRollbackError("the ring is another deployment's")
        if self.version < previous.version:
            raise RingRollbackError("the ring is older than the one in use")
        if self.version == previous.version and self != previous:
            raise RingRollbackError("the ring has changed without a new version")


def _used(live: Collection[RingSecret], instant: datetime | None) -> RingSecret:
    found = _active(live, instant)
    if found is None:
        raise _just_revoked()
    return found


def _active(live: Collection[_Entry], instant: datetime | None) -> _Entry | None:
    """Returns the entry that was active at an instant, or that is where none is named.

    Where that one is gone it is the first one that came after it.
    """
    ended_later = [
        entry
        for entry in live
        if entry.state is not _ACTIVE and instant is not None and entry.since > instant
    ]
    if ended_later:
        # Of two that ended at once it is the one that was made first, as they stand.
        return min(ended_later, key=lambda entry: entry.since)
    return next((entry for entry in live if entry.state is _ACTIVE), None)


def _live(entries: Iterable[_Entry], revoked: frozenset[str]) -> list[_Entry]:
    return [
        entry
        for entry in entries
        if entry.state in LIVE_STATES and entry.name not in revoked
    ]


def _just_revoked() -> StoreUnavailableError:
    """The next key is in the store already, and is read at once."""
    return StoreUnavailableError("key_revoked", retry_after=limits.STORE_RETRY_AFTER)


def _check(ring: Ring) -> None:
    if _RING_ID.fullmatch(ring.ring_id) is None:
        raise InvalidRingError("the name of a ring is a short word")
    if ring.version < 1:
        raise InvalidRingError("versions count from 1")
    _check_names([entry.key.kid for entry in ring.keys])
    active = [e.key.algorithm for e in ring.keys if e.state is KeyState.ACTIVE]
    _check_names(active)
    if not active:
        raise InvalidRingError("no key is active")
    for entries in (ring.derivation_secrets, ring.sealing_keys):
        _check_names([entry.key_id for entry in entries])
        if [entry.state for entry in entries].count(KeyState.ACTIVE) != 1:
            raise InvalidRingError("exactly one secret of each kind is active")


def _check_names(names: Iterable[str]) -> None:
    listed = list(names)
    if len(set(listed)) != len(listed):
        raise InvalidRingError("a name, or an active algorithm, stands twice")
