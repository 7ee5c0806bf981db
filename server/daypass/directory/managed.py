"""Policies with names of their own, and who may attach them.

SPEC: policy-language 3.4; sts-operations 0.6 and 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from daypass.core import limits
from daypass.directory.entities import ManagedPolicy
from daypass.directory.index import SHARED_OWNER, Entity, FaultLog, Index
from daypass.directory.policies import IDENTITY_SLOT, FoundPolicy, PolicyReader
from daypass.directory.schema import Raw, RawManagedPolicy
from daypass.directory.yaml_tree import Place
from daypass.policy.document import DocumentKind, Policy

BOUNDARY_SLOT: Final = "boundary"
_MANAGED_SLOT: Final = "managed"
_ARN_MARK: Final = "arn:"
_NO_POLICY: Final = (
    "there is no such managed policy in this account or among those of aws"
)


class ManagedPolicies:
    """All managed policies, each parsed once per slot that it is used in.

    Args:
        index: what is declared.
        reader: reads the documents.
        log: takes the faults.
    """

    def __init__(self, *, index: Index, reader: PolicyReader, log: FaultLog) -> None:
        self._index = index
        self._reader = reader
        self._log = log
        self._found: dict[str, FoundPolicy] = {}
        self._parsed: dict[tuple[str, str], Policy | None] = {}
        managed = (self._read(entity) for entity in index.policies.values())
        self.all = tuple(policy for policy in managed if policy is not None)

    def attached(self, places: Iterable[Place], to: Entity[Raw]) -> list[Policy]:
        """Returns the policies that are attached to a user, group or role."""
        policies = [self._named(place, to, IDENTITY_SLOT) for place in places]
        return [policy for policy in policies if policy is not None]

    def boundary(self, place: Place, of: Entity[Raw]) -> Policy | None:
        """Returns the boundary of a user or role, or None where it has none."""
        return None if place.value is None else self._named(place, of, BOUNDARY_SLOT)

    def arn_of(self, reference: str, partition: str, account_id: str) -> str | None:
        """Returns the ARN of the policy that an account means by a name or ARN.

        It is one of the account's own, or one that every account may use.
        """
        if not reference.startswith(_ARN_MARK):
            entity = self._index.named("policy", partition, account_id, reference)
            return entity.arn if entity else None
        policy = self._index.policies.get(reference)
        if policy is None or policy.partition != partition:
            return None
        return reference if policy.owner in (account_id, SHARED_OWNER) else None

    def _named(self, place: Place, by: Entity[Raw], slot: str) -> Policy | None:
        arn = self.arn_of(str(place.value), by.partition, by.owner)
        if arn is None:
            self._log.add_missing(place, _NO_POLICY)
            return None
        if (arn, slot) not in self._parsed:
            self._parsed[arn, slot] = self._reader.parse(
                self._found.get(arn), kind=DocumentKind.MANAGED, slot=slot, name=arn
            )
        return self._parsed[arn, slot]

    def _read(self, entity: Entity[RawManagedPolicy]) -> ManagedPolicy | None:
        """Reads one policy; only one without a fault can be used."""
        found = self._reader.find(entity.place.at("document"))
        self._reader.check_size(found, most=limits.MANAGED_POLICY_CHARACTERS_MAX)
        policy = self._reader.parse(
            found, kind=DocumentKind.MANAGED, slot=_MANAGED_SLOT, name=entity.arn
        )
        if found is None or policy is None:
            return None
        self._found[entity.arn] = found
        return ManagedPolicy(entity.arn, entity.owner, found.text, policy)
