"""Authorize: may this principal do this to a resource of the asker's account?

A denial is an answer and not an error: an error would be mistaken for a refusal of
the asker itself.

SPEC: design 4; policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core.arn import EntityArn
from daypass.core.errors import AccessDeniedError, ValidationError
from daypass.core.ports import Snapshot
from daypass.core.secret import Secret
from daypass.core.validation import Violations
from daypass.directory.model import Directory
from daypass.policy.context import RequestContext
from daypass.policy.decision import Effect, Slot
from daypass.policy.question import Question
from daypass.sts.access_decision import (
    Subject,
    keys_of,
    missing_keys_of,
    reason_of,
    target_of,
)
from daypass.sts.access_question import (
    EVERYTHING,
    AccessQuestion,
    account_of_resource,
    check_action,
    check_askers_keys,
    check_context,
    check_resource,
    own_arns,
)
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import Caller
from daypass.sts.decision_views import Denial
from daypass.sts.decisions import Decisions
from daypass.sts.faults import decide_and_log
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.token_judge import TokenJudge
from daypass.sts.verdict import Verdict

_ACTION: Final = "daypass:Authorize"


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """The question, and of whom: exactly one of token and user.

    Attributes:
        question: what is asked.
        session_token: the session of the principal, or None.
        user_arn: a user of the asker's account with its long-term keys, or None.
            Whoever could name users of other accounts could read out which there
            are, and what their policies allow.
    """

    question: AccessQuestion
    session_token: Secret | None = None
    user_arn: str | None = None


@dataclass(frozen=True, slots=True)
class AccessAnswer:
    """The answer to a question about access.

    Attributes:
        allowed: whether it is allowed.
        decision_id: names the decision, for ExplainDecision and the audit log.
        principal_arn: who was asked about: for a session the ARN of the session.
        effect: the outcome, which tells an explicit denial from an implicit one.
        slot: the slot that decided, or None where none did.
        reason: one sentence; for a denial the message that the principal would get.
        missing_keys: the context keys that the asker's own policies, and those of
            the principal if it is of the asker's account, asked for in vain.
    """

    allowed: bool
    decision_id: str
    principal_arn: str
    effect: Effect
    slot: Slot | None
    reason: str
    missing_keys: tuple[str, ...] = ()


class Authorize:
    """The operation.

    Args:
        judge: tells whether a session token is good.
        directory: users and roles.
        authorizers: decides.
        decisions: explains denials.
    """

    name: ClassVar[str] = "Authorize"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        judge: TokenJudge,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        decisions: Decisions,
    ) -> None:
        self._judge = judge
        self._directory = directory
        self._authorizers = authorizers
        self._decisions = decisions

    async def perform(
        self, request: AuthorizeRequest, invocation: Invocation
    ) -> AccessAnswer | Verdict:
        """Answers a question; a token or user that is not good gives a verdict.

        Raises:
            ValidationError: the question is malformed.
            MalformedPolicyDocumentError: the resource policy is.
            AccessDeniedError: the asker may not ask, or not about this resource or
                this user.
            RevocationViewStaleError: this worker cannot know of the token.
        """
        user = _check_subject(request)
        directory = self._directory.current()
        target = self._admit(request.question, invocation, directory)
        if user is not None and user.account != invocation.caller.principal.account_id:
            raise AccessDeniedError(
                "user_of_another_account",
                message="The user does not belong to the account of the caller",
            )
        subject = self._subject(request, directory)
        if isinstance(subject, Verdict):
            invocation.audit.attributes["verdict"] = subject.name
            return subject
        return self._answer(subject, request.question, target, invocation, directory)

    async def authorize(
        self, subject: Caller, question: AccessQuestion, invocation: Invocation
    ) -> AccessAnswer:
        """Answers a question about a caller who is proven already.

        Raises:
            ValidationError: the question is malformed.
            MalformedPolicyDocumentError: the resource policy is.
            AccessDeniedError: the asker may not ask, or not about this resource.
        """
        directory = self._directory.current()
        target = self._admit(question, invocation, directory)
        about = Subject(subject.principal, subject.session)
        return self._answer(about, question, target, invocation, directory)

    def _admit(
        self, question: AccessQuestion, invocation: Invocation, directory: Directory
    ) -> Target:
        """Checks the question and whether the asker may ask it."""
        _check_question(question)
        own = invocation.caller.principal.account_id
        account = account_of_resource(question.resource, own)
        # The policy of the resource is read for nobody who may not ask.
        self._authorizers.authorize(
            Target(EVERYTHING, own), {}, invocation, directory=directory
        ).require(_ACTION)
        if account != own:
            raise AccessDeniedError(
                "resource_of_another_account",
                message="The resource does not belong to the account of the caller",
            )
        target = target_of(question, account, directory)
        invocation.audit.resource = question.resource
        return target

    def _subject(
        self, request: AuthorizeRequest, directory: Directory
    ) -> Subject | Verdict:
        if request.session_token is not None:
            outcome = self._judge.judge(request.session_token)
            if isinstance(outcome, Verdict):
                return outcome
            return Subject(outcome.good.principal, outcome.good.session)
        user = directory.user_by_arn(request.user_arn or "")
        if user is None:
            return Verdict.PRINCIPAL_GONE
        return Subject(user.principal, None)

    def _answer(
        self,
        subject: Subject,
        question: AccessQuestion,
        target: Target,
        invocation: Invocation,
        directory: Directory,
    ) -> AccessAnswer:
        authorizer = self._authorizers.authorizer(directory)
        keys = keys_of(subject, question, target, authorizer, directory)
        asked = Question(
            action=question.action,
            resource=target.resource,
            resource_account=target.account_id,
            principal=subject.principal,
            context=RequestContext.of(keys),
            slots=authorizer.slots(subject.principal, subject.session, target),
        )
        decision = decide_and_log(asked)
        principal, audit = subject.principal, invocation.audit
        audit.decided_by = decision.summary()
        audit.attributes["subject"] = principal.arn
        audit.attributes["effect"] = decision.effect.value
        reason = reason_of(asked, decision, principal)
        if not decision.allowed:
            denial = Denial(
                question=asked,
                decision=decision,
                keys=keys,
                principal=principal,
                reason=reason,
                arn_of=own_arns(authorizer.arn_of, target.account_id),
            )
            self._decisions.note(denial, audit)
        return AccessAnswer(
            allowed=decision.allowed,
            decision_id=audit.decision_id,
            principal_arn=principal.arn,
            effect=decision.effect,
            slot=decision.slot,
            reason=reason,
            missing_keys=missing_keys_of(asked, decision, principal),
        )


def _check_subject(request: AuthorizeRequest) -> EntityArn | None:
    """Checks that there is one subject, and returns the user if it is one."""
    named = [request.session_token is not None, request.user_arn is not None]
    if named.count(True) != 1:
        raise ValidationError(
            "subject_not_one",
            message="Exactly one of session token and user must be given",
        )
    found = Violations()
    if request.session_token is not None and not request.session_token.reveal():
        found.require(("session_token",), None)
    found.raise_if_any()
    if request.user_arn is None:
        return None
    return EntityArn.parse(request.user_arn, kind="user")


def _check_question(question: AccessQuestion) -> None:
    found = Violations()
    check_action(found, ("question", "action"), question.action)
    check_resource(found, ("question", "resource"), question.resource)
    check_context(found, ("question", "context"), question.context)
    found.raise_if_any()
    check_askers_keys(question.context)
