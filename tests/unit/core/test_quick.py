"""Frozen dataclasses that are made quickly, and are the same otherwise."""

from __future__ import annotations

import inspect
from dataclasses import FrozenInstanceError, dataclass, field, replace
from typing import Any

import pytest

from daypass.core.quick import quick_init


@dataclass(frozen=True, slots=True)
class Slow:
    """Every kind of field."""

    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    fourth: int = field(init=False)
    fifth: list[int] = field(init=False, default_factory=list)
    sixth: bool = field(default=False, kw_only=True)
    seventh: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Sets what is made of the others."""
        object.__setattr__(self, "fourth", self.first + 1)


@quick_init
@dataclass(frozen=True, slots=True)
class Quick:
    """The same."""

    first: int
    second: str = "two"
    third: list[int] = field(default_factory=list)
    fourth: int = field(init=False)
    fifth: list[int] = field(init=False, default_factory=list)
    sixth: bool = field(default=False, kw_only=True)
    seventh: str | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Sets what is made of the others."""
        object.__setattr__(self, "fourth", self.first + 1)


CALLS: tuple[tuple[tuple[Any, ...], dict[str, Any]], ...] = (
    ((1,), {}),
    ((1, "2"), {}),
    ((1, "2", [3]), {"sixth": True}),
    ((), {"first": 1, "third": [3]}),
    ((), {}),
    ((1, "2", [3], 4), {}),
    ((1,), {"unknown": 1}),
    ((1,), {"first": 1}),
)


@pytest.mark.parametrize(("words", "named"), CALLS)
def test_made_as_before(words: tuple[Any, ...], named: dict[str, Any]) -> None:
    """The same arguments make the same object, or are refused."""
    try:
        expected = repr(Slow(*words, **named)).replace("Slow", "Quick")
    except TypeError:
        expected = None

    if expected is None:
        with pytest.raises(TypeError):
            Quick(*words, **named)
    else:
        assert expected == repr(Quick(*words, **named))


def test_parameters_are_those_of_before() -> None:
    """The names and kinds of parameters are the same."""
    quick, slow = inspect.signature(Quick), inspect.signature(Slow)

    assert [(each.name, each.kind) for each in slow.parameters.values()] == [
        (each.name, each.kind) for each in quick.parameters.values()
    ]


@quick_init
@dataclass(frozen=True, slots=True)
class Small:
    """As few fields as are set through their slots."""

    first: int
    second: list[int] = field(default_factory=list)
    third: list[int] = field(init=False, default_factory=list)


def test_is_of_its_own_class() -> None:
    """What was made is of the class, and has nothing of what it was meanwhile."""
    made = Quick(1)

    assert type(made) is Quick
    assert (1, "two", [], 2, [], False, None) == tuple(
        getattr(made, each) for each in Quick.__slots__
    )


def test_subclass_is_refused() -> None:
    """What makes objects of its own class has no subclass; a class of few may."""
    with pytest.raises(TypeError, match="no subclass"):
        type("Derived", (Quick,), {"__slots__": ()})

    derived = type("Derived", (Small,), {"__slots__": ()})
    assert type(derived(1, [2])) is derived


def test_small_one_is_made_too() -> None:
    """A class of few fields has all of them."""
    made = Small(1, [2])

    assert (1, [2], []) == (made.first, made.second, made.third)
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]


def test_failed_default_leaves_nothing_open() -> None:
    """A factory that fails lets nobody have an object that is not frozen."""
    seen: list[object] = []

    def fail() -> int:
        raise KeyError("factory")

    @quick_init
    @dataclass(frozen=True, slots=True)
    class Failing:
        first: int
        second: int
        third: int
        fourth: int
        fifth: int = field(default_factory=fail)

    with pytest.raises(KeyError, match="factory"):
        seen.append(Failing(1, 2, 3, 4))
    assert [] == seen


def test_stays_frozen() -> None:
    """Fields cannot be set, and the rest of a dataclass works."""
    made = Quick(1)

    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]
    assert made == replace(made, second="two")
    assert 5 == replace(made, first=4).fourth


def test_factories_make_anew() -> None:
    """Each object has its own of what a factory makes."""
    assert Quick(1).third is not Quick(1).third
    assert Quick(1).fifth is not Quick(1).fifth


@pytest.mark.parametrize(
    "made",
    [int, dataclass(type("A", (), {})), dataclass(frozen=True)(type("B", (), {}))],
)
def test_other_classes_are_refused(made: type) -> None:
    """Only a frozen dataclass with slots can be made so."""
    with pytest.raises(TypeError):
        quick_init(made)
