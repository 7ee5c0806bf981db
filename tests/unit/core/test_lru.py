"""The bounded memory forgets what was not used for longest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daypass.core.lru import LruCache, SnapshotCache

KEYS = st.integers(0, 24)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), KEYS, st.integers(0, 4)),
        st.tuples(st.just("get"), KEYS, st.just(0)),
    ),
    max_size=120,
)
Steps = list[tuple[str, int, int]]


def walk(cache: LruCache[int, int], steps: Steps) -> tuple[dict[int, int], list[int]]:
    """Takes steps, and returns the last value of each key and keys by their last use.

    What is found on the way is the last value that was put.
    """
    values: dict[int, int] = {}
    used: list[int] = []
    for value, (step, key, weight) in enumerate(steps):
        if step == "put":
            cache.put(key, value, weight=weight)
            values[key] = value
        elif (found := cache.get(key)) is None:
            continue
        else:
            assert values[key] == found
        if key in used:
            used.remove(key)
        used.append(key)
    return values, used


@given(STEPS, st.integers(1, 20))
def test_what_was_used_last_is_kept(steps: Steps, size: int) -> None:
    """No more is kept than may be, and what was used last is half of it at least."""
    cache = LruCache[int, int](size_max=size)
    steps = [(step, key, 0) for step, key, _ in steps]

    values, used = walk(cache, steps)

    assert len(cache) <= size
    kept = used[-((size + 1) // 2) :]
    assert [values[key] for key in kept] == [cache.get(key) for key in kept]


@given(STEPS, st.integers(1, 20), st.integers(0, 12))
def test_weights_have_their_bound(steps: Steps, size: int, most: int) -> None:
    """Whatever is put, replaced and used, what is kept weighs no more than it may."""
    cache = LruCache[int, int](size_max=size, weight_max=most)

    values, _ = walk(cache, steps)

    weights = {key: weight for step, key, weight in steps if step == "put"}
    kept = [key for key in values if cache.get(key) is not None]
    assert len(kept) == len(cache) <= size
    assert sum(weights[key] for key in kept) <= most


def test_unknown_key_is_none() -> None:
    """What was never remembered is not there."""
    assert LruCache[str, int](size_max=1).get("a") is None


def test_size_is_bounded() -> None:
    """The entry that makes one too many puts the oldest out."""
    cache = LruCache[str, int](size_max=2)

    for value, key in enumerate("abc"):
        cache.put(key, value)

    assert [cache.get(key) for key in "abc"] == [None, 1, 2]
    assert len(cache) == 2


def test_few_are_forgotten_at_once() -> None:
    """A large memory that is full forgets 512 at once at the most."""
    memory: LruCache[int, int] = LruCache(size_max=8_192)

    for number in range(3 * 8_192):
        memory.put(number, number)

        assert number < 8_192 or len(memory) >= 8_192 - 512


def test_use_keeps_an_entry() -> None:
    """An entry that was looked up is younger than one that was not."""
    cache = LruCache[str, int](size_max=2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")

    cache.put("c", 3)

    assert [cache.get(key) for key in "abc"] == [1, None, 3]


def test_new_value_replaces_the_old() -> None:
    """A key has one value, the last."""
    cache = LruCache[str, int](size_max=2)
    cache.put("a", 1)

    cache.put("a", 2)

    assert cache.get("a") == 2
    assert len(cache) == 1


def test_weight_is_bounded() -> None:
    """Entries weigh as much as the bound together, and not more."""
    cache = LruCache[str, int](size_max=9, weight_max=10)

    for value, (key, weight) in enumerate([("a", 5), ("b", 5), ("c", 6)]):
        cache.put(key, value, weight=weight)

    assert [None, None, 2] == [cache.get(key) for key in "abc"]


def test_weight_at_its_bound() -> None:
    """What weighs exactly as much as the bound is kept."""
    cache = LruCache[str, int](size_max=9, weight_max=10)

    cache.put("a", 1, weight=4)
    cache.put("b", 2, weight=6)

    assert [1, 2] == [cache.get(key) for key in "ab"]


def test_new_value_has_its_own_weight() -> None:
    """A value that replaces another takes its weight away."""
    cache = LruCache[str, int](size_max=9, weight_max=10)
    cache.put("a", 1, weight=9)

    cache.put("a", 2, weight=1)
    cache.put("b", 3, weight=9)

    assert [2, 3] == [cache.get(key) for key in "ab"]


def test_forgotten_weight_is_free() -> None:
    """What is forgotten for its number does not weigh any more."""
    cache = LruCache[str, int](size_max=1, weight_max=10)
    cache.put("a", 1, weight=10)
    cache.put("b", 2, weight=1)

    cache.put("c", 3, weight=10)

    assert [None, None, 3] == [cache.get(key) for key in "abc"]


def test_too_heavy_is_not_kept() -> None:
    """What alone weighs more than the bound is not remembered."""
    cache = LruCache[str, int](size_max=9, weight_max=10)

    cache.put("a", 1, weight=11)

    assert cache.get("a") is None


def test_cleared_memory_has_all_its_room() -> None:
    """What is cleared is forgotten, and its weight with it."""
    cache = LruCache[str, int](size_max=9, weight_max=3)
    cache.put("a", 1, weight=3)

    cache.clear()
    cache.put("b", 2, weight=3)

    assert [cache.get(key) for key in "ab"] == [None, 2]
    assert len(cache) == 1


def test_nothing_of_another_snapshot_is_found() -> None:
    """An entry is of one snapshot, and of none that is merely equal to it."""
    cache = SnapshotCache[str, int](size_max=9, weight_max=3)
    first, second = ["a"], ["a"]
    cache.keep("x", 1, first, weight=3)

    assert cache.find("x", second) is None
    assert cache.find("x", first) == 1


def test_another_snapshot_takes_all_the_room() -> None:
    """What is kept of a snapshot ends what was kept of the one before."""
    cache = SnapshotCache[str, int](size_max=9, weight_max=3)
    first, second = ["a"], ["a"]
    cache.keep("x", 1, first, weight=3)

    cache.keep("y", 2, second, weight=3)

    assert cache.find("y", second) == 2
    assert cache.find("x", second) is None
    assert cache.find("x", first) is None
    assert len(cache) == 1


def test_entries_of_one_snapshot_stay_together() -> None:
    """What is kept of a snapshot leaves there what was kept of it before."""
    cache = SnapshotCache[str, int](size_max=9)
    snapshot = ["a"]

    cache.keep("x", 1, snapshot)
    cache.keep("y", 2, snapshot)

    assert [1, 2] == [cache.find(key, snapshot) for key in "xy"]
