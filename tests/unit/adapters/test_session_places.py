"""Places of sessions in memory, which are given some at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.record_codec import microseconds
from daypass.adapters.session_cursor import Position
from daypass.adapters.session_places import SessionPlaces
from daypass.core.ports import SessionFilter
from daypass.core.session import CallBinding, SessionRecord
from support.records import session_record

START = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = Position(0, "")
ALL = 1_000
ACCOUNTS = ("111122223333", "444455556666")
PRINCIPALS = ("AROA1", "AROA2")

MINUTES = st.integers(0, 4)
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("add"),
            st.sampled_from(ACCOUNTS),
            st.sampled_from(PRINCIPALS),
            MINUTES,
            MINUTES,
        ),
        st.tuples(st.just("remove"), MINUTES),
        st.tuples(st.just("pass"), MINUTES),
        st.tuples(st.just("read"), MINUTES),
    ),
    max_size=30,
)


def record(
    number: int, account: str, principal: str, ends: int, kept: int
) -> SessionRecord:
    """Returns a record that ends, and is kept at least, for so many minutes."""
    made = session_record(
        number,
        now=START,
        lasts=timedelta(minutes=ends),
        account_id=account,
        principal_id=principal,
    )
    binding = CallBinding("call", "mint", "token", START + timedelta(minutes=kept))
    return replace(made, binding=binding)


def listed(places: SessionPlaces, account: str, principal: str | None) -> list[str]:
    """Returns the ids of a list."""
    found = places.after(SessionFilter(account, principal), BEFORE, ALL)
    return [place.access_key_id for place in found]


def expected(
    records: dict[str, SessionRecord], account: str, principal: str | None
) -> set[str]:
    """Returns the ids that belong to a list."""
    return {
        name
        for name, each in records.items()
        if each.account_id == account and principal in (None, each.principal_id)
    }


@given(STEPS)
def test_places_follow_the_records(steps: list[tuple[str, ...]]) -> None:
    """Whoever is added, removed and passed, each list has its own, in their order."""
    records: dict[str, SessionRecord] = {}
    places = SessionPlaces(records)
    present = START
    for number, (step, *facts) in enumerate(steps):
        if step == "add":
            made = record(number, *facts)  # type: ignore[arg-type]
            records[made.access_key_id] = made
            places.add(made)
        elif step == "remove" and records:
            name = sorted(records)[int(facts[0]) % len(records)]
            places.remove(records[name])
            del records[name]
        elif step == "pass":
            present = max(present, START + timedelta(minutes=int(facts[0])))
            over = {n for n, each in records.items() if each.keep_until <= present}
            assert over == set(places.pass_until(microseconds(present)))
            for name in over:
                del records[name]

    for account in ACCOUNTS:
        for principal in (None, *PRINCIPALS):
            names = listed(places, account, principal)
            live = {n for n in names if records[n].expire_time > present}
            ends = [(records[n].expire_time, n) for n in names]
            wanted = expected(records, account, principal)
            assert sorted(ends) == ends
            assert {n for n in wanted if records[n].expire_time > present} == live


def test_many_are_placed_as_they_come() -> None:
    """However many come before somebody asks, all of them have their places."""
    records: dict[str, SessionRecord] = {}
    places = SessionPlaces(records)
    for number in range(ALL):
        made = record(number, ACCOUNTS[0], PRINCIPALS[number % 2], 1, 2)
        records[made.access_key_id] = made
        places.add(made)

    assert sorted(records) == listed(places, ACCOUNTS[0], None)
    assert len(places._came) < ALL


def test_nothing_is_left_of_what_has_passed() -> None:
    """A list without places is no list any more."""
    made = record(1, ACCOUNTS[0], PRINCIPALS[0], 1, 2)
    places = SessionPlaces({made.access_key_id: made})
    places.add(made)

    gone = places.pass_until(microseconds(made.keep_until))

    assert [made.access_key_id] == gone
    assert not places._lists
