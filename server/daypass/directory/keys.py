"""Long-term access keys: what is declared of them, and what must be true of them.

Ids and secrets may be references, which an adapter resolves. What they resolve to
is checked here.

SPEC: sts-operations 2.3 and 2.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.core.arn import root_arn
from daypass.core.errors import ValidationError
from daypass.core.identifiers import account_of_access_key_id
from daypass.core.secret import Secret
from daypass.directory.declared import SecretReference
from daypass.directory.entities import AccessKey
from daypass.directory.field_types import ACCESS_KEY_ID_EXPECTED, ACCESS_KEY_ID_PATTERN
from daypass.directory.index import FaultLog, Index
from daypass.directory.reference_schema import RawReference
from daypass.directory.schema import RawAccessKey
from daypass.directory.yaml_tree import Place

_ID: Final = re.compile(ACCESS_KEY_ID_PATTERN, re.ASCII)
_SECRET: Final = re.compile(
    rb"[\x21-\x7e]{%d,%d}"
    % (
        limits.SECRET_ACCESS_KEY_CHARACTERS_MIN,
        limits.SECRET_ACCESS_KEY_CHARACTERS_MAX,
    )
)
_SECRET_EXPECTED: Final = (
    f"expected {limits.SECRET_ACCESS_KEY_CHARACTERS_MIN} to"
    f" {limits.SECRET_ACCESS_KEY_CHARACTERS_MAX} printable characters without blanks"
)
# Below this letter the id is of the old style, which carries no account.
_OLD_STYLE: Final = frozenset("ABCDEFGHIJKLMNOP")
_FLAG_INDEX: Final = 4


@dataclass(frozen=True, slots=True)
class DeclaredKey:
    """An access key as a file declares it.

    Attributes:
        owner_arn: of the user or root user.
        owner_name: the user's name, or `root`.
        account_id: the owner's account.
        place: where it stands.
        access_key_id: the id, or where it is.
        secret: where the secret is.
        active: whether it may be used.
    """

    owner_arn: str
    owner_name: str
    account_id: str
    place: Place
    access_key_id: str | SecretReference
    secret: SecretReference
    active: bool


@dataclass(frozen=True, slots=True)
class ResolvedKey:
    """An access key whose references have been resolved."""

    declared: DeclaredKey
    access_key_id: str
    secret_access_key: Secret


def declared_keys(index: Index) -> tuple[DeclaredKey, ...]:
    """Returns every access key of a folder."""
    keys: list[DeclaredKey] = []
    for user in index.users.values():
        places = user.place.at("access_keys")
        for number, raw in enumerate(user.raw.access_keys):
            place = places.at(number)
            keys.append(_declared(raw, user.arn, user.name, user.owner, place))
    for account in index.accounts.values():
        arn = root_arn(account.partition, account.account_id)
        for content, where in account.files:
            for number, raw in enumerate(
                content.root.access_keys if content.root else ()
            ):
                place = where.at("root", "access_keys", number)
                keys.append(_declared(raw, arn, "root", account.account_id, place))
    return tuple(keys)


def _declared(
    raw: RawAccessKey, arn: str, name: str, account_id: str, place: Place
) -> DeclaredKey:
    key_id = raw.id.reference() if isinstance(raw.id, RawReference) else raw.id
    active = raw.status == "Active"
    return DeclaredKey(
        arn, name, account_id, place, key_id, raw.secret.reference(), active
    )


def check_keys(keys: Iterable[DeclaredKey], log: FaultLog) -> None:
    """Checks the ids that stand in the files themselves."""
    seen: dict[str, Place] = {}
    for key in keys:
        if isinstance(key.access_key_id, str):
            _check_id(key, key.access_key_id, seen, log)


def keys_by_owner(
    keys: Iterable[ResolvedKey], log: FaultLog
) -> Mapping[str, tuple[AccessKey, ...]]:
    """Returns the access keys of each owner by its ARN, each checked."""
    seen: dict[str, Place] = {}
    owned: dict[str, tuple[AccessKey, ...]] = {}
    for key in keys:
        declared = key.declared
        _check_id(declared, key.access_key_id, seen, log)
        if not _SECRET.fullmatch(key.secret_access_key.reveal()):
            log.add(declared.place.at("secret"), _SECRET_EXPECTED)
        made = AccessKey(key.access_key_id, key.secret_access_key, declared.active)
        owned[declared.owner_arn] = (*owned.get(declared.owner_arn, ()), made)
    return owned


def _check_id(
    key: DeclaredKey, access_key_id: str, seen: dict[str, Place], log: FaultLog
) -> None:
    """Checks an id: its form, its account, and that no other key has it."""
    place = key.place.at("id")
    if not _ID.fullmatch(access_key_id):
        log.add(place, ACCESS_KEY_ID_EXPECTED)
        return
    if access_key_id in seen:
        other = seen[access_key_id]
        log.add(place, f"the key at {other.file}:{other.line} has this id, too")
    seen.setdefault(access_key_id, place)
    if access_key_id[_FLAG_INDEX] in _OLD_STYLE:
        return
    try:
        account_id = account_of_access_key_id(access_key_id)
    except ValidationError:
        account_id = ""
    if account_id != key.account_id:
        log.add(place, "the id carries another account than the key's own")
