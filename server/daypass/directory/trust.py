"""Trust policies, with their principals resolved.

A user or role that a trust policy names becomes its unique id, so that a namesake
which is made later is not trusted. What is not declared cannot be trusted.

SPEC: policy-language 2.1 and 3.2; sts-operations 0.11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from daypass.core import limits
from daypass.core.arn import Arn, is_account_id
from daypass.core.errors import MalformedPolicyDocumentError, ValidationError
from daypass.core.strict_json import JsonValue
from daypass.directory.index import Entity, FaultLog, Index
from daypass.directory.policies import FoundPolicy, PolicyReader
from daypass.directory.schema import RawRole
from daypass.policy.checks import check_shared_issuers
from daypass.policy.document import DocumentKind, Policy

TRUST_SLOT: Final = "trust"
# Stands for a principal in a part of the folder that could not be read.
_UNREAD: Final = "AIDA" + "A" * 17
_ARN_MARK: Final = "arn:"
_NO_PROVIDER: Final = "the role's account declares no such identity provider"


class TrustReader:
    """Reads trust policies.

    Args:
        index: what is declared.
        ids: the unique id of each user and role by ARN.
        providers: the ARNs of all identity providers.
        reader: reads the documents.
        log: takes the faults.
    """

    def __init__(
        self,
        *,
        index: Index,
        ids: Mapping[str, str],
        providers: frozenset[str],
        reader: PolicyReader,
        log: FaultLog,
    ) -> None:
        self._index = index
        self._ids = ids
        self._providers = providers
        self._reader = reader
        self._log = log
        # Many roles trust the same: what was resolved, for one load of the folder.
        self._resolved: dict[str, str | None] = {}
        # What trusts no provider that it must not, by the account and the document.
        self._sound: set[tuple[str, str]] = set()

    def read(self, role: Entity[RawRole]) -> Policy | None:
        """Returns the trust policy of a role, or None when it has a fault."""
        found = self._reader.find(role.place.at("trust"))
        self._reader.check_size(found, most=limits.TRUST_POLICY_CHARACTERS_MAX)
        policy = self._reader.parse(
            found,
            kind=DocumentKind.TRUST,
            slot=TRUST_SLOT,
            name=role.arn,
            resolve=self.resolve,
        )
        if found is not None and policy is not None:
            self._check(found, policy, role.owner)
        return policy

    def resolve(self, principal: str) -> str | None:
        """Returns the unique id of a user or role, or the id of an account.

        Args:
            principal: an ARN or a bare account id.
        """
        if principal not in self._resolved:
            self._resolved[principal] = self._resolve(principal)
        return self._resolved[principal]

    def _resolve(self, principal: str) -> str | None:
        if is_account_id(principal):
            known = principal if principal in self._index.accounts else None
        else:
            known = self._account_of_root(principal) or self._id_of(principal)
        if known is None and self._log.incomplete:
            return _UNREAD
        return known

    def _id_of(self, arn: str) -> str | None:
        # NOTE: groups have unique ids, too, and are never principals.
        is_principal = arn in self._index.users or arn in self._index.roles
        return self._ids[arn] if is_principal else None

    def _account_of_root(self, text: str) -> str | None:
        try:
            arn = Arn.parse(text)
        except ValidationError:
            return None
        account = self._index.accounts.get(arn.account)
        if account is None or arn.partition != account.partition:
            return None
        is_root = (arn.service, arn.region, arn.resource) == ("iam", "", "root")
        return account.account_id if is_root else None

    def _check(self, found: FoundPolicy, policy: Policy, owner: str) -> None:
        """Checks the providers that a role trusts, once for each document."""
        same = (owner, found.text)
        if same in self._sound:
            return
        known = self._check_providers(found, owner)
        if self._check_shared_issuers(found, policy) and known:
            self._sound.add(same)

    def _check_providers(self, found: FoundPolicy, owner: str) -> bool:
        """Tells whether the account declares all of them, with a fault for each."""
        sound = True
        for provider in _federated(found.value):
            if not provider.startswith(_ARN_MARK):
                continue
            known = provider in self._providers
            if not known or Arn.parse(provider).account != owner:
                sound = False
                self._log.add_missing(found.place, f"{_NO_PROVIDER}: {provider!a}")
        return sound

    def _check_shared_issuers(self, found: FoundPolicy, policy: Policy) -> bool:
        """Refuses trust in every tenant of a public issuer (policy-language 3.2)."""
        try:
            check_shared_issuers(policy)
        except MalformedPolicyDocumentError as error:
            self._log.add(found.place, error.message)
            return False
        return True


def _federated(document: JsonValue) -> Iterator[str]:
    """Yields each federated principal of a document that has been parsed."""
    statements = document.get("Statement") if isinstance(document, dict) else None
    for statement in statements if isinstance(statements, list) else [statements]:
        match statement:
            case {"Principal": {"Federated": str(one)}}:
                yield one
            case {"Principal": {"Federated": list(many)}}:
                yield from (one for one in many if isinstance(one, str))
