"""A permission that is asked for with every call of an operation, remembered.

A yes that rests on nothing of the request is the same yes for the next request of the
same credentials, as long as the directory is the same. To find that it is remembered
takes a tenth of asking the policies that were remembered (`remembered_decisions`).
Whoever is refused is decided about anew each time, and told why.

SPEC: policy-language 7; decisions 0044 and 0051.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import work_limits
from daypass.core.lru import SnapshotCache
from daypass.core.principal import AccountPrincipal
from daypass.core.quick import quick_init
from daypass.core.session import Session
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target

_SIZE: Final = work_limits.DECISIONS_REMEMBERED_MAX


@quick_init
@dataclass(frozen=True, slots=True)
class _Allowed:
    """Who may, and by which statement."""

    principal: AccountPrincipal
    session: Session | None
    decided_by: str


class RememberedPermission:
    """Decides whether callers may do something that is of no resource.

    Args:
        action: what they want to do.
        authorizers: decides.
        size_max: how many callers are remembered.
    """

    def __init__(
        self,
        action: str,
        *,
        authorizers: AuthorizerFactory,
        size_max: int = _SIZE,
    ) -> None:
        self._action = action
        self._authorizers = authorizers
        self._allowed: SnapshotCache[str, _Allowed] = SnapshotCache(size_max=size_max)

    def __len__(self) -> int:
        """Tells how many callers are remembered."""
        return len(self._allowed)

    def require(self, invocation: Invocation, directory: Directory) -> None:
        """Returns when the caller may.

        Args:
            invocation: the call.
            directory: who exists, and which policies apply.

        Raises:
            AccessDeniedError: it may not; it names the decision.
        """
        caller = invocation.caller
        known = self._allowed.find(caller.access_key_id, directory)
        if (
            known is not None
            and known.session is caller.session
            and (
                known.principal is caller.principal
                or known.principal == caller.principal
            )
        ):
            invocation.audit.decided_by = known.decided_by
            return
        target = Target("*", caller.principal.account_id)
        asked = self._authorizers.authorize(target, {}, invocation, directory=directory)
        asked.require(self._action)
        if asked.asks_nothing:
            self._allowed.keep(
                caller.access_key_id,
                _Allowed(caller.principal, caller.session, invocation.audit.decided_by),
                directory,
            )
