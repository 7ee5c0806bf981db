"""The organisation: which policies stand over which account.

A level that attaches no service control policy restricts nothing and is left out.
Each level of resource control policies has, besides what is attached, the policy
that allows everything, as AWS has it: there only denials matter. The management
account is under neither kind.

SPEC: policy-language 7.2 and 6.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from daypass.core import limits
from daypass.core.strict_json import JsonValue
from daypass.directory.declared import RootFeature
from daypass.directory.index import FaultLog, Index
from daypass.directory.model import PolicyLevels
from daypass.directory.organization_schema import RawOrganization, RawPlacement, RawUnit
from daypass.directory.policies import PolicyReader
from daypass.directory.yaml_tree import Place
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.parse import parse_policy_value

_SCP_SECTION: Final = "service_control_policies"
_RCP_SECTION: Final = "resource_control_policies"
_FULL_ACCESS: Final[dict[str, JsonValue]] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    ],
}
_NO_ACCOUNT: Final = "no file declares this account"
_NO_POLICY: Final = "the organisation declares no such policy"


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place: `path` is `<organization>/root/<unit>/…/`."""

    organization_id: str
    path: str
    management_account_id: str
    root_administrator_ids: frozenset[str]
    root_features: frozenset[RootFeature]


@dataclass(slots=True)
class Organization:
    """What the organisation means for each account, by account id."""

    memberships: dict[str, Membership] = field(default_factory=dict)
    scp_levels: dict[str, PolicyLevels] = field(default_factory=dict)
    rcp_levels: dict[str, PolicyLevels] = field(default_factory=dict)


def build_organization(
    index: Index, reader: PolicyReader, log: FaultLog
) -> Organization:
    """Returns the organisation, or an empty one where none is declared."""
    if index.organization is None:
        return Organization()
    content, place = index.organization
    builder = _Builder(content.organization, place.at("organization"), index, log)
    return builder.build(reader)


def full_access() -> Policy:
    """Returns the resource control policy that every level has."""
    source = PolicySource("rcp", "RCPFullAWSAccess", None, ())
    return parse_policy_value(
        dict(_FULL_ACCESS), kind=DocumentKind.RESOURCE_CONTROL, source=source
    )


@dataclass(slots=True)
class _Builder:
    raw: RawOrganization
    place: Place
    index: Index
    log: FaultLog
    made: Organization = field(default_factory=Organization)
    _full: Policy = field(default_factory=full_access)
    _scps: Mapping[str, Policy | None] = field(default_factory=dict)
    _rcps: Mapping[str, Policy | None] = field(default_factory=dict)

    def build(self, reader: PolicyReader) -> Organization:
        """Builds everything."""
        self._scps = _read_policies(
            self.place.at(_SCP_SECTION), reader, DocumentKind.SERVICE_CONTROL, "scp"
        )
        self._rcps = _read_policies(
            self.place.at(_RCP_SECTION), reader, DocumentKind.RESOURCE_CONTROL, "rcp"
        )
        root = f"{self.raw.id}/root/"
        self._walk(self.raw.root, self.place.at("root"), root, (), ())
        management = self.raw.management_account
        self._check_member("management_account", management)
        if self.raw.root_administrator is not None:
            self._check_member("root_administrator", self.raw.root_administrator)
        self.made.scp_levels.pop(management, None)
        self.made.rcp_levels.pop(management, None)
        return self.made

    def _check_member(self, name: str, account_id: str) -> None:
        """Checks an account that has a part in the organisation."""
        place = self.place.at(name)
        if account_id not in self.index.accounts:
            self.log.add_missing(place, _NO_ACCOUNT)
        elif account_id not in self.made.memberships:
            self.log.add(place, "the account stands nowhere below the root")

    def _root_administrators(self) -> frozenset[str]:
        """Returns the accounts whose callers may take a root user's part."""
        delegated = self.raw.root_administrator
        own = self.raw.management_account
        return frozenset({own} if delegated is None else {own, delegated})

    def _walk(
        self,
        unit: RawUnit,
        place: Place,
        path: str,
        scps: PolicyLevels,
        rcps: PolicyLevels,
    ) -> None:
        """Goes through a unit and all below; the reader bounds the depth."""
        scps, rcps = self._levels(unit, place, scps, rcps)
        for account_id, placement in unit.accounts.items():
            where = place.at("accounts", account_id)
            if account_id not in self.index.accounts:
                self.log.add_missing(where, _NO_ACCOUNT)
            if account_id in self.made.memberships:
                self.log.add(where, "the account stands in another unit, too")
            own_scps, own_rcps = self._levels(placement, where, scps, rcps)
            self.made.memberships[account_id] = Membership(
                self.raw.id,
                path,
                self.raw.management_account,
                root_administrator_ids=self._root_administrators(),
                root_features=frozenset(map(RootFeature, self.raw.root_features)),
            )
            self.made.scp_levels[account_id] = own_scps
            self.made.rcp_levels[account_id] = own_rcps
        for name, child in unit.units.items():
            where = place.at("units", name)
            self._walk(child, where, f"{path}{name}/", scps, rcps)

    def _levels(
        self, raw: RawPlacement, place: Place, scps: PolicyLevels, rcps: PolicyLevels
    ) -> tuple[PolicyLevels, PolicyLevels]:
        """Returns the levels of both kinds with those of one more place."""
        if raw.service_control_policies is not None:
            at = place.at(_SCP_SECTION)
            scps = (*scps, self._attached(raw.service_control_policies, at, self._scps))
        if self.raw.resource_control_policies:
            at = place.at(_RCP_SECTION)
            attached = self._attached(raw.resource_control_policies, at, self._rcps)
            rcps = (*rcps, (self._full, *attached))
        return scps, rcps

    def _attached(
        self, names: tuple[str, ...], place: Place, known: Mapping[str, Policy | None]
    ) -> tuple[Policy, ...]:
        attached: list[Policy] = []
        for number, name in enumerate(names):
            if name not in known:
                self.log.add(place.at(number), _NO_POLICY)
            elif (policy := known[name]) is not None:
                attached.append(policy)
        return tuple(attached)


def _read_policies(
    place: Place, reader: PolicyReader, kind: DocumentKind, slot: str
) -> dict[str, Policy | None]:
    value = place.value
    policies: dict[str, Policy | None] = {}
    for name in value if isinstance(value, dict) else ():
        found = reader.find(place.at(name))
        reader.check_size(found, most=limits.ORGANIZATION_POLICY_CHARACTERS_MAX)
        policies[name] = reader.parse(found, kind=kind, slot=slot, name=name)
    return policies
