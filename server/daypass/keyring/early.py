"""Changes of a ring ahead of its schedule: a key is revoked, or rotated by hand.

Each is made of the steps of the schedule, so that what comes of it is a ring that the
schedule goes on with.

SPEC: sts-operations 6.4; design 7; attacks V01; decisions 0029 and 0078.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from daypass.core import key_limits
from daypass.core.ports import Entropy
from daypass.keyring.errors import RingChangeError, RingLeadError
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import (
    Purpose,
    RotationRules,
    Slot,
    Step,
    StepKind,
    perform,
)


@dataclass(frozen=True, slots=True)
class Described:
    """A key of the ring, without any of its secrets.

    Attributes:
        name: its name.
        slot: what it is for.
        state: where it stands.
        since: since when it stands there.
    """

    name: str
    slot: Slot
    state: KeyState
    since: datetime


def described(ring: Ring) -> Iterator[Described]:
    """Yields every key of a ring, slot by slot."""
    for key in ring.keys:
        slot = Slot(Purpose.SIGNING, key.key.algorithm)
        yield Described(key.name, slot, key.state, key.since)
    for purpose, secrets in (
        (Purpose.DERIVATION, ring.derivation_secrets),
        (Purpose.SEALING, ring.sealing_keys),
    ):
        for secret in secrets:
            yield Described(secret.name, Slot(purpose), secret.state, secret.since)


def revoke_key(ring: Ring, name: str, *, now: datetime, entropy: Entropy) -> Ring:
    """Returns the ring without a key; if it was active, the next one is at once.

    The next one is the one that is prepared, or a new one where none is. A derivation
    secret that was in use stays as retired, since when it was active no more: it
    serves nothing, and says under which names sessions were issued before.

    Raises:
        RingChangeError: the ring has no such key.
    """
    found = next((each for each in described(ring) if each.name == name), None)
    if found is None:
        raise RingChangeError("there is no such key")
    if found.state is KeyState.RETIRED:
        return ring
    if found.state is KeyState.ACTIVE:
        ring = _activated(ring, found.slot, now=now, entropy=entropy)
    in_use = found.state is not KeyState.PREPARED
    # NOTE: a ring that is full gives the name up and not the revocation.
    full = sum(1 for _ in described(ring)) >= key_limits.RING_KEYS_MAX
    if found.slot.purpose is Purpose.DERIVATION and in_use and not full:
        return _retired(ring, name)
    step = Step(StepKind.RETIRE, found.slot, name, now)
    return perform(ring, step, now=now, entropy=entropy)


def _retired(ring: Ring, name: str) -> Ring:
    """Returns the ring with a derivation secret that only names from now on."""
    secrets = tuple(
        replace(each, state=KeyState.RETIRED) if each.name == name else each
        for each in ring.derivation_secrets
    )
    return replace(ring, version=ring.version + 1, derivation_secrets=secrets)


def rotate_early(
    ring: Ring,
    slot: Slot,
    rules: RotationRules,
    *,
    now: datetime,
    entropy: Entropy,
    emergency: bool = False,
) -> Ring:
    """Returns the ring after the next step towards another active key of a slot.

    Where no key is prepared, one is. Where one has been for the whole lead, it is
    activated. In an emergency the two are done at once and no lead is waited for:
    verifiers that keep a key set may refuse what the new key signs.

    Raises:
        RingLeadError: the lead has not passed.
        RingChangeError: the slot is empty.
    """
    prepared = _prepared(ring, slot)
    if emergency:
        _check_used(ring, slot)
        return _activated(ring, slot, now=now, entropy=entropy)
    if prepared is None:
        _check_used(ring, slot)
        return _prepare(ring, slot, now=now, entropy=entropy)
    waiting = prepared.since + rules.lead - now
    if waiting > timedelta(0):
        seconds = -(-waiting // timedelta(seconds=1))
        raise RingLeadError(
            "the next key was published a moment ago, and verifiers may not have it"
            f" yet: try again in {seconds} s",
            ready_time=prepared.since + rules.lead,
        )
    return _activated(ring, slot, now=now, entropy=entropy)


def _activated(ring: Ring, slot: Slot, *, now: datetime, entropy: Entropy) -> Ring:
    """Activates the prepared key of a slot, which is made where there is none."""
    if _prepared(ring, slot) is None:
        ring = _prepare(ring, slot, now=now, entropy=entropy)
    prepared = _prepared(ring, slot)
    assert prepared is not None
    step = Step(StepKind.ACTIVATE, slot, prepared.name, now)
    return perform(ring, step, now=now, entropy=entropy)


def _prepare(ring: Ring, slot: Slot, *, now: datetime, entropy: Entropy) -> Ring:
    step = Step(StepKind.PREPARE, slot, None, now)
    return perform(ring, step, now=now, entropy=entropy)


def _prepared(ring: Ring, slot: Slot) -> Described | None:
    waiting = [
        each
        for each in described(ring)
        if each.slot == slot and each.state is KeyState.PREPARED
    ]
    return min(waiting, key=lambda each: each.since, default=None)


def _check_used(ring: Ring, slot: Slot) -> None:
    if all(each.slot != slot for each in described(ring)):
        raise RingChangeError("the ring has no keys of that kind")
