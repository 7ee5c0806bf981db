"""Packed records of denials, and the memory that keeps them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.memory import MemoryDecisionStore
from daypass.adapters.record_codec import (
    CorruptRecordError,
    decode_decision,
    encode_decision,
)
from daypass.core import limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import StoreUnavailableError
from support.decisions import decision_record
from support.world import START

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
RECORDS = st.builds(
    DecisionRecord,
    decision_id=TEXT,
    decide_time=st.just(START),
    expire_time=st.just(START + timedelta(hours=1)),
    operation=TEXT,
    caller_arn=TEXT,
    caller_account_id=TEXT,
    resource_account_id=TEXT,
    reason=TEXT,
    caller_view=TEXT,
    resource_view=TEXT,
)
MEMBERS = 11


@given(packed=st.binary(max_size=200))
def test_noise_is_corrupt(packed: bytes) -> None:
    """No noise is taken for a record, and none breaks the reader."""
    with pytest.raises(CorruptRecordError):
        decode_decision(packed)


@pytest.mark.parametrize("index", range(MEMBERS))
@pytest.mark.parametrize("value", [True, {}, [], 1e9])
def test_wrong_member_is_corrupt(index: int, value: object) -> None:
    """A member of another kind makes a record corrupt."""
    members = json.loads(encode_decision(decision_record(now=START)))
    members[index] = value

    with pytest.raises(CorruptRecordError):
        decode_decision(json.dumps(members).encode())


@pytest.mark.parametrize("count", [-1, 1])
def test_wrong_length_is_corrupt(count: int) -> None:
    """A record with a member more or less is corrupt."""
    members = json.loads(encode_decision(decision_record(now=START)))
    changed = members[:count] if count < 0 else [*members, "more"]

    with pytest.raises(CorruptRecordError):
        decode_decision(json.dumps(changed).encode())


@given(record=RECORDS)
def test_round_trip(record: DecisionRecord) -> None:
    """Every record comes back as it was packed."""
    assert record == decode_decision(encode_decision(record))


def test_largest_record_fits_the_store() -> None:
    """A record with both views at their longest is one that the store reads."""
    view = "x" * limits.EXPLANATION_BYTES_MAX
    text = "\N{KEY}" * limits.ARN_CHARACTERS_MAX
    record = DecisionRecord(
        decision_id="d" * limits.DECISION_ID_CHARACTERS_MAX,
        decide_time=START,
        expire_time=START,
        operation="DecodeAuthorizationMessage",
        caller_arn="a" * limits.ARN_CHARACTERS_MAX,
        caller_account_id="1" * 12,
        resource_account_id="2" * 12,
        reason=text,
        caller_view=view,
        resource_view=view[:-1],
    )

    assert record == decode_decision(encode_decision(record))


async def test_memory_is_bounded() -> None:
    """Past the bound the oldest record goes, and no other."""
    store = MemoryDecisionStore()
    for number in range(limits.MEMORY_DECISIONS_MAX + 1):
        await store.put(decision_record(number, now=START))

    assert limits.MEMORY_DECISIONS_MAX == len(store)
    assert await store.get("decision-0", now=START) is None
    assert await store.get("decision-1", now=START) is not None


async def test_memory_drops_expired() -> None:
    """Expired records go when another one comes."""
    store = MemoryDecisionStore()
    hour = timedelta(hours=1)
    await store.put(decision_record(1, now=START, lasts=hour))

    await store.put(decision_record(2, now=START + hour, lasts=hour))

    assert 1 == len(store)


async def test_memory_meets_faults() -> None:
    """A fault that a test queues is met by the next call that it fits."""
    store = MemoryDecisionStore()
    store.fail_next(StoreUnavailableError(), method="get")
    await store.put(decision_record(now=START))

    with pytest.raises(StoreUnavailableError):
        await store.get("decision-0", now=START)
