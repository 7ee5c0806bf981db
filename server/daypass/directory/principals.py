"""Users, groups and roles, with everything that they refer to.

SPEC: policy-language 3.4 and 7.2; sts-operations 2.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from daypass.core import limits
from daypass.core.principal import User
from daypass.directory.entities import AccessKey, Group, Role, UserEntry
from daypass.directory.index import Entity, FaultLog, Index
from daypass.directory.managed import ManagedPolicies
from daypass.directory.policies import PolicyReader
from daypass.directory.schema import RawGroup, RawRole, RawUser
from daypass.directory.trust import TrustReader
from daypass.directory.yaml_tree import Place
from daypass.policy.document import Policy

_NO_GROUP: Final = "this account has no such group"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalBuilder:
    """Builds users, groups and roles.

    Attributes:
        index: what is declared.
        ids: the unique id of each by ARN.
        managed: policies that may be attached.
        reader: reads inline policies.
        trust: reads trust policies.
        log: takes the faults.
    """

    index: Index
    ids: Mapping[str, str]
    managed: ManagedPolicies
    reader: PolicyReader
    trust: TrustReader
    log: FaultLog

    def groups(self) -> dict[str, Group]:
        """Returns all groups by ARN."""
        return {
            group.arn: Group(
                arn=group.arn,
                name=group.name,
                unique_id=self.ids[group.arn],
                policies=self._policies(group, limits.GROUP_POLICIES_CHARACTERS_MAX),
            )
            for group in self.index.groups.values()
        }

    def users(
        self,
        groups: Mapping[str, Group],
        keys: Mapping[str, tuple[AccessKey, ...]],
    ) -> tuple[UserEntry, ...]:
        """Returns all users, each with the policies of its groups."""
        return tuple(
            self._user(user, groups, keys.get(user.arn, ()))
            for user in self.index.users.values()
        )

    def roles(self) -> tuple[Role, ...]:
        """Returns all roles whose trust policies have no fault."""
        roles = (self._role(role) for role in self.index.roles.values())
        return tuple(role for role in roles if role is not None)

    def _user(
        self,
        user: Entity[RawUser],
        groups: Mapping[str, Group],
        keys: tuple[AccessKey, ...],
    ) -> UserEntry:
        own = self._policies(user, limits.USER_POLICIES_CHARACTERS_MAX)
        of_groups = tuple(
            policy
            for group in self._groups_of(user, groups)
            for policy in group.policies
        )
        return UserEntry(
            principal=User(
                user.partition, user.owner, user.path, user.name, self.ids[user.arn]
            ),
            policies=own + of_groups,
            boundary=self._boundary(user),
            tags=MappingProxyType(dict(user.raw.tags)),
            access_keys=keys,
            groups=tuple(user.raw.groups),
        )

    def _role(self, role: Entity[RawRole]) -> Role | None:
        policies = self._policies(role, limits.ROLE_POLICIES_CHARACTERS_MAX)
        boundary = self._boundary(role)
        trust = self.trust.read(role)
        if trust is None:
            return None
        return Role(
            partition=role.partition,
            account_id=role.owner,
            path=role.path,
            name=role.name,
            unique_id=self.ids[role.arn],
            trust=trust,
            policies=policies,
            boundary=boundary,
            max_session=role.raw.max_session_duration,
            tags=MappingProxyType(dict(role.raw.tags)),
        )

    def _policies(self, entity: Entity[RawGroup], most: int) -> tuple[Policy, ...]:
        """Returns the policies of an entity itself, inline ones first."""
        raw = entity.raw
        # Most roles of a large directory have none of their own.
        if not raw.policies and not raw.attached_policies:
            return ()
        inline = entity.place.at("policies")
        places = {name: inline.at(name) for name in raw.policies}
        attached = _members(entity.place.at("attached_policies"))
        return (
            *self.reader.read_inline(places, most=most),
            *self.managed.attached(attached, entity),
        )

    def _boundary(self, entity: Entity[RawUser] | Entity[RawRole]) -> Policy | None:
        if entity.raw.permissions_boundary is None:
            return None
        return self.managed.boundary(entity.place.at("permissions_boundary"), entity)

    def _groups_of(
        self, user: Entity[RawUser], groups: Mapping[str, Group]
    ) -> list[Group]:
        found: list[Group] = []
        for place in _members(user.place.at("groups")):
            name = str(place.value)
            group = self.index.named("group", user.partition, user.owner, name)
            if group is None:
                self.log.add_missing(place, _NO_GROUP)
            elif groups[group.arn] in found:
                self.log.add(place, "the user is in this group already")
            else:
                found.append(groups[group.arn])
        return found


def _members(place: Place) -> list[Place]:
    """Returns the place of each member of a list, which may be left out."""
    value = place.value
    return (
        [place.at(number) for number in range(len(value))]
        if isinstance(value, list)
        else []
    )
