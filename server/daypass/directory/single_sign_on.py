"""People, permission sets and assignments: checked and kept, not yet acted on.

SPEC: sts-operations 4.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.directory.declared import (
    Assignment,
    PermissionSet,
    Person,
    SingleSignOn,
)
from daypass.directory.index import SHARED_OWNER, FaultLog, Index
from daypass.directory.managed import ManagedPolicies
from daypass.directory.organization_schema import (
    RawAssignment,
    RawPermissionSet,
    RawSingleSignOn,
)
from daypass.directory.policies import IDENTITY_SLOT, PolicyReader
from daypass.directory.yaml_tree import Place
from daypass.policy.document import DocumentKind

_ARN_MARK: Final = "arn:"
_NO_GROUP: Final = "single sign-on has no such group"
_NO_PERSON: Final = "single sign-on has no such person"
_NO_SET: Final = "there is no such permission set"
_NO_ACCOUNT: Final = "no file declares this account"
_NO_POLICY: Final = "no policy of aws has this ARN"
_NOT_IN_ACCOUNT: Final = "the account lacks a policy that this permission set names"


def build_single_sign_on(
    index: Index, *, managed: ManagedPolicies, reader: PolicyReader, log: FaultLog
) -> SingleSignOn:
    """Returns what is declared of single sign-on."""
    if index.organization is None:
        return SingleSignOn()
    content, place = index.organization
    builder = _Builder(
        raw=content.single_sign_on,
        place=place.at("single_sign_on"),
        index=index,
        managed=managed,
        reader=reader,
        log=log,
    )
    return builder.build()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Builder:
    raw: RawSingleSignOn
    place: Place
    index: Index
    managed: ManagedPolicies
    reader: PolicyReader
    log: FaultLog

    def build(self) -> SingleSignOn:
        """Builds everything."""
        people = tuple(
            Person(name, person.display_name, tuple(person.groups))
            for name, person in self.raw.people.items()
        )
        for person in people:
            groups = self.place.at("people", person.name, "groups")
            for number, group in enumerate(person.groups):
                self._require(group in self.raw.groups, groups.at(number), _NO_GROUP)
        sets = tuple(
            self._permission_set(name, raw)
            for name, raw in self.raw.permission_sets.items()
        )
        assignments = self.place.at("assignments")
        return SingleSignOn(
            people=people,
            groups=tuple(self.raw.groups),
            permission_sets=sets,
            assignments=tuple(
                self._assignment(raw, assignments.at(number))
                for number, raw in enumerate(self.raw.assignments)
            ),
        )

    def _permission_set(self, name: str, raw: RawPermissionSet) -> PermissionSet:
        place = self.place.at("permission_sets", name)
        inline = None
        if raw.inline_policy is not None:
            found = self.reader.find(place.at("inline_policy"))
            self.reader.check_size(found, most=limits.ROLE_POLICIES_CHARACTERS_MAX)
            inline = self.reader.parse(
                found, kind=DocumentKind.INLINE, slot=IDENTITY_SLOT, name=name
            )
        for number, reference in enumerate(raw.attached_policies):
            self._check_shared(reference, place.at("attached_policies", number))
        if raw.permissions_boundary is not None:
            where = place.at("permissions_boundary")
            self._check_shared(raw.permissions_boundary, where)
        return PermissionSet(
            name=name,
            session_duration=raw.session_duration,
            attached_policies=tuple(raw.attached_policies),
            inline=inline,
            permissions_boundary=raw.permissions_boundary,
        )

    def _check_shared(self, reference: str, place: Place) -> None:
        """Checks a policy that is named by ARN, which must be one of aws."""
        if not reference.startswith(_ARN_MARK):
            return
        policy = self.index.policies.get(reference)
        shared = policy is not None and policy.owner == SHARED_OWNER
        if not shared:
            self.log.add_missing(place, _NO_POLICY)

    def _assignment(self, raw: RawAssignment, place: Place) -> Assignment:
        account = self.index.accounts.get(raw.account)
        permission_set = self.raw.permission_sets.get(raw.permission_set)
        if account is None:
            self.log.add_missing(place.at("account"), _NO_ACCOUNT)
        if permission_set is None:
            self.log.add(place.at("permission_set"), _NO_SET)
        if raw.person is not None:
            known = raw.person in self.raw.people
            self._require(known, place.at("person"), _NO_PERSON)
        if raw.group is not None:
            known = raw.group in self.raw.groups
            self._require(known, place.at("group"), _NO_GROUP)
        if account is not None and permission_set is not None:
            self._check_named(permission_set, account.partition, raw.account, place)
        return Assignment(raw.account, raw.permission_set, raw.person, raw.group)

    def _check_named(
        self, raw: RawPermissionSet, partition: str, account_id: str, place: Place
    ) -> None:
        """Checks that an account has the policies that a set names without ARN."""
        boundary = raw.permissions_boundary
        names = (*raw.attached_policies, *((boundary,) if boundary else ()))
        for name in names:
            if self.managed.arn_of(name, partition, account_id) is None:
                self.log.add_missing(place, _NOT_IN_ACCOUNT)

    def _require(self, known: object, place: Place, reason: str) -> None:
        if not known:
            self.log.add(place, reason)
