"""An AssumeRole that is valid, with what the calling session adds to it.

SPEC: sts-operations 0.7, 0.8 and 1.1; policy-language 6.3, 6.4 and 7.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core.quick import quick_init
from daypass.core.session import SessionKind
from daypass.directory.entities import Role
from daypass.sts.assume_role_request import ValidAssumeRole
from daypass.sts.caller import Caller
from daypass.sts.context import ContextKeys, fold_tags, names, tag_keys
from daypass.sts.draft import SessionDraft

_ASSUME_ROLE: Final = "sts:AssumeRole"
_TAG_SESSION: Final = "sts:TagSession"
_SET_SOURCE_IDENTITY: Final = "sts:SetSourceIdentity"
_SET_CONTEXT: Final = "sts:SetContext"


@quick_init
@dataclass(frozen=True, slots=True)
class Plan:
    """What a caller asks for.

    Attributes:
        request: the parameters.
        caller: who asks.
        inherited: the tags that the calling session passes on.
        source_identity: sent or carried, or None.
    """

    request: ValidAssumeRole
    caller: Caller
    inherited: Mapping[str, str]
    source_identity: str | None

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions that have to be allowed, in the order that they are asked."""
        actions = [_ASSUME_ROLE]
        if self.request.tags or self.inherited:
            actions.append(_TAG_SESSION)
        if self.source_identity is not None:
            actions.append(_SET_SOURCE_IDENTITY)
        if self.request.context_providers:
            actions.append(_SET_CONTEXT)
        return tuple(actions)

    def context_keys(self, role: Role | None) -> ContextKeys:
        """Returns the keys that this operation adds (policy-language 6.3 and 6.4)."""
        request = self.request
        keys: ContextKeys = {
            "sts:RoleSessionName": request.session_name,
            "aws:ResourceAccount": request.role.account,
        }
        if request.external_id is not None:
            keys["sts:ExternalId"] = request.external_id
        if self.source_identity is not None:
            keys["sts:SourceIdentity"] = self.source_identity
        if request.transitive_tag_keys:
            keys["sts:TransitiveTagKeys"] = names(request.transitive_tag_keys)
        if request.tags:
            keys["aws:TagKeys"] = names(request.tags)
            keys.update(tag_keys("aws:RequestTag", request.tags))
        if request.context_providers:
            keys["sts:RequestContextProviders"] = names(request.context_providers)
        role_tags = fold_tags(role.tags if role is not None else {}, self.inherited)
        keys.update(tag_keys("aws:ResourceTag", role_tags))
        keys.update(tag_keys("iam:ResourceTag", role_tags))
        return keys

    def draft(self, role: Role) -> SessionDraft:
        """Returns the session of a role that comes of it."""
        request = self.request
        transitive = {key.casefold() for key in request.transitive_tag_keys}
        passed_on = (key for key in request.tags if key.casefold() in transitive)
        return SessionDraft(
            kind=SessionKind.ROLE,
            account_id=role.account_id,
            principal_id=role.unique_id,
            principal_arn=role.arn,
            duration=request.duration,
            tags={**self.inherited, **request.tags},
            transitive_tag_keys=frozenset((*self.inherited, *passed_on)),
            source_identity=self.source_identity,
            policies=request.policies,
            token_size_min=request.token_size_min,
        )
