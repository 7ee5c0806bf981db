"""The ring: all keys and secrets of a deployment, as one immutable value.

Signing keys, derivation secrets and sealing keys serve separate purposes, and
none is ever used for another (sts-operations 6.4). A change makes a new ring with
a higher version, `dataclasses.replace(ring, version=ring.version + 1, …)`.

SPEC: design 7; attacks J08, J09, J56, J57.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from daypass.core.errors import InternalFailureError
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidRingError, RingRollbackError
from daypass.keyring.key import LIVE_STATES, KeyState, SigningKey, VerifyingKey

# It stands in every token, and in one byte's length in the sealed form.
_RING_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RingKey:
    """A signing key in the ring, with its state and since when it has it."""

    key: SigningKey
    state: KeyState
    since: datetime


@dataclass(frozen=True, slots=True)
class RingSecret:
    """A derivation secret or a sealing key: 32 bytes with a name and a state."""

    key_id: str
    secret: Secret
    state: KeyState
    since: datetime


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring.

    Attributes:
        ring_id: names the deployment; every token of ours carries it as issuer.
        version: counts up with every change, from 1.
        keys: the signing keys, at most one of each algorithm active.
        derivation_secrets: what secret access keys are derived from, one active.
        sealing_keys: what opaque values are sealed with, one active.

    Raises:
        InvalidRingError: names repeat, or an active one is missing or not alone.
    """

    ring_id: str
    version: int
    keys: tuple[RingKey, ...]
    derivation_secrets: tuple[RingSecret, ...]
    sealing_keys: tuple[RingSecret, ...]
    _signing: Mapping[Algorithm, SigningKey] = field(
        init=False, repr=False, compare=False
    )
    _verifying: Mapping[str, VerifyingKey] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        """Checks the parts and builds the look-ups."""
        _check(self)
        signing = {
            entry.key.algorithm: entry.key
            for entry in self.keys
            if entry.state is KeyState.ACTIVE
        }
        verifying = {
            entry.key.kid: entry.key.verifying_key
            for entry in self.keys
            if entry.state in LIVE_STATES
        }
        # The class is frozen; its own set-up is the one place that writes.
        object.__setattr__(self, "_signing", signing)
        object.__setattr__(self, "_verifying", verifying)

    def signing_key(self, algorithm: Algorithm = Algorithm.EDDSA) -> SigningKey:
        """Returns the active key of an algorithm.

        Raises:
            InternalFailureError: the ring has none, which is our fault.
        """
        key = self._signing.get(algorithm)
        if key is None:
            raise InternalFailureError("ring_has_no_signing_key")
        return key

    def verifying_key(self, kid: str) -> VerifyingKey | None:
        """Returns the live key of exactly this name, never a prepared or retired one."""
        return self._verifying.get(kid)

    @property
    def published_keys(self) -> tuple[VerifyingKey, ...]:
        """The keys that verifiers shall know: all but the retired ones."""
        return tuple(
            entry.key.verifying_key
            for entry in self.keys
            if entry.state is not KeyState.RETIRED
        )

    @property
    def current_derivation(self) -> RingSecret:
        """The derivation secret of sessions that are issued now."""
        return _active(self.derivation_secrets)

    def derivation_secret(self, key_id: str) -> RingSecret | None:
        """Returns the live derivation secret of this name, or None."""
        return _live(self.derivation_secrets, key_id)

    def derivation_at(self, instant: datetime) -> RingSecret:
        """Returns the derivation secret that was active at an instant of late.

        Every worker returns the same, whether or not it knows already of a change
        that came after that instant. Of secrets that are gone nobody knows; then it
        is the first that came after them.
        """
        ended_later = [
            entry
            for entry in self.derivation_secrets
            if entry.state is KeyState.RETIRING and entry.since > instant
        ]
        if not ended_later:
            return self.current_derivation
        return min(ended_later, key=lambda entry: (entry.since, entry.key_id))

    @property
    def current_sealing(self) -> RingSecret:
        """The sealing key of values that are sealed now."""
        return _active(self.sealing_keys)

    def sealing_key(self, key_id: str) -> RingSecret | None:
        """Returns the live sealing key of this name, or None."""
        return _live(self.sealing_keys, key_id)

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


def _active(entries: tuple[RingSecret, ...]) -> RingSecret:
    return next(entry for entry in entries if entry.state is KeyState.ACTIVE)


def _live(entries: tuple[RingSecret, ...], key_id: str) -> RingSecret | None:
    return next(
        (
            entry
            for entry in entries
            if entry.key_id == key_id and entry.state in LIVE_STATES
        ),
        None,
    )


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
