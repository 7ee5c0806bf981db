"""The operations that tell about callers and keys, and issue nothing.

SPEC: sts-operations 1.6 and 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.identifiers import account_of_access_key_id
from daypass.core.ports import Snapshot
from daypass.core.quick import quick_init
from daypass.core.validation import (
    WORD_CHARACTERS,
    WORD_PATTERN,
    TextRule,
    Violations,
)
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target

ACCESS_KEY_ID_RULE: Final = TextRule(
    limits.ACCESS_KEY_ID_CHARACTERS_MIN,
    limits.ACCESS_KEY_ID_CHARACTERS_MAX,
    WORD_CHARACTERS,
    WORD_PATTERN,
)


@quick_init
@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Who called."""

    user_id: str
    account_id: str
    arn: str


class GetCallerIdentity:
    """GetCallerIdentity: no parameters, and no policy can deny it."""

    name: ClassVar[str] = "GetCallerIdentity"
    grants: ClassVar[bool] = False

    async def perform(self, request: None, invocation: Invocation) -> CallerIdentity:
        """Returns the names of the caller."""
        del request
        principal = invocation.caller.principal
        return CallerIdentity(principal.user_id, principal.account_id, principal.arn)


class GetAccessKeyInfo:
    """GetAccessKeyInfo: the account that a key belongs to, and nothing else of it.

    Args:
        directory: knows the keys that carry no account.
        authorizers: decides whether the caller may ask.
    """

    name: ClassVar[str] = "GetAccessKeyInfo"
    grants: ClassVar[bool] = False

    def __init__(
        self, *, directory: Snapshot[Directory], authorizers: AuthorizerFactory
    ) -> None:
        self._directory = directory
        self._authorizers = authorizers

    async def perform(self, request: str, invocation: Invocation) -> str:
        """Returns twelve digits.

        Args:
            request: the access key id.
            invocation: who asks.

        Raises:
            ValidationError: it is malformed, or neither stored nor decodable.
            AccessDeniedError: the caller may not ask.
        """
        found = Violations()
        found.require(("access_key_id",), request)
        if request:
            found.check_text(("access_key_id",), request, ACCESS_KEY_ID_RULE)
        found.raise_if_any()
        target = Target("*", invocation.caller.principal.account_id)
        self._authorizers.authorize(target, {}, invocation).require(
            "sts:GetAccessKeyInfo"
        )
        known = self._directory.current().access_keys.get(request)
        if known is not None:
            return known[1].principal.account_id
        return account_of_access_key_id(request)
