"""The parameters of AssumeRoot, and every constraint that needs no policy.

SPEC: sts-operations 0.2, 0.4 and 1.4; detail 44.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.core.arn import Arn, is_account_id, root_arn
from daypass.core.errors import ValidationError
from daypass.core.validation import TextRule, Violations
from daypass.directory.declared import RootFeature
from daypass.sts.request_rules import ARN_RULE, check_token_size

# The tasks that there are; the directory says what each of them allows.
TASK_POLICIES: Final = (
    "IAMAuditRootUserCredentials",
    "IAMCreateRootUserPassword",
    "IAMDeleteRootUserCredentials",
    "S3UnlockBucketPolicy",
    "SQSUnlockQueuePolicy",
)
# SPEC: 1.4; the others belong to the feature RootCredentialsManagement.
_SESSION_TASKS: Final = ("S3UnlockBucketPolicy", "SQSUnlockQueuePolicy")
_TARGET: Final = TextRule(
    limits.TARGET_PRINCIPAL_CHARACTERS_MIN, limits.TARGET_PRINCIPAL_CHARACTERS_MAX
)


@dataclass(frozen=True, slots=True)
class AssumeRootRequest:
    """The parameters as they were sent; None means that one was not."""

    target_principal: str | None = None
    task_policy_arn: str | None = None
    duration_seconds: int | None = None
    minimum_session_token_size: int | None = None


@dataclass(frozen=True, slots=True)
class ValidAssumeRoot:
    """The parameters after every check that needs no policy and no state."""

    target_account: str
    target_arn: str
    task_policy_arn: str
    duration_seconds: int
    token_size_min: int


def task_policy_arn(partition: str, name: str) -> str:
    """Returns the ARN of a task policy."""
    return f"arn:{partition}:iam::aws:policy/root-task/{name}"


def validate(request: AssumeRootRequest, partition: str) -> ValidAssumeRoot:
    """Checks every parameter by itself.

    Args:
        request: as it was sent.
        partition: that of the caller, which an account id alone is taken for.

    Raises:
        ValidationError: constraints are breached, or the target or the policy is
            not of the kind that there must be.
    """
    found = Violations()
    target, task = request.target_principal or "", request.task_policy_arn or ""
    found.require(("target_principal",), target)
    found.require(("task_policy_arn", "arn"), task)
    if target:
        found.check_text(("target_principal",), target, _TARGET)
    if task:
        found.check_text(("task_policy_arn", "arn"), task, ARN_RULE)
    found.check_range(
        ("duration_seconds",),
        request.duration_seconds,
        least=limits.ROOT_TASK_SESSION_SECONDS_MIN,
        most=limits.ROOT_TASK_SESSION_SECONDS_MAX,
    )
    check_token_size(request.minimum_session_token_size, found)
    found.raise_if_any()
    account = _target_account(target)
    if task not in (task_policy_arn(partition, name) for name in TASK_POLICIES):
        raise ValidationError(
            "task_policy_unknown", message=f"{task} is not a task policy of AssumeRoot"
        )
    return ValidAssumeRoot(
        target_account=account,
        target_arn=root_arn(partition, account) if target == account else target,
        task_policy_arn=task,
        duration_seconds=limits.ROOT_TASK_SESSION_SECONDS_MAX
        if request.duration_seconds is None
        else request.duration_seconds,
        token_size_min=request.minimum_session_token_size or 0,
    )


def _target_account(target: str) -> str:
    """Returns the account that a target names, by its id or by the ARN of its root."""
    if is_account_id(target):
        return target
    arn = Arn.parse(target)
    if not is_account_id(arn.account) or target != root_arn(arn.partition, arn.account):
        raise ValidationError("target_not_a_root", message=f"{target} is invalid")
    return arn.account


def feature_of(task_policy_arn: str) -> RootFeature:
    """Returns the feature that a task belongs to, by the ARN of its policy."""
    if task_policy_arn.endswith(_SESSION_TASKS):
        return RootFeature.SESSIONS
    return RootFeature.CREDENTIALS
