"""The policies of a simulation: those that are stored, or those that were sent.

Stored policies are used of the asker's own account only. Whoever wants to know what
another account's policies would say sends them.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from daypass.core.errors import MalformedPolicyDocumentError, ValidationError
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.parse import parse_policy
from daypass.policy.question import PolicySlots
from daypass.sts.simulate import Documents, ReplacedSlots
from daypass.sts.turns import Turns

Policies = tuple[Policy, ...]
Levels = tuple[Policies, ...]
_BOUNDARY: Final = "boundary"
_RESOURCE: Final = "resource"


@dataclass(frozen=True, slots=True)
class SentSlots:
    """The policies that were sent, parsed; None where none were.

    `trust` and `resource` are the same document, read as the policy of a role and
    as that of anything else; only what is asked for is read.
    """

    identity: Policies | None
    boundary: Policies | None
    session: Policies | None
    trust: Policies | None
    resource: Policies | None
    scp_levels: Levels | None
    rcp_levels: Levels | None

    @classmethod
    async def parse(
        cls, slots: ReplacedSlots, *, trusts: bool, resources: bool, turns: Turns
    ) -> SentSlots:
        """Parses the documents, and rests between them.

        Args:
            slots: as they were sent.
            trusts: whether the resource policy is that of a role.
            resources: whether it is that of anything else.
            turns: those of the call.

        Raises:
            MalformedPolicyDocumentError: one is not a valid policy; the message
                names the slot and the index.
            ValidationError: one is empty, or has characters that none may have.
        """
        sent = slots.resource
        reader = _Reader(turns)
        return cls(
            identity=await reader.slot("identity", slots.identity, DocumentKind.INLINE),
            boundary=await reader.slot(_BOUNDARY, slots.boundary, DocumentKind.INLINE),
            session=await reader.slot("session", slots.session, DocumentKind.SESSION),
            trust=await reader.slot(_RESOURCE, sent, DocumentKind.TRUST)
            if trusts
            else None,
            resource=await reader.slot(_RESOURCE, sent, DocumentKind.RESOURCE)
            if resources
            else None,
            scp_levels=await reader.levels(
                "scp", slots.scp_levels, DocumentKind.SERVICE_CONTROL
            ),
            rcp_levels=await reader.levels(
                "rcp", slots.rcp_levels, DocumentKind.RESOURCE_CONTROL
            ),
        )

    def over(self, stored: PolicySlots, *, is_trust: bool) -> PolicySlots:
        """Returns the stored policies with these in their places."""
        sent = self.trust if is_trust else self.resource
        return PolicySlots(
            identity=stored.identity if self.identity is None else self.identity,
            boundary=_one(self.boundary, stored.boundary),
            session=stored.session if self.session is None else self.session,
            resource=_one(sent, stored.resource),
            resource_policy_required=stored.resource_policy_required,
            scp_levels=stored.scp_levels
            if self.scp_levels is None
            else self.scp_levels,
            rcp_levels=stored.rcp_levels
            if self.rcp_levels is None
            else self.rcp_levels,
        )


def _one(sent: Policies | None, stored: Policy | None) -> Policy | None:
    if sent is None:
        return stored
    return sent[0] if sent else None


class _Reader:
    """Reads the documents of a request in turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    async def slot(
        self, slot: str, documents: Documents | None, kind: DocumentKind
    ) -> Policies | None:
        """Returns the policies of a slot; None where none were sent."""
        return None if documents is None else await self._all(slot, documents, kind)

    async def levels(
        self, slot: str, levels: tuple[Documents, ...] | None, kind: DocumentKind
    ) -> Levels | None:
        """Returns the policies of each level; None where none were sent."""
        if levels is None:
            return None
        return tuple(
            [
                await self._all(f"{slot} level {number}", documents, kind)
                for number, documents in enumerate(levels)
            ]
        )

    async def _all(
        self, slot: str, documents: Sequence[str], kind: DocumentKind
    ) -> Policies:
        policies: list[Policy] = []
        for index, text in enumerate(documents):
            policies.append(_policy(slot, index, text, kind))
            await self._turns.rest()
        return tuple(policies)


def _policy(slot: str, index: int, text: str, kind: DocumentKind) -> Policy:
    name = f"{slot} policy {index}"
    source = PolicySource(slot=slot, name=f"{name} of the request")
    try:
        return parse_policy(text, kind=kind, source=source)
    except (MalformedPolicyDocumentError, ValidationError) as error:
        raise type(error)(
            error.detail,
            message=f"{name}: {error.message}",
            metadata={"slot": slot, "index": str(index)},
        ) from error
