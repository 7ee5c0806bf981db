"""AssumeRole: credentials for a role, to whom its owner and the caller's allow it.

A second factor counts for the decision of the call that shows it. The session that
comes of it is one without (detail 35).

SPEC: sts-operations 1.1, 0.6 to 0.9; policy-language 6.2, 7.3 and 7.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, ValidationError
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import RoleSession
from daypass.core.quick import quick_init
from daypass.core.session import SessionKind
from daypass.directory.model import Directory, Role
from daypass.sts.assume_role_request import (
    AssumeRoleRequest,
    ValidAssumeRole,
    validate,
)
from daypass.sts.authorize import AuthorizerFactory, Target
from daypass.sts.caller import Caller, CallerKind
from daypass.sts.chain_rules import ChainRules
from daypass.sts.context import ContextKeys, fold_tags, names, tag_keys
from daypass.sts.issue import SessionDraft, SessionIssuer
from daypass.sts.origin import Origin
from daypass.sts.pipeline import Invocation
from daypass.sts.second_factor import SecondFactor, second_factor_keys
from daypass.sts.session_policies import (
    SessionPolicyReader,
    check_managed_policies,
    check_size,
)
from daypass.sts.source_identity import carried_source_identity
from daypass.sts.tags import check_tag_conflicts, inherited_tags

_ASSUME_ROLE: Final = "sts:AssumeRole"
_TAG_SESSION: Final = "sts:TagSession"
_SET_SOURCE_IDENTITY: Final = "sts:SetSourceIdentity"
_SET_CONTEXT: Final = "sts:SetContext"


@quick_init
@dataclass(frozen=True, slots=True)
class AssumeRoleResult:
    """The answer of AssumeRole.

    `packed_policy_percent` is None where there are neither policies nor tags.
    """

    credentials: Credentials
    assumed_role_id: str
    assumed_role_arn: str
    packed_policy_percent: int | None
    source_identity: str | None
    session_token_bytes: int


@quick_init
@dataclass(frozen=True, slots=True)
class _Plan:
    """A request together with what the calling session adds to it."""

    request: ValidAssumeRole
    caller: Caller
    inherited: Mapping[str, str]
    source_identity: str | None


class AssumeRole:
    """The operation.

    Args:
        directory: roles and managed policies.
        authorizers: decides.
        session_policies: reads session policies.
        issuer: makes the session.
        clock: tells how long a chain has lasted.
        chains: how far chaining may go.
        second_factor: checks what the caller shows besides its credentials.
    """

    name: ClassVar[str] = "AssumeRole"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        session_policies: SessionPolicyReader,
        issuer: SessionIssuer,
        clock: Clock,
        chains: ChainRules,
        second_factor: SecondFactor,
    ) -> None:
        self._directory = directory
        self._authorizers = authorizers
        self._session_policies = session_policies
        self._issuer = issuer
        self._clock = clock
        self._chains = chains
        self._second_factor = second_factor

    async def perform(
        self,
        request: AssumeRoleRequest,
        invocation: Invocation,
        *,
        origin: Origin | None = None,
    ) -> AssumeRoleResult:
        """Checks, decides and issues.

        Args:
            request: the parameters.
            invocation: the call; its caller is who assumes the role.
            origin: where the session comes from, where that is more than the caller.

        Raises:
            RejectedError: a parameter is wrong or the answer is no.
            StoreUnavailableError: nothing was issued.
        """
        invocation.audit.resource = request.role_arn or ""
        plan = self._plan(request, invocation.caller)
        # NOTE: before the role is looked up, so that a wrong code says nothing of it.
        mfa_time = await self._second_factor.check(
            request.serial_number, request.token_code, invocation
        )
        directory = self._directory.current()
        role = directory.role_by_arn(plan.request.role_arn)
        keys = {**_context_keys(plan, role), **second_factor_keys(mfa_time)}
        self._authorize(plan, role, directory, invocation, keys=keys)
        if role is None:
            # NOTE: without a trust policy nothing above has allowed; this is the
            # same answer, should that ever change.
            raise AccessDeniedError("role_unknown")
        _check_duration(plan.request.duration, role, invocation.caller)
        check_managed_policies(plan.request.policies, role.account_id, directory)
        issued = await self._issuer.issue(_draft(plan, role), invocation, origin=origin)
        invocation.audit.issued_access_key_id = issued.session.access_key_id
        principal = _principal(role, plan.request.session_name)
        return AssumeRoleResult(
            credentials=issued.credentials,
            assumed_role_id=principal.user_id,
            assumed_role_arn=principal.arn,
            packed_policy_percent=issued.token.packed_percent,
            source_identity=plan.source_identity,
            session_token_bytes=issued.token.size,
        )

    def _plan(self, request: AssumeRoleRequest, caller: Caller) -> _Plan:
        valid = validate(request)
        inherited = (
            inherited_tags(caller.session)
            if caller.kind is CallerKind.ROLE_SESSION
            else {}
        )
        check_tag_conflicts(request.tags, request.transitive_tag_keys, inherited)
        check_size(valid.policies)
        if valid.policies.inline is not None:
            self._session_policies.parse(valid.policies.inline)
        source_identity = carried_source_identity(valid.source_identity, caller.session)
        return _Plan(valid, caller, inherited, source_identity)

    def _authorize(
        self,
        plan: _Plan,
        role: Role | None,
        directory: Directory,
        invocation: Invocation,
        *,
        keys: ContextKeys,
    ) -> None:
        """Asks for every action that the call takes; the first refused one counts."""
        target = Target(
            resource=plan.request.role_arn,
            account_id=plan.request.role.account,
            trust=role.trust if role is not None else None,
            trust_required=True,
        )
        authorization = self._authorizers.authorize(
            target, keys, invocation, directory=directory
        )
        for action in _actions(plan):
            authorization.require(action)
        if plan.request.context_providers:
            # No context provider can be declared, so no assertion can be checked.
            raise AccessDeniedError("context_provider_unknown")
        self._chains.check(
            plan.caller, now=self._clock.now(), duration=plan.request.duration
        )


def _actions(plan: _Plan) -> tuple[str, ...]:
    actions = [_ASSUME_ROLE]
    if plan.request.tags or plan.inherited:
        actions.append(_TAG_SESSION)
    if plan.source_identity is not None:
        actions.append(_SET_SOURCE_IDENTITY)
    if plan.request.context_providers:
        actions.append(_SET_CONTEXT)
    return tuple(actions)


def _context_keys(plan: _Plan, role: Role | None) -> ContextKeys:
    """Returns the keys that this operation adds (policy-language 6.3 and 6.4)."""
    request = plan.request
    keys: ContextKeys = {
        "sts:RoleSessionName": request.session_name,
        "aws:ResourceAccount": request.role.account,
    }
    if request.external_id is not None:
        keys["sts:ExternalId"] = request.external_id
    if plan.source_identity is not None:
        keys["sts:SourceIdentity"] = plan.source_identity
    if request.transitive_tag_keys:
        keys["sts:TransitiveTagKeys"] = names(request.transitive_tag_keys)
    if request.tags:
        keys["aws:TagKeys"] = names(request.tags)
        keys.update(tag_keys("aws:RequestTag", request.tags))
    if request.context_providers:
        keys["sts:RequestContextProviders"] = names(request.context_providers)
    role_tags = fold_tags(role.tags if role is not None else {}, plan.inherited)
    keys.update(tag_keys("aws:ResourceTag", role_tags))
    keys.update(tag_keys("iam:ResourceTag", role_tags))
    return keys


def _check_duration(duration: timedelta, role: Role, caller: Caller) -> None:
    if duration > role.max_session:
        raise ValidationError(
            "duration_above_role",
            message=(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for"
                " this role."
            ),
        )
    chained = caller.kind is CallerKind.ROLE_SESSION
    if chained and duration > timedelta(seconds=limits.CHAINED_SESSION_SECONDS_MAX):
        raise ValidationError(
            "duration_above_chain",
            message=(
                "The requested DurationSeconds exceeds the 1 hour session limit for"
                " roles assumed by role chaining."
            ),
        )


def _draft(plan: _Plan, role: Role) -> SessionDraft:
    request = plan.request
    transitive = {key.casefold() for key in request.transitive_tag_keys}
    passed_on = (key for key in request.tags if key.casefold() in transitive)
    return SessionDraft(
        kind=SessionKind.ROLE,
        account_id=role.account_id,
        principal_id=role.unique_id,
        principal_arn=role.arn,
        session_name=request.session_name,
        duration=request.duration,
        tags={**plan.inherited, **request.tags},
        transitive_tag_keys=frozenset((*plan.inherited, *passed_on)),
        source_identity=plan.source_identity,
        policies=request.policies,
        token_size_min=request.token_size_min,
    )


def _principal(role: Role, session_name: str) -> RoleSession:
    return RoleSession(
        role.partition,
        role.account_id,
        role.path,
        role.name,
        role.unique_id,
        session_name,
    )
