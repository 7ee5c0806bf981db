"""Bounded memories forget what was not used for longest, or what came first."""

from __future__ import annotations

from daypass.core.lru import LatestCache, LruCache, SnapshotCache


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


def test_first_to_come_goes_first() -> None:
    """What was used since is forgotten no later, and what came again is."""
    cache = LatestCache[str, int](size_max=2)
    for key in "aba":
        cache.put(key, ord(key))
    cache.get("b")

    cache.put("c", 3)

    assert [cache.get(key) for key in "abc"] == [ord("a"), None, 3]
    assert len(cache) == 2


def test_latest_is_cleared() -> None:
    """What is cleared is forgotten, and there is all the room again."""
    cache = LatestCache[str, int](size_max=1)
    cache.put("a", 1)

    cache.clear()
    cache.put("b", 2)

    assert [cache.get(key) for key in "ab"] == [None, 2]


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
