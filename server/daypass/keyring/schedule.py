"""When keys change their state: a question about a ring and a time, and its answer.

`next_step` says what is due and `perform` does it to a ring, which gives another
ring. Neither waits, stores or tells anybody: that is the rotator's part. A key is
published for the whole lead before it signs, and verifies for the whole keep after
it has signed for the last time; then it leaves the ring with its private half.
Derivation secrets and sealing keys go the same way.

SPEC: design 7; sts-operations 6.4; reliability, promise 3; attacks J56.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from daypass.core import key_limits
from daypass.core.clock import whole_second
from daypass.core.ports import Entropy
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring_key, new_ring_secret
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring, RingKey, RingSecret


class Purpose(StrEnum):
    """What a key of the ring is for; none serves two."""

    SIGNING = "signing"
    DERIVATION = "derivation"
    SEALING = "sealing"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in the ring in which one key after another is active.

    `algorithm` is that of signing keys, and None for the others.
    """

    purpose: Purpose
    algorithm: Algorithm | None = None


class StepKind(StrEnum):
    """What may be due; the values are what logs and audit records say."""

    # Draw the next key and publish it.
    PREPARE = "prepare"
    # Let the next key sign; the one before it verifies from then on.
    ACTIVATE = "activate"
    # Remove a key that has nothing left to vouch for.
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Step:
    """A change of one key.

    Attributes:
        kind: which change.
        slot: where.
        name: the key that changes; None for one that is still to be drawn.
        due: from when on.
    """

    kind: StepKind
    slot: Slot
    name: str | None
    due: datetime


@dataclass(frozen=True, slots=True)
class RotationRules:
    """How long a key spends in each state.

    Attributes:
        period: from one activation to the next.
        lead: how long a key is published before it is active. It is longer than
            verifiers and workers go on with a key set that they have.
        keep: how long a key verifies after its last signature. It is longer than
            anything lives that it has signed.

    Raises:
        ValueError: a span is not positive, or the lead is longer than the period.
    """

    period: timedelta
    lead: timedelta
    keep: timedelta

    def __post_init__(self) -> None:
        """Checks that the spans fit together."""
        if min(self.period, self.lead, self.keep) <= timedelta():
            raise ValueError("the spans of a rotation are positive")
        if self.lead > self.period:
            raise ValueError("a key cannot be published before the one before it")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key, whatever it is for: its name, its state, and since when."""

    name: str
    state: KeyState
    since: datetime


# Where several steps are due at once, a key is let in before another is let go.
_ORDER: Final = tuple(StepKind)


def next_step(ring: Ring, now: datetime, rules: RotationRules) -> Step | None:
    """Returns the step that is due for the longest time, or None where none is.

    A ring that is full gets no further key before another one has gone.
    """
    step = _first(ring, rules)
    return step if step is not None and step.due <= now else None


def next_due(ring: Ring, rules: RotationRules) -> datetime | None:
    """Returns when the next step will be due, or None where none ever is."""
    step = _first(ring, rules)
    return step.due if step is not None else None


def perform(ring: Ring, step: Step, *, now: datetime, entropy: Entropy) -> Ring:
    """Returns the ring after a step, one version later.

    Args:
        ring: the ring that the step was found in.
        step: as `next_step` returned it.
        now: dates the new state. A key that was activated by a clock that is ahead of
            it ends when it began, so that keys of a slot end in their order.
        entropy: draws a key that is to be prepared.
    """
    since = whole_second(now)
    if step.kind is StepKind.ACTIVATE:
        entries = _slots(ring)[step.slot]
        active = [each.since for each in entries if each.state is KeyState.ACTIVE]
        since = max([since, *active])
    if step.slot.purpose is Purpose.SIGNING:
        keys = _changed_keys(ring.keys, step, since, entropy)
        return replace(ring, version=ring.version + 1, keys=keys)
    if step.slot.purpose is Purpose.DERIVATION:
        secrets = _changed_secrets(ring.derivation_secrets, step, since, entropy)
        return replace(ring, version=ring.version + 1, derivation_secrets=secrets)
    secrets = _changed_secrets(ring.sealing_keys, step, since, entropy)
    return replace(ring, version=ring.version + 1, sealing_keys=secrets)


def _first(ring: Ring, rules: RotationRules) -> Step | None:
    slots = _slots(ring)
    full = sum(map(len, slots.values())) >= key_limits.RING_KEYS_MAX
    steps = (
        step
        for slot, entries in slots.items()
        for step in _steps(slot, entries, rules)
        if not (full and step.kind is StepKind.PREPARE)
    )
    return min(
        steps, key=lambda step: (step.due, _ORDER.index(step.kind)), default=None
    )


def _steps(slot: Slot, entries: list[_Entry], rules: RotationRules) -> Iterator[Step]:
    """Yields what will be due in a slot, each with its time."""
    by_state = {
        state: [each for each in entries if each.state is state] for state in KeyState
    }
    active = next(iter(by_state[KeyState.ACTIVE]), None)
    prepared = min(by_state[KeyState.PREPARED], key=_since, default=None)
    if prepared is not None:
        # A slot that has no active key yet waits for its lead alone.
        due = prepared.since + rules.lead
        if active is not None:
            due = max(due, active.since + rules.period)
        yield Step(StepKind.ACTIVATE, slot, prepared.name, due)
    elif active is not None:
        due = active.since + rules.period - rules.lead
        yield Step(StepKind.PREPARE, slot, None, due)
    for entry in by_state[KeyState.RETIRING]:
        yield Step(StepKind.RETIRE, slot, entry.name, entry.since + rules.keep)
    # A derivation secret that was revoked names what was issued before (decision 0078).
    keep = rules.keep if slot.purpose is Purpose.DERIVATION else timedelta()
    for entry in by_state[KeyState.RETIRED]:
        yield Step(StepKind.RETIRE, slot, entry.name, entry.since + keep)


def _since(entry: _Entry) -> datetime:
    return entry.since


def _slots(ring: Ring) -> dict[Slot, list[_Entry]]:
    slots: dict[Slot, list[_Entry]] = {}
    for key in ring.keys:
        slot = Slot(Purpose.SIGNING, key.key.algorithm)
        entry = _Entry(key.key.kid, key.state, key.since)
        slots.setdefault(slot, []).append(entry)
    for purpose, secrets in (
        (Purpose.DERIVATION, ring.derivation_secrets),
        (Purpose.SEALING, ring.sealing_keys),
    ):
        slots[Slot(purpose)] = [
            _Entry(each.key_id, each.state, each.since) for each in secrets
        ]
    return slots


def _new_state(
    entry_state: KeyState, *, is_named: bool, in_slot: bool, kind: StepKind
) -> KeyState | None:
    """Returns the state that an entry has after a step; None where it is removed."""
    if kind is StepKind.RETIRE:
        return None if is_named else entry_state
    if kind is StepKind.ACTIVATE and is_named:
        return KeyState.ACTIVE
    if kind is StepKind.ACTIVATE and in_slot and entry_state is KeyState.ACTIVE:
        return KeyState.RETIRING
    return entry_state


def _changed_keys(
    keys: tuple[RingKey, ...], step: Step, since: datetime, entropy: Entropy
) -> tuple[RingKey, ...]:
    changed: list[RingKey] = []
    for entry in keys:
        state = _new_state(
            entry.state,
            is_named=entry.key.kid == step.name,
            in_slot=entry.key.algorithm is step.slot.algorithm,
            kind=step.kind,
        )
        if state is entry.state:
            changed.append(entry)
        elif state is not None:
            changed.append(RingKey(entry.key, state, since))
    if step.kind is StepKind.PREPARE and step.slot.algorithm is not None:
        state = KeyState.PREPARED
        changed.append(new_ring_key(step.slot.algorithm, entropy, since, state=state))
    return tuple(changed)


def _changed_secrets(
    secrets: tuple[RingSecret, ...], step: Step, since: datetime, entropy: Entropy
) -> tuple[RingSecret, ...]:
    changed: list[RingSecret] = []
    for entry in secrets:
        state = _new_state(
            entry.state,
            is_named=entry.key_id == step.name,
            in_slot=True,
            kind=step.kind,
        )
        if state is entry.state:
            changed.append(entry)
        elif state is not None:
            changed.append(replace(entry, state=state, since=since))
    if step.kind is StepKind.PREPARE:
        changed.append(new_ring_secret(entropy, since, state=KeyState.PREPARED))
    return tuple(changed)
