"""Whose accounts operate the deployment: its keys, and what goes beyond one account.

Keys belong to no account, so that a policy of an account cannot be what gives a right
to them: whoever administers an account gives himself every right in it.

SPEC: design 4; decision 0030.
"""

from __future__ import annotations

from daypass.core.errors import AccessDeniedError
from daypass.core.ports import Snapshot
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target


class Operators:
    """Tells operators' accounts from others.

    Args:
        directory: the accounts, and which of them manages an organisation.
        named: the accounts that the settings name; where they name none it is those
            that manage an organisation, or else the only account that there is.
    """

    def __init__(
        self, *, directory: Snapshot[Directory], named: frozenset[str]
    ) -> None:
        self._directory = directory
        self._named = named

    def check(self, account_id: str) -> None:
        """Returns for an operators' account.

        Raises:
            AccessDeniedError: it is none.
        """
        if account_id not in (self._named or self._by_default()):
            raise AccessDeniedError("not_an_operators_account")

    def _by_default(self) -> frozenset[str]:
        accounts = self._directory.current().accounts
        managing = {
            account.management_account_id
            for account in accounts
            if account.management_account_id is not None
        }
        if managing or len(accounts) != 1:
            return frozenset(managing)
        return frozenset({accounts[0].account_id})


class OperatorGate:
    """Lets those in who may operate the keys.

    Args:
        operators: whose accounts may.
        authorizers: decides what their policies allow.
    """

    def __init__(self, *, operators: Operators, authorizers: AuthorizerFactory) -> None:
        self._operators = operators
        self._authorizers = authorizers

    def require(self, action: str, invocation: Invocation) -> None:
        """Returns where the caller may do something to the whole deployment.

        Raises:
            AccessDeniedError: the account is no operators' one, or its policies do
                not allow it.
        """
        account_id = invocation.caller.principal.account_id
        self._operators.check(account_id)
        target = Target("*", account_id)
        self._authorizers.authorize(target, {}, invocation).require(action)
