"""The attributes of an assertion that say what session it is for.

Tags are only taken apart here. Whether they may be passed (reserved, too many, twice
ignoring case, transitive without being there) is decided where the tags of every
other session are.

SPEC: sts-operations 1.2, the table of attributes, and detail 38; attacks S29, S30,
S47 to S51.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.core import limits, saml_limits
from daypass.core.validation import NAME_CHARACTERS
from daypass.federation.saml import refusals
from daypass.federation.saml.names import saml
from daypass.federation.saml.refusals import SamlRefusedError
from daypass.federation.saml.xml import XmlElement

_PREFIX: Final = "https://aws.amazon.com/SAML/Attributes/"
_TAG_PREFIX: Final = f"{_PREFIX}PrincipalTag:"
_ATTRIBUTE_ONLY: Final = frozenset({saml("Attribute")})
_VALUE_ONLY: Final = frozenset({saml("AttributeValue")})
_ROLE: Final = re.compile(r"arn:[^:,\s]+:iam::[0-9]{12}:role/[^:,\s]+", re.ASCII)
_PROVIDER: Final = re.compile(
    r"arn:[^:,\s]+:iam::[0-9]{12}:saml-provider/[\w._-]{1,128}", re.ASCII
)
_PARTS: Final = 2
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PrincipalTags:
    """The session tags of an assertion, as they stand there and not yet checked.

    Attributes:
        tags: keys and values in the order of the assertion.
        transitive_keys: the keys that are to be passed on.
    """

    tags: tuple[tuple[str, str], ...] = ()
    transitive_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RolePair:
    """A role that the provider lets the subject have, with the provider's own ARN."""

    role_arn: str
    provider_arn: str


class Attributes:
    """The attributes of one assertion, whose names are all different.

    A value is read only when it is asked for, and then must be plain text.

    Args:
        assertion: the assertion.

    Raises:
        SamlRefusedError: a name is there twice, or an attribute is encrypted.
    """

    def __init__(self, assertion: XmlElement) -> None:
        found: dict[str, XmlElement] = {}
        for statement in assertion.all(saml("AttributeStatement")):
            statement.check_children(_ATTRIBUTE_ONLY)
            for attribute in statement.children:
                name = attribute.attribute("Name")
                if name in found:
                    raise SamlRefusedError("attribute_repeated")
                attribute.check_children(_VALUE_ONLY)
                found[name] = attribute
        self._found: Mapping[str, XmlElement] = found

    def values(self, name: str) -> tuple[str, ...]:
        """Returns the values of an attribute; none where there is no such.

        Raises:
            SamlRefusedError: one is not plain text.
        """
        attribute = self._found.get(name)
        if attribute is None:
            return ()
        return tuple(value.plain_text() for value in attribute.children)

    def single(self, name: str) -> str | None:
        """Returns the one value of an attribute, or None where there is no such.

        Raises:
            SamlRefusedError: there are several, or none in an attribute that is there.
        """
        if name not in self._found:
            return None
        values = self.values(name)
        if len(values) != 1:
            raise SamlRefusedError("attribute_not_single")
        return values[0]

    def session_name(self) -> str:
        """Returns the name of the session.

        Raises:
            InvalidIdentityTokenError: there is none, or one that no session may have.
            SamlRefusedError: there are several.
        """
        name = self.single(f"{_PREFIX}RoleSessionName")
        if not name:
            raise refusals.session_name_missing()
        least, most = (
            limits.SESSION_NAME_CHARACTERS_MIN,
            limits.SESSION_NAME_CHARACTERS_MAX,
        )
        if not least <= len(name) <= most or not NAME_CHARACTERS.fullmatch(name):
            raise refusals.session_name_malformed()
        return name

    def source_identity(self) -> str | None:
        """Returns the source identity, or None where there is none.

        Raises:
            InvalidIdentityTokenError: it is none that a session may have.
            SamlRefusedError: there are several.
        """
        value = self.single(f"{_PREFIX}SourceIdentity")
        if value is None:
            return None
        least, most = (
            limits.SOURCE_IDENTITY_CHARACTERS_MIN,
            limits.SOURCE_IDENTITY_CHARACTERS_MAX,
        )
        if not least <= len(value) <= most or not NAME_CHARACTERS.fullmatch(value):
            raise refusals.source_identity_malformed()
        return value

    def session_duration(self) -> timedelta | None:
        """Returns the longest session that the provider wants, or None.

        Raises:
            ValidationError: it is no whole number of seconds, or out of range.
            SamlRefusedError: there are several.
        """
        value = self.single(f"{_PREFIX}SessionDuration")
        if value is None:
            return None
        seconds = int(value) if _SECONDS.fullmatch(value) else 0
        least, most = limits.ROLE_SESSION_SECONDS_MIN, limits.ROLE_SESSION_SECONDS_MAX
        if not least <= seconds <= most:
            raise refusals.session_duration_malformed()
        return timedelta(seconds=seconds)

    def roles(self) -> frozenset[RolePair]:
        """Returns the roles that are named with their provider, in either order.

        A value of another form names no role, and neither does a pair that is named
        twice: it denies that role and no other.

        Raises:
            SamlRefusedError: a value is not plain text.
        """
        counts = Counter(_role_pair(value) for value in self.values(f"{_PREFIX}Role"))
        return frozenset(
            pair for pair, count in counts.items() if pair is not None and count == 1
        )

    def principal_tags(self) -> PrincipalTags:
        """Returns the tags.

        Raises:
            SamlRefusedError: a tag has not exactly one value.
        """
        tags = tuple(
            (name.removeprefix(_TAG_PREFIX), self.single(name) or "")
            for name in self._found
            if name.startswith(_TAG_PREFIX)
        )
        return PrincipalTags(tags, self.values(f"{_PREFIX}TransitiveTagKeys"))

    def named_values(self, names: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """Returns the values of attributes under other names.

        Args:
            names: the new name of each attribute; several may share one.

        Raises:
            SamlRefusedError: there are too many values, or they are too long.
        """
        found: dict[str, tuple[str, ...]] = {}
        for name, renamed in names.items():
            values = self.values(name)
            if values:
                found[renamed] = found.get(renamed, ()) + values
        for values in found.values():
            if len(values) > saml_limits.SAML_ATTRIBUTE_VALUES_MAX or any(
                len(value) > saml_limits.SAML_ATTRIBUTE_CHARACTERS_MAX
                for value in values
            ):
                raise SamlRefusedError("attribute_too_large")
        return found


def _role_pair(value: str) -> RolePair | None:
    """Reads a role and its provider, or returns None where they are not these."""
    parts = value.split(",")
    if len(parts) != _PARTS:
        return None
    # Blanks around the comma are trimmed, and no others (attacks S30).
    first, second = parts[0].rstrip(" "), parts[1].lstrip(" ")
    for role, provider in ((first, second), (second, first)):
        if _ROLE.fullmatch(role) and _PROVIDER.fullmatch(provider):
            return RolePair(role, provider)
    return None
