"""Frozen dataclasses that are made at half the cost.

A frozen dataclass sets each field through `object.__setattr__`, which looks the field
up by name again. A mint makes some thirty such objects with two hundred fields, and
that was a seventh of its time. Here each field is set through its slot. An object of
several fields is of a class of the same slots meanwhile, which is not frozen: what
such a field is set by takes the interpreter a tenth of a call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, Field, fields
from typing import Any, Final, TypeVar

T = TypeVar("T")

_NOT_GIVEN: Final = object()
# From so many fields on it is less to change an object's class twice.
_FIELDS_MIN: Final = 5
_SET_CLASS: Final = vars(object)["__class__"].__set__


def quick_init(cls: type[T]) -> type[T]:
    """Gives a frozen dataclass with slots an `__init__` that sets its slots.

    It takes the same arguments, in the same order and with the same defaults, and
    calls `__post_init__` where there is one. Nothing else of the class changes, but
    that one of several fields has no subclasses: it makes objects of its own class.

    Raises:
        TypeError: the class is no frozen dataclass with slots.
    """
    parameters = getattr(cls, "__dataclass_params__", None)
    if parameters is None or not parameters.frozen or "__slots__" not in vars(cls):
        raise TypeError(f"{cls.__name__} is no frozen dataclass with slots")
    names: dict[str, Any] = {"_NOT_GIVEN": _NOT_GIVEN}
    through_slots = not _open_while_made(cls, names)
    arguments = ["self"]
    keywords: list[str] = []
    body: list[str] = []
    for each in fields(cls):  # type: ignore[arg-type]
        if through_slots:
            names[f"_set_{each.name}"] = getattr(cls, each.name).__set__
        if each.init:
            kind = keywords if each.kw_only else arguments
            kind.append(f"{each.name}{_default(each, names)}")
            body.append(_setting(each, _value(each), through_slots=through_slots))
        elif value := _value_of_its_own(each, names):
            body.append(_setting(each, value, through_slots=through_slots))
    if not through_slots:
        cls.__init_subclass__ = staticmethod(_no_subclass)  # type: ignore[method-assign]
        body = ["_set_class(self, _open_class)", *body, "self.__class__ = _own_class"]
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    if keywords:
        arguments += ["*", *keywords]
    lines = "\n".join(f"    {line}" for line in body or ["pass"])
    text = f"def __init__({', '.join(arguments)}):\n{lines}\n"
    # NOTE: as the standard library makes its own; nothing but names of fields is in
    # the text.
    exec(text, names)  # noqa: S102
    made: Callable[..., None] = names["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls


def _default(each: Field[Any], names: dict[str, Any]) -> str:
    """Returns how a parameter's default is written."""
    if each.default is not MISSING:
        names[f"_default_{each.name}"] = each.default
        return f"=_default_{each.name}"
    if each.default_factory is not MISSING:
        names[f"_make_{each.name}"] = each.default_factory
        return "=_NOT_GIVEN"
    return ""


def _value_of_its_own(each: Field[Any], names: dict[str, Any]) -> str:
    """Returns what a field is set to that has no parameter; empty for nothing."""
    if each.default is not MISSING:
        names[f"_default_{each.name}"] = each.default
        return f"_default_{each.name}"
    if each.default_factory is not MISSING:
        names[f"_make_{each.name}"] = each.default_factory
        return f"_make_{each.name}()"
    return ""


def _open_while_made(cls: type, names: dict[str, Any]) -> bool:
    """Names a class of the same slots that is not frozen, where that is worth it."""
    if len(fields(cls)) < _FIELDS_MIN or cls.__bases__ != (object,):
        return False
    slots = {"__slots__": vars(cls)["__slots__"], "__module__": cls.__module__}
    names["_open_class"] = type(f"_Open{cls.__name__}", (), slots)
    names["_own_class"] = cls
    names["_set_class"] = _SET_CLASS
    return True


def _no_subclass(**_: object) -> None:
    """Refuses a subclass, whose objects would be made into those of its base."""
    raise TypeError("objects that are made quickly are of no subclass")


def _value(each: Field[Any]) -> str:
    """Returns what a field is set to, from its parameter."""
    if each.default_factory is MISSING:
        return each.name
    return f"_make_{each.name}() if {each.name} is _NOT_GIVEN else {each.name}"


def _setting(each: Field[Any], value: str, *, through_slots: bool) -> str:
    """Returns the line that sets a field."""
    if through_slots:
        return f"_set_{each.name}(self, {value})"
    return f"self.{each.name} = {value}"
