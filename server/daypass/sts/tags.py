"""Session tags: their form, their conflicts, and what a chained session inherits.

SPEC: sts-operations 0.7; policy-language 7.3 for the texts and their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.core.errors import InvalidParameterValueError
from daypass.core.session import Session
from daypass.core.validation import Violations

_RESERVED_PREFIX: Final = "aws:"
_NO_TAGS: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it was sent."""

    key: str
    value: str


def check_tag_fields(
    tags: tuple[Tag, ...], transitive_keys: tuple[str, ...], found: Violations
) -> None:
    """Checks the number of tags, and the length and characters of each."""
    found.check_count(("tags",), len(tags), most=limits.TAGS_MAX)
    for index, tag in enumerate(tags[: limits.TAGS_MAX]):
        _check_key(("tags", index, "key"), tag.key, found)
        found.check_tag_text(
            ("tags", index, "value"),
            tag.value,
            length_min=0,
            length_max=limits.TAG_VALUE_CHARACTERS_MAX,
        )
    found.check_count(
        ("transitive_tag_keys",), len(transitive_keys), most=limits.TAGS_MAX
    )
    for index, key in enumerate(transitive_keys[: limits.TAGS_MAX]):
        _check_key(("transitive_tag_keys", index), key, found)


def _check_key(path: tuple[str | int, ...], key: str, found: Violations) -> None:
    found.check_tag_text(
        path, key, length_min=1, length_max=limits.TAG_KEY_CHARACTERS_MAX
    )


def inherited_tags(session: Session | None) -> Mapping[str, str]:
    """Returns the tags that a session passes on to the sessions chained from it."""
    if session is None:
        return _NO_TAGS
    return {
        key: value
        for key, value in session.tags.items()
        if key in session.transitive_tag_keys
    }


def check_tag_conflicts(
    tags: tuple[Tag, ...],
    transitive_keys: tuple[str, ...],
    inherited: Mapping[str, str],
) -> None:
    """Checks what tags must not be to one another and to the inherited ones.

    Raises:
        InvalidParameterValueError: a key is there twice ignoring case, is
            transitive without being passed, or is an inherited one; a key or value
            is reserved; or there are more than fifty with the inherited ones.
    """
    if not (tags or transitive_keys or inherited):
        return
    passed = _folded(tag.key for tag in tags)
    if len(passed) != len(tags):
        raise InvalidParameterValueError("tag_key_twice", message=_TWICE)
    if any(key.startswith(_RESERVED_PREFIX) for key in passed):
        raise InvalidParameterValueError("tag_key_reserved", message=_RESERVED)
    if any(tag.value.casefold().startswith(_RESERVED_PREFIX) for tag in tags):
        raise InvalidParameterValueError("tag_value_reserved", message=_RESERVED)
    if not _folded(transitive_keys) <= passed:
        raise InvalidParameterValueError("transitive_key_not_passed", message=_ABSENT)
    if passed & _folded(inherited):
        raise InvalidParameterValueError("tag_key_inherited", message=_CONFLICT)
    if len(tags) + len(inherited) > limits.TAGS_MAX:
        raise InvalidParameterValueError("tags_too_many", message=_TOO_MANY)


def _folded(keys: Iterable[str]) -> set[str]:
    return {key.casefold() for key in keys}


_TWICE: Final = (
    "Duplicate tag keys found. Please note that Tag keys are case insensitive."
)
_RESERVED: Final = "Tag keys and values that begin with aws: are reserved."
_ABSENT: Final = (
    "The specified transitive tag key must be included in the requested tags."
)
_CONFLICT: Final = (
    "One of the specified transitive tag keys can't be set because it conflicts with"
    " a transitive tag key from the calling session."
)
_TOO_MANY: Final = "A session has at most 50 tags, inherited ones included."
