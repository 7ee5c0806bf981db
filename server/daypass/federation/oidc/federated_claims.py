"""What a token says about the session that it asks for: tags, identity, roles.

Tags are only taken apart here. Whether they may be passed (reserved, too many,
twice ignoring case, transitive without being there) is decided where the tags of
every other session are.

SPEC: sts-operations 1.3, "claims with meaning", and detail 41.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core.limits import (
    SOURCE_IDENTITY_CHARACTERS_MAX,
    SOURCE_IDENTITY_CHARACTERS_MIN,
)
from daypass.core.strict_json import JsonValue
from daypass.core.validation import NAME_CHARACTERS
from daypass.federation.oidc import refusals
from daypass.federation.oidc.claims import IdTokenClaims

_TAGS: Final = "https://aws.amazon.com/tags"
_FLAT_TAGS: Final = "https://aws.amazon.com/tags/principal_tags/"
_FLAT_KEYS: Final = "https://aws.amazon.com/tags/transitive_tag_keys"
_SOURCE_IDENTITY: Final = "https://aws.amazon.com/source_identity"
_ROLES: Final = "https://aws.amazon.com/roles"
_SEPARATOR: Final = ";"


@dataclass(frozen=True, slots=True)
class PrincipalTags:
    """The session tags of a token, as they stand there and not yet checked.

    Attributes:
        tags: keys and values in the token's order; a key may be there twice.
        transitive_keys: the keys that are to be passed on.
    """

    tags: tuple[tuple[str, str], ...] = ()
    transitive_keys: tuple[str, ...] = ()


def principal_tags(claims: IdTokenClaims) -> PrincipalTags:
    """Returns the tags, of the nested and of the flattened form together.

    Raises:
        InvalidIdentityTokenError: a claim does not have its form. A nested value
            is a list of one string, a flattened one a plain string.
    """
    tags: list[tuple[str, str]] = []
    keys: list[str] = []
    if claims.has(_TAGS):
        nested = _members(claims.value(_TAGS))
        for key, value in _members(nested.get("principal_tags", {})).items():
            match value:
                case [str(text)]:
                    tags.append((key, text))
                case _:
                    raise refusals.wrong_claim(_TAGS)
        keys += _texts(nested.get("transitive_tag_keys", []))
    for key, value in claims.below(_FLAT_TAGS):
        if not isinstance(value, str):
            raise refusals.wrong_claim(_TAGS)
        tags.append((key, value))
    if claims.has(_FLAT_KEYS):
        keys += _texts(claims.value(_FLAT_KEYS))
    return PrincipalTags(tuple(tags), tuple(keys))


def source_identity(claims: IdTokenClaims) -> str | None:
    """Returns the source identity, or None where the token names none.

    Raises:
        InvalidIdentityTokenError: it is none that a session may have.
    """
    if not claims.has(_SOURCE_IDENTITY):
        return None
    value = claims.text(_SOURCE_IDENTITY)
    length = range(SOURCE_IDENTITY_CHARACTERS_MIN, SOURCE_IDENTITY_CHARACTERS_MAX + 1)
    if len(value) not in length or not NAME_CHARACTERS.fullmatch(value):
        raise refusals.wrong_claim(_SOURCE_IDENTITY)
    return value


def roles(claims: IdTokenClaims) -> frozenset[str] | None:
    """Returns the roles that the provider allows, or None where it says nothing.

    Each is trimmed. What is no ARN of a role stays in and equals none, which is how
    it is skipped. An empty set allows none.

    Raises:
        InvalidIdentityTokenError: the claim is neither a list nor a string.
    """
    value = claims.value(_ROLES)
    if value is None:
        return None
    if isinstance(value, str):
        value = list(value.split(_SEPARATOR))
    if not isinstance(value, list):
        raise refusals.wrong_claim(_ROLES)
    return frozenset(each.strip() for each in value if isinstance(each, str))


def _members(value: JsonValue) -> dict[str, JsonValue]:
    if not isinstance(value, dict):
        raise refusals.wrong_claim(_TAGS)
    return value


def _texts(value: JsonValue) -> list[str]:
    if not isinstance(value, list):
        raise refusals.wrong_claim(_TAGS)
    texts = [each for each in value if isinstance(each, str)]
    if len(texts) != len(value):
        raise refusals.wrong_claim(_TAGS)
    return texts
