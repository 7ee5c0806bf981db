"""The registry of unique ids: which entity has which, and which are used up.

An id belongs to one entity for ever. An entity that is absent from a loaded
directory has been deleted: its id is retired, and a namesake that appears later
is another entity with another id, which old sessions and old trust do not reach.

SPEC: sts-operations 0.11 and 2.3.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from daypass.core import limits
from daypass.core.arn import Arn
from daypass.core.errors import ValidationError
from daypass.core.identifiers import (
    GROUP_PREFIX,
    ROLE_PREFIX,
    USER_PREFIX,
    is_unique_id,
    new_unique_id,
)
from daypass.core.ports import Entropy
from daypass.core.strict_json import InvalidJsonError, JsonValue, loads_object

VERSION: Final = 1
_MEMBERS: Final = ("arn", "unique_id")
_PREFIXES: Final = {"role": ROLE_PREFIX, "user": USER_PREFIX, "group": GROUP_PREFIX}


class RegistryInvalidError(ValueError):
    """The text is not a registry; it must not be overwritten by a new one."""


@dataclass(frozen=True, slots=True)
class RetiredId:
    """The id of an entity that is gone."""

    arn: str
    unique_id: str


def _no_ids() -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Registry:
    """Who has which id.

    Attributes:
        ids: the unique id of each role, user and group by ARN.
        retired: ids that are used up, in the order in which their owners vanished.
    """

    ids: Mapping[str, str] = field(default_factory=_no_ids)
    retired: tuple[RetiredId, ...] = ()


def assign_ids(existing: Registry, wanted: Iterable[str], entropy: Entropy) -> Registry:
    """Returns the registry after a directory with exactly these entities.

    Args:
        existing: the registry so far.
        wanted: the ARNs of all roles, users and groups.
        entropy: where new ids come from.

    Returns:
        A registry in which each wanted ARN keeps its id or has a new one, and
        the id of any other is retired. It equals the existing one if nothing
        appeared and nothing vanished.
    """
    arns = sorted(set(wanted))
    used = set(existing.ids.values()) | {one.unique_id for one in existing.retired}
    ids: dict[str, str] = {}
    for arn in arns:
        unique_id = existing.ids.get(arn) or _draw(arn, used, entropy)
        used.add(unique_id)
        ids[arn] = unique_id
    vanished = tuple(
        RetiredId(arn, unique_id)
        for arn, unique_id in sorted(existing.ids.items())
        if arn not in ids
    )
    return Registry(ids, existing.retired + vanished)


def id_prefix(arn: str) -> str:
    """Returns how the unique id of a role, user or group begins.

    Raises:
        KeyError: it is the ARN of something else.
    """
    return _PREFIXES[_kind(arn)]


def retire(registry: Registry, retired: Iterable[RetiredId]) -> Registry:
    """Returns the registry with further ids retired.

    A process that could not write down that an entity vanished still knows it,
    and must not give the id out again.
    """
    gone = {one.unique_id: one for one in (*registry.retired, *retired)}
    ids = {
        arn: unique_id
        for arn, unique_id in registry.ids.items()
        if unique_id not in gone
    }
    return Registry(ids, tuple(gone.values()))


def dump_registry(registry: Registry) -> bytes:
    """Returns the registry as the text of its file."""
    document = {
        "version": VERSION,
        "ids": [
            {"arn": arn, "unique_id": unique_id}
            for arn, unique_id in sorted(registry.ids.items())
        ],
        "retired": [
            {"arn": one.arn, "unique_id": one.unique_id} for one in registry.retired
        ],
    }
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def load_registry(text: bytes) -> Registry:
    """Reads the text of a registry's file.

    Raises:
        RegistryInvalidError: it is damaged, or of another version.
    """
    try:
        document = loads_object(text, size_max=limits.DIRECTORY_REGISTRY_BYTES_MAX)
    except InvalidJsonError as error:
        raise RegistryInvalidError(str(error)) from None
    if document.get("version") != VERSION:
        raise RegistryInvalidError("it is of another version")
    if set(document) != {"version", "ids", "retired"}:
        raise RegistryInvalidError("it has other members than a registry has")
    ids = _entries(document["ids"])
    retired = _entries(document["retired"])
    registry = Registry({one.arn: one.unique_id for one in ids}, retired)
    known = {one.unique_id for one in (*ids, *retired)}
    if len(registry.ids) != len(ids) or len(known) != len(ids) + len(retired):
        raise RegistryInvalidError("an id or an ARN stands in it twice")
    return registry


def _entries(value: JsonValue) -> tuple[RetiredId, ...]:
    if not isinstance(value, list):
        raise RegistryInvalidError("a list is missing")
    return tuple(map(_entry, value))


def _entry(value: JsonValue) -> RetiredId:
    # NOTE: not by `match`, which takes twice as long; a registry has a hundred
    # thousand of them.
    members = value if isinstance(value, dict) else {}
    arn, unique_id = members.get("arn"), members.get("unique_id")
    if len(members) != len(_MEMBERS) or not (
        isinstance(arn, str) and isinstance(unique_id, str)
    ):
        raise RegistryInvalidError("an entry is malformed")
    kind = _kind(arn)
    if kind not in _PREFIXES or not unique_id.startswith(_PREFIXES[kind]):
        raise RegistryInvalidError("an id is of another kind than its ARN")
    if not is_unique_id(unique_id):
        raise RegistryInvalidError("an id is malformed")
    return RetiredId(arn, unique_id)


def _draw(arn: str, used: set[str], entropy: Entropy) -> str:
    prefix = id_prefix(arn)
    # NOTE: 85 random bits; a second draw is needed about never.
    for _ in range(limits.UNIQUE_ID_ATTEMPTS_MAX):
        unique_id = new_unique_id(prefix, entropy)
        if unique_id not in used:
            return unique_id
    message = "the source of randomness repeats itself"
    raise RuntimeError(message)


def _kind(arn: str) -> str:
    """Returns the kind of entity that an ARN is of, or nothing."""
    try:
        return Arn.parse(arn).resource.partition("/")[0]
    except ValidationError:
        return ""
