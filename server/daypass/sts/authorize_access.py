"""Authorize: may this principal do this to a resource of the asker's account?

A denial is an answer and not an error: an error would be mistaken for a refusal of
the asker itself.

SPEC: design 4; policy-language 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.secret import Secret
from daypass.policy.decision import Effect, Slot
from daypass.sts.access_question import AccessQuestion


@dataclass(frozen=True, slots=True)
class AuthorizeRequest:
    """The question, and of whom: exactly one of token and user.

    Attributes:
        question: what is asked.
        session_token: the session of the principal, or None.
        user_arn: a user of any account with its long-term keys, or None.
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
