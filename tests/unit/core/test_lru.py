"""The bounded memory forgets what was not used for longest."""

from __future__ import annotations

from daypass.core.lru import LruCache


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
