"""Constraints on parameters, and the one message that reports all breaches.

SPEC: sts-operations 0.2 and 0.4. Lengths count Unicode scalar values; patterns
are matched whole and in ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from daypass.core.errors import FieldViolation, ValidationError

# A path into a request: field names as in the proto, and indexes from 0.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class TextRule:
    """The constraints of a string parameter.

    Attributes:
        length_min: the fewest characters.
        length_max: the most characters, or None.
        characters: the class of characters, or None for any.
        pattern: how the constraint is written in messages.
    """

    length_min: int = 0
    length_max: int | None = None
    characters: re.Pattern[str] | None = None
    pattern: str = ""


_XML_TEXT: Final = "\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff"
ARN_CHARACTERS: Final = re.compile(f"[{_XML_TEXT}]*+")
ARN_PATTERN: Final = (
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD"
    r"\u10000-\u10FFFF]+"
)
POLICY_CHARACTERS: Final = re.compile("[\t\n\r\x20-\xff]*+")
POLICY_PATTERN: Final = r"[\u0009\u000A\u000D\u0020-\u00FF]+"
NAME_PATTERN: Final = r"[\w+=,.@-]*"
NAME_CHARACTERS: Final = re.compile(NAME_PATTERN, re.ASCII)
EXTERNAL_ID_PATTERN: Final = r"[\w+=,.@:\/-]*"
EXTERNAL_ID_CHARACTERS: Final = re.compile(EXTERNAL_ID_PATTERN, re.ASCII)
SERIAL_PATTERN: Final = r"[\w+=/:,.@-]*"
SERIAL_CHARACTERS: Final = re.compile(SERIAL_PATTERN, re.ASCII)
WORD_PATTERN: Final = r"[\w]*"
WORD_CHARACTERS: Final = re.compile(WORD_PATTERN, re.ASCII)
DIGITS_PATTERN: Final = r"[\d]*"
DIGITS_CHARACTERS: Final = re.compile(DIGITS_PATTERN, re.ASCII)
TAG_PATTERN: Final = r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"
_TAG_MARKS: Final = frozenset("_.:/=+-@")


def are_tag_characters(text: str) -> bool:
    """Tells whether every character is a letter, blank, number or tag mark."""
    return all(
        character in _TAG_MARKS or unicodedata.category(character)[0] in "LZN"
        for character in text
    )


class Violations:
    """Collects the breaches of one request, so that all are reported at once."""

    def __init__(self) -> None:
        """Begins without a breach."""
        self._found: list[FieldViolation] = []

    def add(self, path: Path, shown: str, constraint: str, *, brief: str = "") -> None:
        """Adds a breach.

        Args:
            path: where, in the terms of the proto.
            shown: the offending value as the message shows it.
            constraint: what the member must be.
            brief: the same in a few words, for where there is little room.
        """
        description = (
            f"Value {shown} at '{_aws_path(path)}' failed to satisfy constraint:"
            f" {constraint}"
        )
        self._found.append(
            FieldViolation(_proto_path(path), description, constraint, brief)
        )

    def require(self, path: Path, value: str | None) -> None:
        """Adds a breach where a required value is missing; "" counts as missing."""
        if not value:
            self.add(path, "null", "Member must not be null", brief="missing")

    def check_text(
        self, path: Path, value: str | None, rule: TextRule, *, secret: bool = False
    ) -> None:
        """Checks a string that may be absent; a secret is not shown."""
        if value is None:
            return
        shown = "'***'" if secret else f"'{value}'"
        least, most = rule.length_min, rule.length_max
        if len(value) < least:
            self.add(path, shown, _LENGTH_MIN.format(least), brief=f"length<{least}")
        if most is not None and len(value) > most:
            self.add(path, shown, _LENGTH_MAX.format(most), brief=f"length>{most}")
        if rule.characters is not None and not rule.characters.fullmatch(value):
            self.add(path, shown, f"{_PATTERN}{rule.pattern}", brief=_CHARACTERS)

    def check_tag_text(
        self, path: Path, value: str, *, length_min: int, length_max: int
    ) -> None:
        """Checks a tag key or value, whose characters are classes of Unicode."""
        rule = TextRule(length_min, length_max)
        self.check_text(path, value, rule)
        if not are_tag_characters(value):
            self.add(path, f"'{value}'", f"{_PATTERN}{TAG_PATTERN}", brief=_CHARACTERS)

    def check_range(
        self, path: Path, value: int | None, *, least: int, most: int
    ) -> None:
        """Checks an integer that may be absent; both ends are allowed."""
        if value is None:
            return
        if value < least:
            self.add(path, f"'{value}'", f"{_VALUE_MIN}{least}", brief=f"<{least}")
        if value > most:
            self.add(path, f"'{value}'", f"{_VALUE_MAX}{most}", brief=f">{most}")

    def check_count(self, path: Path, count: int, *, most: int) -> None:
        """Checks the length of a list."""
        if count > most:
            self.add(
                path,
                f"'[{count} members]'",
                _LENGTH_MAX.format(most),
                brief=f"members>{most}",
            )

    def raise_if_any(self) -> None:
        """Ends the check.

        Raises:
            ValidationError: there was a breach; it names all of them.
        """
        if not self._found:
            return
        count = len(self._found)
        items = "; ".join(found.description for found in self._found)
        noun = "error" if count == 1 else "errors"
        raise ValidationError(
            "constraint_breach",
            message=f"{count} validation {noun} detected: {items}",
            violations=tuple(self._found),
        )


_LENGTH_MIN: Final = "Member must have length greater than or equal to {}"
_LENGTH_MAX: Final = "Member must have length less than or equal to {}"
_VALUE_MIN: Final = "Member must have value greater than or equal to "
_VALUE_MAX: Final = "Member must have value less than or equal to "
_CHARACTERS: Final = "characters"
_PATTERN: Final = "Member must satisfy regular expression pattern: "


def _aws_path(path: Path) -> str:
    """Renders a path as AWS does: `tags.1.member.key`."""
    return ".".join(
        f"{part + 1}.member" if isinstance(part, int) else _lower_camel(part)
        for part in path
    )


def _proto_path(path: Path) -> str:
    """Renders a path as protobuf does: `tags[0].key`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _lower_camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
