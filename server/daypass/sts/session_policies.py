"""Session policies: checked when they are passed, read when they are used.

SPEC: sts-operations 0.6; policy-language 3.3.
"""

from __future__ import annotations

from typing import Final

from daypass.core import limits, work_limits
from daypass.core.arn import Arn
from daypass.core.errors import (
    MalformedPolicyDocumentError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from daypass.core.lru import LruCache
from daypass.core.session import SessionPolicies
from daypass.directory.entities import ManagedPolicy
from daypass.directory.model import Directory
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.parse import parse_policy

_SOURCE: Final = PolicySource(slot="session", name="inline session policy")
_AWS_OWNED: Final = "aws"
# What stands in for a managed policy that was deleted while a session uses it:
# its denials are not known any more, so the session may do nothing.
_NOTHING: Final = (
    '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}'
)


def check_size(policies: SessionPolicies) -> None:
    """Checks the number of managed policies and the characters of all together.

    Raises:
        MalformedPolicyDocumentError: there are more than ten ARNs.
        PackedPolicyTooLargeError: there are more than 2,048 characters.
    """
    count = len(policies.managed_arns)
    if count > limits.POLICY_ARNS_MAX:
        raise MalformedPolicyDocumentError(
            "policy_arns_too_many",
            message=f"A session has at most 10 managed policies; {count} were passed",
        )
    characters = len(policies.inline or "") + sum(map(len, policies.managed_arns))
    if characters > limits.SESSION_POLICY_CHARACTERS_MAX:
        percent = -(-100 * characters // limits.SESSION_POLICY_CHARACTERS_MAX)
        raise PackedPolicyTooLargeError(
            "session_policy_characters",
            message=f"Packed policy consumes {percent}% of allotted space",
            metadata={"percent": str(percent)},
        )


def check_managed_policies(
    policies: SessionPolicies, account_id: str, directory: Directory
) -> None:
    """Checks that each managed policy exists and belongs to the session's account.

    Raises:
        MalformedPolicyDocumentError: one does not.
    """
    for arn in policies.managed_arns:
        if _managed_policy(arn, account_id, directory) is None:
            raise MalformedPolicyDocumentError(
                "managed_policy_unknown",
                message=f"The managed policy {arn} cannot be used for this session",
                metadata={"policy_arn": arn},
            )


class SessionPolicyReader:
    """Parses session policies, and remembers those in use.

    Parsing costs more than deciding, and a session asks often. What is remembered
    is keyed by the whole text, and is of sessions that were issued: a document that
    somebody merely sends is not remembered.
    """

    def __init__(self) -> None:
        self._inline: LruCache[str, Policy] = LruCache(
            size_max=limits.SESSION_POLICIES_KEPT_MAX,
            weight_max=work_limits.SESSION_POLICIES_KEPT_CHARACTERS_MAX,
        )
        self._nothing = parse_policy(
            _NOTHING, kind=DocumentKind.SESSION, source=_SOURCE
        )

    def parse(self, text: str) -> Policy:
        """Parses the inline session policy of a request.

        Raises:
            MalformedPolicyDocumentError: it is not a valid policy.
        """
        known = self._inline.get(text)
        if known is not None:
            return known
        return parse_policy(text, kind=DocumentKind.SESSION, source=_SOURCE)

    def read(
        self, policies: SessionPolicies, account_id: str, directory: Directory
    ) -> tuple[Policy, ...]:
        """Returns the policies of a session as they are now."""
        found = [] if policies.inline is None else [self._remembered(policies.inline)]
        for arn in policies.managed_arns:
            managed = _managed_policy(arn, account_id, directory)
            found.append(self._nothing if managed is None else managed.policy)
        return tuple(found)

    def _remembered(self, text: str) -> Policy:
        policy = self.parse(text)
        self._inline.put(text, policy, weight=len(text))
        return policy


def _managed_policy(
    arn: str, account_id: str, directory: Directory
) -> ManagedPolicy | None:
    try:
        Arn.parse(arn)
    except ValidationError:
        return None
    managed = directory.managed_policy(arn)
    if managed is None or managed.owner not in {account_id, _AWS_OWNED}:
        return None
    return managed
