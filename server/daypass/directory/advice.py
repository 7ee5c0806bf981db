"""Advice on the policies of a whole directory, with file and line.

SPEC: policy-language 7.6.
"""

from __future__ import annotations

from collections.abc import Iterator

from daypass.core.arn import Arn, is_account_id
from daypass.core.errors import ValidationError
from daypass.directory.entities import Role
from daypass.directory.fault import Fault
from daypass.directory.model import Directory
from daypass.policy.advice import Advice, advise
from daypass.policy.document import Policy


def advise_directory(directory: Directory) -> tuple[Fault, ...]:
    """Returns what is legal in the policies and dangerous, each place once.

    Prints of the entries are lines of the form
    `file:line: policy: warning: reason; fix`.
    """
    found = [
        *(
            advice
            for policy, role in _granting(directory)
            for advice in advise(policy, is_foreign=_Foreign(directory, role))
        ),
        *(
            advice
            for policy in _capping(directory)
            for advice in advise(policy, is_cap=True)
        ),
    ]
    return tuple(sorted(set(map(_fault, found))))


def _granting(directory: Directory) -> Iterator[tuple[Policy, Role | None]]:
    """Yields every policy that grants, a trust policy with the role that it is for."""
    boundaries = {policy.source.name for policy in _boundaries(directory)}
    for role in directory.roles:
        yield role.trust, role
        yield from ((policy, None) for policy in role.policies)
    for user in directory.users:
        yield from ((policy, None) for policy in user.policies)
    for account in directory.accounts:
        for group in account.groups.values():
            yield from ((policy, None) for policy in group.policies)
    for managed in directory.managed_policies:
        # One that nobody has yet may be attached to somebody.
        if managed.arn not in boundaries:
            yield managed.policy, None


def _capping(directory: Directory) -> Iterator[Policy]:
    """Yields every policy that caps what others grant."""
    yield from _boundaries(directory)
    for account in directory.accounts:
        for levels in (
            directory.scp_levels(account.account_id),
            directory.rcp_levels(account.account_id),
        ):
            yield from (policy for level in levels for policy in level)


def _boundaries(directory: Directory) -> Iterator[Policy]:
    boundaries = (
        *(role.boundary for role in directory.roles),
        *(user.boundary for user in directory.users),
    )
    yield from (each for each in boundaries if each is not None)


class _Foreign:
    """Tells which principals are not of the organisation that a role is in.

    Args:
        directory: the accounts with their organisations.
        role: the role that trusts them; without one nobody is foreign.
    """

    def __init__(self, directory: Directory, role: Role | None) -> None:
        self._directory = directory
        self._account = role.account_id if role is not None else None

    def __call__(self, entry: str) -> bool:
        """Tells of an entry of a trust policy, as stored."""
        account = self._owner(entry)
        if self._account is None or account in (None, self._account):
            return False
        organization = self._organization(self._account)
        return organization is None or organization != self._organization(account)

    def _owner(self, entry: str) -> str | None:
        """Returns the account of an entry; None for an id that nobody has."""
        if is_account_id(entry):
            return entry
        role = self._directory.role_by_id(entry.partition(":")[0])
        if role is not None:
            return role.account_id
        user = self._directory.user_by_id(entry)
        if user is not None:
            return user.principal.account_id
        try:
            return Arn.parse(entry).account
        except ValidationError:
            return None

    def _organization(self, account_id: str | None) -> str | None:
        account = self._directory.account(account_id) if account_id else None
        return account.organization_id if account is not None else None


def _fault(advice: Advice) -> Fault:
    place = advice.place
    name = place.sid or f"statement {place.index}"
    return Fault(
        file=place.file or "",
        line=place.line or 0,
        path=f"{place.policy}: {name}",
        reason=f"warning: {advice.reason}; {advice.fix}",
    )
