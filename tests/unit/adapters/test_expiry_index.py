"""Places in the order in which sessions expire."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daypass.adapters.expiry_index import ExpiryIndex
from daypass.adapters.session_cursor import Position

PLACES = st.builds(Position, st.integers(0, 4), st.sampled_from("abcdef"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), PLACES),
        st.tuples(st.just("remove"), PLACES),
        st.tuples(st.just("until"), PLACES),
        st.tuples(st.just("read"), PLACES),
    ),
    max_size=40,
)


def index_of(*places: Position) -> ExpiryIndex:
    """Returns an index with some places."""
    index = ExpiryIndex()
    for rank, name in places:
        index.add(rank, name)
    return index


@given(STEPS)
def test_places_are_in_order(steps: list[tuple[str, Position]]) -> None:
    """Whatever is added, removed and read, an index is a sorted list."""
    index, known = ExpiryIndex(), set[Position]()

    for step, place in steps:
        if step == "add" and place not in known:
            index.add(*place)
            known.add(place)
        elif step == "remove":
            index.remove(*place)
            known.discard(place)
        elif step == "until":
            passed = sorted(each for each in known if each.rank <= place.rank)
            assert [name for _, name in passed] == index.remove_until(place.rank)
            known.difference_update(passed)
        for count in (1, 3, 100):
            behind = sorted(each for each in known if each > place)
            assert behind[:count] == index.after(place, count)
        assert (len(known), bool(known)) == (len(index), bool(index))


def test_removing_what_is_not_there_changes_nothing() -> None:
    """Neither another rank nor another id of the same rank is removed."""
    index = index_of(Position(1, "a"))

    index.remove(1, "b")
    index.remove(2, "a")

    assert [Position(1, "a")] == index.after(Position(0, ""), 10)
