"""A question about access: what somebody asks about an action and a resource.

The parts that Authorize, Simulate and AuthenticateRequest have in common, and the
checks of their form.

SPEC: policy-language 6 and 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """A context key with its values; without values the key is absent."""

    key: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessQuestion:
    """May this be done? By whom stands elsewhere.

    Attributes:
        action: such as `s3:GetObject`.
        resource: an ARN, or `*` for an action that has none.
        resource_policy: the policy of the resource as JSON, or None. Who asks owns
            the resource. A role has its trust policy, and takes no other.
        context: the facts of the request that only the asker knows.
    """

    action: str
    resource: str
    resource_policy: str | None = None
    context: tuple[ContextEntry, ...] = ()
