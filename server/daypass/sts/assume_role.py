"""AssumeRole: credentials for a role, to whom its owner and the caller's allow it.

A second factor counts for the decision of the call that shows it. The session that
comes of it is one without (detail 35).

SPEC: sts-operations 1.1, 0.6 to 0.9; policy-language 6.2, 7.3 and 7.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from daypass.core import limits
from daypass.core.credentials import Credentials
from daypass.core.errors import (
    AccessDeniedError,
    AccessKeyTakenError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.ports import Clock, Snapshot
from daypass.core.principal import RoleSession
from daypass.core.quick import quick_init
from daypass.core.session import SessionKind
from daypass.directory.entities import Role
from daypass.directory.model import Directory
from daypass.sts.assume_role_plan import Plan
from daypass.sts.assume_role_request import AssumeRoleRequest, validate
from daypass.sts.authorize import Authorization, AuthorizerFactory
from daypass.sts.caller import Caller, CallerKind
from daypass.sts.chain_rules import ChainRules
from daypass.sts.context import ContextKeys
from daypass.sts.issue import IssuedSession, SessionIssuer
from daypass.sts.origin import Origin, origin_of_caller
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.remembered_mints import AllowedMint, RememberedMints
from daypass.sts.second_factor import SecondFactor, second_factor_keys
from daypass.sts.session_policies import (
    SessionPolicyReader,
    check_managed_policies,
    check_size,
)
from daypass.sts.source_identity import carried_source_identity
from daypass.sts.tags import check_tag_conflicts, inherited_tags


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


# A role that may be assumed, the session that is made for it, and the call.
PreparedAssumption = tuple[AllowedMint, IssuedSession, Invocation]


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
        self._remembered = RememberedMints()

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
        prepared = await self.prepare(request, invocation, origin=origin)
        return self.answer(prepared, await self._issuer.store(prepared[1], invocation))

    async def prepare(
        self,
        request: AssumeRoleRequest,
        invocation: Invocation,
        *,
        origin: Origin | None = None,
    ) -> PreparedAssumption:
        """Checks and decides, and makes the session; nothing is stored yet.

        Args:
            request: the parameters.
            invocation: the call; its caller is who assumes the role.
            origin: where the session comes from, where that is more than the caller.

        Raises:
            RejectedError: a parameter is wrong or the answer is no.
        """
        invocation.audit.resource = request.role_arn or ""
        # The property tells why there is none.
        caller = invocation.proven or invocation.caller
        allowed = None
        if origin is None:
            directory = self._directory.current()
            allowed = self._remembered.find(request, caller, directory)
        if allowed is None:
            allowed = await self._allowed(request, invocation, origin)
        else:
            invocation.audit.decided_by = allowed.decided_by
            if caller.session is not None:
                # Nobody else's session has one before it.
                self._check_chain(caller, allowed.mint.draft.duration)
        name = request.role_session_name or ""
        epoch = caller.epoch if origin is None else origin.epoch
        made = self._issuer.make(allowed.mint, name, epoch, invocation)
        return allowed, made, invocation

    async def store_all(
        self, prepared: Sequence[PreparedAssumption]
    ) -> list[AccessKeyTakenError | StoreUnavailableError | None]:
        """Stores the sessions of several; see `SessionIssuer.store_all`."""
        return await self._issuer.store_all(
            [(made, call) for _, made, call in prepared]
        )

    async def settle(
        self, prepared: PreparedAssumption, taken: AccessKeyTakenError
    ) -> AssumeRoleResult:
        """Issues one whose name was taken; see `SessionIssuer.settle`."""
        _, made, invocation = prepared
        return self.answer(prepared, await self._issuer.settle(made, taken, invocation))

    def answer(
        self, prepared: PreparedAssumption, issued: IssuedSession | None = None
    ) -> AssumeRoleResult:
        """Returns the answer of one that is stored.

        Args:
            prepared: what was asked for.
            issued: what was issued, where it is not what was made.
        """
        allowed, made, invocation = prepared
        session = issued or made
        record = session.record
        invocation.audit.issued_access_key_id = record.access_key_id
        return AssumeRoleResult(
            session.credentials,
            allowed.user_id_before_name + record.session_name,
            allowed.arn_before_name + record.session_name,
            session.packed_policy_percent,
            record.source_identity,
            session.session_token_bytes,
        )

    async def _allowed(
        self, request: AssumeRoleRequest, invocation: Invocation, origin: Origin | None
    ) -> AllowedMint:
        """Checks and decides, and remembers what may be."""
        caller = invocation.caller
        plan = self._plan(request, caller)
        # NOTE: before the role is looked up, so that a wrong code says nothing of it.
        mfa_time = await self._second_factor.check(
            request.serial_number, request.token_code, invocation
        )
        directory = self._directory.current()
        role = directory.role_by_arn(plan.request.role_arn)
        keys = {**plan.context_keys(role), **second_factor_keys(mfa_time)}
        authorization = self._authorize(plan, role, directory, invocation, keys=keys)
        if role is None:
            # NOTE: without a trust policy nothing above has allowed; this is the
            # same answer, should that ever change.
            raise AccessDeniedError("role_unknown")
        _check_duration(plan.request.duration, role, caller)
        check_managed_policies(plan.request.policies, role.account_id, directory)
        own = origin_of_caller(caller, SessionKind.ROLE, role.account_id)
        mint = self._issuer.prepare(plan.draft(role), origin or own)
        unnamed = _unnamed(role)
        allowed = AllowedMint(
            mint, invocation.audit.decided_by, unnamed.user_id, unnamed.arn
        )
        if origin is None and authorization.asks_nothing:
            self._remembered.keep(request, caller, directory, allowed)
        return allowed

    def _plan(self, request: AssumeRoleRequest, caller: Caller) -> Plan:
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
        return Plan(valid, caller, inherited, source_identity)

    def _authorize(
        self,
        plan: Plan,
        role: Role | None,
        directory: Directory,
        invocation: Invocation,
        *,
        keys: ContextKeys,
    ) -> Authorization:
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
        for action in plan.actions:
            authorization.require(action)
        if plan.request.context_providers:
            # No context provider can be declared, so no assertion can be checked.
            raise AccessDeniedError("context_provider_unknown")
        self._check_chain(plan.caller, plan.request.duration)
        return authorization

    def _check_chain(self, caller: Caller, duration: timedelta) -> None:
        self._chains.check(caller, now=self._clock.now(), duration=duration)


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


def _unnamed(role: Role) -> RoleSession:
    """Returns the session of a role without its name, with which both its names end."""
    return RoleSession(
        role.partition, role.account_id, role.path, role.name, role.unique_id, ""
    )
