"""The lines of the audit file."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.audit_lines import ChainEnd, LineMaker
from daypass.core import limits
from daypass.core.audit_limits import AUDIT_FORM_CHARACTERS_MAX, AUDIT_FORMS_MAX
from daypass.core.ports import AuditRecord
from support.records import audit_record

EAST = timezone(timedelta(hours=9))

texts = st.text(max_size=6) | st.sampled_from(["allowed", "\ud800", '"\\\n\x7f'])
optional_texts = st.none() | texts
records = st.builds(
    AuditRecord,
    time=st.datetimes(timezones=st.sampled_from([UTC, EAST])),
    request_id=st.sampled_from(["one", "two"]),
    decision_id=st.sampled_from(["one", "two", "one.1"]),
    operation=texts,
    caller_arn=optional_texts,
    caller_access_key_id=optional_texts,
    source_address=optional_texts,
    outcome=st.sampled_from(["allowed", "refused"]),
    reason=texts,
    detail=texts,
    resource=texts,
    decided_by=texts,
    issued_access_key_id=optional_texts,
    attributes=st.dictionaries(texts, texts, max_size=3).map(
        lambda found: tuple(found.items())
    ),
)


def dumped(record: AuditRecord, end: ChainEnd) -> bytes:
    """Returns a line as the standard library writes it."""
    members = {each.name: getattr(record, each.name) for each in fields(record)}
    members["time"] = record.time.astimezone(UTC).isoformat(timespec="microseconds")
    members["attributes"] = dict(record.attributes)
    whole = {"sequence": end.count + 1, "previous": end.last_hash, **members}
    return json.dumps(whole, separators=(",", ":")).encode("ascii")


@given(st.lists(records, max_size=4))
def test_lines_are_those_of_json(found: list[AuditRecord]) -> None:
    """Lines are what the library writes, whether they were there before or not."""
    maker, begun, expected = LineMaker(), ChainEnd(), b""
    end = begun
    for record in [*found, *found]:
        body = dumped(record, end)
        expected += body + b"\n"
        end = ChainEnd(end.count + 1, hashlib.sha256(body).hexdigest())

    first, middle = maker.encode(found, begun)
    second, last = maker.encode(found, middle)

    assert expected == first + second
    assert end == last


def test_no_record_is_no_line() -> None:
    """Without a record nothing is written, and the chain ends where it did."""
    end = ChainEnd(7, "ab")

    assert (b"", end) == LineMaker().encode([], end)


@pytest.mark.parametrize("outcome", ["allowed", "refused"])
def test_grants_alone_are_remembered(outcome: str) -> None:
    """What is refused may be anything, and stays nowhere."""
    maker = LineMaker()

    maker.encode([replace(audit_record(), outcome=outcome)] * 2, ChainEnd())

    assert (outcome == "allowed") == len(maker)


def test_forms_are_bounded() -> None:
    """Past the bound all are forgotten, and the lines are the same."""
    maker = LineMaker()
    many = [audit_record(resource=str(each)) for each in range(AUDIT_FORMS_MAX + 1)]

    data, _ = maker.encode([*many, many[0]], ChainEnd())

    assert 2 == len(maker)
    lines = data.splitlines()
    assert ["0", "0"] == [json.loads(lines[each])["resource"] for each in (0, -1)]


def test_long_forms_are_not_remembered() -> None:
    """A line that is unusually long is made anew each time."""
    maker = LineMaker()
    long = audit_record(resource="x" * AUDIT_FORM_CHARACTERS_MAX)

    maker.encode([long, long], ChainEnd())

    assert 0 == len(maker)


@pytest.mark.parametrize("count", [2, limits.AUDIT_ATTRIBUTES_MAX + 2])
def test_attributes_are_bounded(count: int) -> None:
    """Attributes past the bound are counted and not shown."""
    attributes = tuple((f"name-{each}", "value") for each in range(count))
    data, _ = LineMaker().encode(
        [replace(audit_record(), attributes=attributes)], ChainEnd()
    )

    shown = json.loads(data)["attributes"]

    most = limits.AUDIT_ATTRIBUTES_MAX
    expected = dict(attributes[:most])
    if count > most:
        expected["more"] = str(count - most)
    assert expected == shown


def test_time_is_in_utc() -> None:
    """A time of another zone is written as the same instant in UTC."""
    record = replace(audit_record(), time=datetime(2026, 1, 2, 9, tzinfo=EAST))

    data, _ = LineMaker().encode([record], ChainEnd())

    assert "2026-01-02T00:00:00.000000+00:00" == json.loads(data)["time"]
