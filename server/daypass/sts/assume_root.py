"""AssumeRoot: credentials for one task of the root user of a member account.

The caller belongs to the organisation's management account, or to the account that
it has delegated this to, and the organisation has enabled the task. The session is
the member's root user, and may do what the task policy allows and nothing else; see
`sts.authorize` for how that is kept.

SPEC: sts-operations 0.9 and 1.4; details 16 and 44.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar, Final

from daypass.core.credentials import Credentials
from daypass.core.errors import AccessDeniedError, ValidationError
from daypass.core.ports import Clock, Snapshot
from daypass.core.session import SessionKind, SessionPolicies
from daypass.directory.entities import Account
from daypass.directory.model import Directory
from daypass.sts.assume_root_request import (
    AssumeRootRequest,
    ValidAssumeRoot,
    feature_of,
    validate,
)
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import Caller, CallerKind
from daypass.sts.chain_rules import ChainRules
from daypass.sts.context import ContextKeys
from daypass.sts.issue import SessionDraft, SessionIssuer
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target

_ASSUME_ROOT: Final = "sts:AssumeRoot"
_CALLERS: Final = frozenset({CallerKind.USER, CallerKind.ROLE_SESSION})
_NO_ACCOUNT: Final = ""


@dataclass(frozen=True, slots=True)
class AssumeRootResult:
    """The answer of AssumeRoot; `source_identity` is that of the caller, or None."""

    credentials: Credentials
    source_identity: str | None
    session_token_bytes: int


class AssumeRoot:
    """The operation.

    Args:
        directory: the organisation, and the task policies.
        authorizers: decides.
        issuer: makes the session.
        clock: tells how long a chain has lasted.
        chains: how far chaining may go.
    """

    name: ClassVar[str] = "AssumeRoot"
    grants: ClassVar[bool] = True

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        issuer: SessionIssuer,
        clock: Clock,
        chains: ChainRules,
    ) -> None:
        self._directory = directory
        self._authorizers = authorizers
        self._issuer = issuer
        self._clock = clock
        self._chains = chains

    async def perform(
        self, request: AssumeRootRequest, invocation: Invocation
    ) -> AssumeRootResult:
        """Checks, decides and issues.

        Raises:
            RejectedError: a parameter is wrong or the answer is no.
            StoreUnavailableError: nothing was issued.
        """
        caller = invocation.caller
        if caller.kind not in _CALLERS:
            raise AccessDeniedError("caller_kind")
        invocation.audit.resource = request.target_principal or ""
        valid = validate(request, caller.principal.partition)
        invocation.audit.resource = valid.target_arn
        invocation.audit.attributes["task_policy"] = valid.task_policy_arn
        directory = self._directory.current()
        member = _member(valid, caller, directory)
        self._authorize(valid, member, directory, invocation)
        if member is None:
            # One text, so that it does not tell which accounts there are.
            raise AccessDeniedError("not_a_member_of_own_organization", message=_NO)
        duration = timedelta(seconds=valid.duration_seconds)
        self._chains.check(caller, now=self._clock.now(), duration=duration)
        _check_task_policy(valid.task_policy_arn, directory)
        draft = _draft(valid, member, caller)
        issued = await self._issuer.issue(draft, "", invocation)
        invocation.audit.issued_access_key_id = issued.access_key_id
        return AssumeRootResult(
            credentials=issued.credentials,
            source_identity=draft.source_identity,
            session_token_bytes=issued.session_token_bytes,
        )

    def _authorize(
        self,
        valid: ValidAssumeRoot,
        member: Account | None,
        directory: Directory,
        invocation: Invocation,
    ) -> None:
        own = invocation.caller.principal.account_id
        # A member's root has no trust policy: the caller's side decides alone, as in
        # one account, under the resource control policies over the member. Those
        # over an account that is none of the caller's business are not shown.
        target = Target(
            valid.target_arn,
            own,
            controlled_as=member.account_id if member is not None else _NO_ACCOUNT,
        )
        keys: ContextKeys = {
            "aws:ResourceAccount": valid.target_account,
            "sts:TaskPolicyArn": valid.task_policy_arn,
        }
        self._authorizers.authorize(
            target, keys, invocation, directory=directory
        ).require(_ASSUME_ROOT)


def _member(
    valid: ValidAssumeRoot, caller: Caller, directory: Directory
) -> Account | None:
    """Returns the member account, if the caller's account may ask for its root user."""
    own = caller.principal.account_id
    account = directory.account(valid.target_account)
    if (
        account is None
        or own not in account.root_administrator_ids
        or account.account_id in {own, account.management_account_id}
        or feature_of(valid.task_policy_arn) not in account.root_features
        or account.root.principal.arn != valid.target_arn
    ):
        return None
    return account


def _check_task_policy(arn: str, directory: Directory) -> None:
    policy = directory.managed_policy(arn)
    if policy is None:
        raise ValidationError(
            "task_policy_undeclared",
            message=f"The task policy {arn} is not declared in the directory",
        )


def _draft(valid: ValidAssumeRoot, member: Account, caller: Caller) -> SessionDraft:
    parent = caller.session
    return SessionDraft(
        kind=SessionKind.ROOT_TASK,
        account_id=member.account_id,
        principal_id=member.account_id,
        principal_arn=valid.target_arn,
        duration=timedelta(seconds=valid.duration_seconds),
        tags={},
        transitive_tag_keys=frozenset(),
        source_identity=parent.source_identity if parent is not None else None,
        policies=SessionPolicies(managed_arns=(valid.task_policy_arn,)),
        token_size_min=valid.token_size_min,
    )


_NO: Final = (
    "AssumeRoot is for callers of the management account of an organization or its"
    " delegated administrator, for member accounts, and for tasks that are enabled"
)
