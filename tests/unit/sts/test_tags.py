"""Tags alone: what they must not be to one another (0.7)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from daypass.core.errors import InvalidParameterValueError, ValidationError
from daypass.core.limits import TAGS_MAX
from daypass.core.validation import Violations
from daypass.sts.tags import Tag, check_tag_conflicts, check_tag_fields

NOTHING: Mapping[str, str] = {}


def _conflict(*tags: Tag, inherited: Mapping[str, str] = NOTHING) -> str:
    with pytest.raises(InvalidParameterValueError) as caught:
        check_tag_conflicts(tags, (), inherited)
    return caught.value.detail


def _tags(count: int) -> tuple[Tag, ...]:
    return tuple(Tag(f"key-{number}", "") for number in range(count))


def _fields(tags: tuple[Tag, ...], transitive: tuple[str, ...] = ()) -> list[str]:
    found = Violations()
    check_tag_fields(tags, transitive, found)
    try:
        found.raise_if_any()
    except ValidationError as error:
        return [violation.field for violation in error.violations]
    return []


@pytest.mark.parametrize("prefix", ["aws:", "AWS:", "aWs:x"])
def test_reserved_prefix_refused(prefix: str) -> None:
    """Neither a key nor a value begins with the reserved prefix, in any case."""
    assert "tag_key_reserved" == _conflict(Tag(prefix, "x"))
    assert "tag_value_reserved" == _conflict(Tag("x", prefix))


@pytest.mark.parametrize("text", ["aws", "awsx:", "x-aws:", " aws:"])
def test_similar_prefix_taken(text: str) -> None:
    """What only looks like the reserved prefix is free."""
    check_tag_conflicts((Tag(text, text),), (), {})


def test_folding_of_keys() -> None:
    """Keys that only case tells apart are one key, in any script."""
    assert "tag_key_twice" == _conflict(Tag("Straße", "a"), Tag("STRASSE", "b"))
    assert "tag_key_inherited" == _conflict(Tag("TEAM", "a"), inherited={"team": "a"})


def test_tags_with_inherited_ones() -> None:
    """Fifty tags are allowed, the inherited ones included, and not one more."""
    inherited = {f"old-{number}": "" for number in range(20)}

    assert "tags_too_many" == _conflict(*_tags(TAGS_MAX - 19), inherited=inherited)
    check_tag_conflicts(_tags(TAGS_MAX - 20), (), inherited)


def test_lists_are_bounded() -> None:
    """More than fifty tags or keys are one breach, and are not looked at one by one."""
    assert ["tags"] == _fields((*_tags(TAGS_MAX), Tag("!", "!")))
    keys = (*(tag.key for tag in _tags(TAGS_MAX)), "!")
    assert ["transitive_tag_keys"] == _fields((), keys)

    assert [] == _fields(_tags(TAGS_MAX), keys[:TAGS_MAX])


def test_every_field_is_checked() -> None:
    """Each key and value is checked, and named by its place."""
    tags = (Tag("", ""), Tag("ok", "!"))

    assert ["tags[0].key", "tags[1].value", "transitive_tag_keys[1]"] == _fields(
        tags, ("ok", "!")
    )
