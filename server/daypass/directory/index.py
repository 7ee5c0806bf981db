"""Who and what is declared in the whole folder, by ARN and by name.

Names are unique in an account, ignoring case, whatever the paths are. An account
may have several files; one of them says its name.

SPEC: sts-operations 2.1 and 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from daypass.core.arn import entity_arn
from daypass.core.quick import quick_init
from daypass.directory.fault import Fault
from daypass.directory.organization_schema import OrganizationFile
from daypass.directory.read import ReadFolder
from daypass.directory.schema import (
    AccountFile,
    Raw,
    RawGroup,
    RawManagedPolicy,
    RawRole,
    RawUser,
    SharedFile,
)
from daypass.directory.yaml_tree import Place

RawT_co = TypeVar("RawT_co", bound=Raw, covariant=True)
EntityT = TypeVar("EntityT", RawUser, RawGroup, RawRole, RawManagedPolicy)

SHARED_OWNER: Final = "aws"
_DEFAULT_PARTITION: Final = "aws"


class FaultLog:
    """Collects faults.

    Args:
        found: what has been found so far.
        incomplete: whether part of the folder was left out, so that what seems to
            be missing may be there.
    """

    def __init__(self, found: tuple[Fault, ...], *, incomplete: bool) -> None:
        self._found = list(found)
        self.incomplete = incomplete

    def add(self, place: Place, reason: str) -> None:
        """Adds a fault of a part of a file."""
        self._found.append(place.fault(reason))

    def add_missing(self, place: Place, reason: str) -> None:
        """Adds a fault about something that is not declared anywhere."""
        if not self.incomplete:
            self.add(place, reason)

    @property
    def found(self) -> tuple[Fault, ...]:
        """All faults so far."""
        return tuple(self._found)


@quick_init
@dataclass(frozen=True, slots=True)
class Entity(Generic[RawT_co]):
    """Something with a name in an account, and where it is declared."""

    kind: str
    partition: str
    owner: str
    name: str
    path: str
    raw: RawT_co
    place: Place
    arn: str


@dataclass(slots=True)
class DeclaredAccount:
    """An account, and the files that declare it."""

    account_id: str
    partition: str
    place: Place
    name: str | None = None
    root: Place | None = None
    files: list[tuple[AccountFile, Place]] = field(default_factory=list)


@dataclass(slots=True)
class Index:
    """All entities of a folder, by ARN."""

    accounts: dict[str, DeclaredAccount] = field(default_factory=dict)
    users: dict[str, Entity[RawUser]] = field(default_factory=dict)
    groups: dict[str, Entity[RawGroup]] = field(default_factory=dict)
    roles: dict[str, Entity[RawRole]] = field(default_factory=dict)
    policies: dict[str, Entity[RawManagedPolicy]] = field(default_factory=dict)
    organization: tuple[OrganizationFile, Place] | None = None
    _names: dict[tuple[str, str, str, str], Entity[Raw]] = field(default_factory=dict)

    def principal_arns(self) -> tuple[str, ...]:
        """Returns the ARNs of all that has a unique id."""
        return (*self.users, *self.groups, *self.roles)

    def named(
        self, kind: str, partition: str, owner: str, name: str
    ) -> Entity[Raw] | None:
        """Returns the entity of an account that has exactly this name."""
        key = (kind, partition, owner, name.casefold())
        entity = self._names.get(key)
        return entity if entity is not None and entity.name == name else None

    def add(
        self, entity: Entity[EntityT], to: dict[str, Entity[EntityT]], log: FaultLog
    ) -> None:
        """Adds an entity, or a fault where its name is taken."""
        key = (entity.kind, entity.partition, entity.owner, entity.name.casefold())
        taken = self._names.get(key)
        if taken is not None:
            log.add(entity.place, _TAKEN.format(_where(taken.place), entity.kind))
            return
        self._names[key] = entity
        to[entity.arn] = entity


_TAKEN: Final = (
    "{} declares another {} of this name; names are unique in an account, ignoring"
    " case and paths"
)
_UNNAMED: Final = "no file of this account says its name"


def index_folder(folder: ReadFolder, log: FaultLog) -> Index:
    """Indexes all files, adding a fault for whatever is declared twice."""
    index = Index()
    for file in folder.files:
        match file.content:
            case AccountFile():
                _join_account(file.content, file.place, index, log)
            case SharedFile():
                _add_policies(index, file.content, file.place, log)
            case OrganizationFile():
                _set_organization(file.content, file.place, index, log)
    for account in index.accounts.values():
        if account.name is None:
            log.add_missing(account.place.at("account"), _UNNAMED)
        for content, place in account.files:
            _add_entities(index, account, content, place, log)
    return index


def _join_account(
    content: AccountFile, place: Place, index: Index, log: FaultLog
) -> None:
    """Adds a file to its account."""
    head = content.account
    account = index.accounts.get(head.id)
    if account is None:
        partition = head.partition or _DEFAULT_PARTITION
        account = DeclaredAccount(head.id, partition, place)
        index.accounts[head.id] = account
    if head.partition not in (None, account.partition):
        reason = f"{_where(account.place)} puts this account into another partition"
        log.add(place.at("account", "partition"), reason)
    if head.name is not None and account.name is not None:
        log.add(place.at("account", "name"), "another file names this account, too")
    if content.root is not None and account.root is not None:
        log.add(place.at("root"), "another file declares this root user, too")
    account.name = account.name if head.name is None else head.name
    account.root = account.root if content.root is None else place.at("root")
    account.files.append((content, place))


def _set_organization(
    content: OrganizationFile, place: Place, index: Index, log: FaultLog
) -> None:
    if index.organization is not None:
        other = _where(index.organization[1])
        log.add(place.at("organization"), f"{other} declares the organisation, too")
        return
    index.organization = content, place


def _add_policies(
    index: Index, content: SharedFile, place: Place, log: FaultLog
) -> None:
    for name, raw in content.policies.items():
        where = place.at("policies", name)
        partition, owner = content.partition, SHARED_OWNER
        arn = entity_arn(partition, owner, "policy", raw.path, name)
        entity = Entity("policy", partition, owner, name, raw.path, raw, where, arn)
        index.add(entity, index.policies, log)


def _add_entities(
    index: Index,
    account: DeclaredAccount,
    content: AccountFile,
    place: Place,
    log: FaultLog,
) -> None:
    def add(
        kind: str,
        raws: Mapping[str, EntityT],
        to: dict[str, Entity[EntityT]],
        at: Place,
    ) -> None:
        partition, owner = account.partition, account.account_id
        for name, raw in raws.items():
            where = at.at(name)
            arn = entity_arn(partition, owner, kind, raw.path, name)
            entity = Entity(kind, partition, owner, name, raw.path, raw, where, arn)
            index.add(entity, to, log)

    add("user", content.users, index.users, place.at("users"))
    add("group", content.groups, index.groups, place.at("groups"))
    add("role", content.roles, index.roles, place.at("roles"))
    add("policy", content.policies, index.policies, place.at("policies"))


def _where(place: Place) -> str:
    return f"{place.file}:{place.line}"
