"""Explanations in which every member says something."""

from __future__ import annotations

from daypass.policy.change import Change, Edit, EditKind, StatementPlace
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import StatementEffect
from daypass.policy.explanation import (
    Explanation,
    Failure,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
    StatementPart,
)

PLACE = StatementPlace("trust of Audit", 1, "NeedsId", "accounts/production.yaml", 42)
ABSENT_KEY = Failure(
    part=StatementPart.CONDITION,
    text="sts:ExternalId was not passed",
    key="sts:ExternalId",
    operator="StringEquals",
    expected=("securecart",),
)
OTHER_ACTION = Failure(
    part=StatementPart.ACTION,
    text="the action is another",
    operator="NotAction",
    expected=("s3:*",),
    actual=("s3:GetObject",),
)
STATEMENT = StatementExplanation(
    reference=PLACE,
    effect=StatementEffect.DENY,
    matched=False,
    failures=(ABSENT_KEY, OTHER_ACTION),
)
POLICY = PolicyExplanation(
    name="trust of Audit",
    file="accounts/production.yaml",
    statements=(STATEMENT,),
    omitted=3,
    level=2,
)
SLOT = SlotExplanation(
    slot=Slot.RESOURCE,
    effect=Effect.IMPLICIT_DENY,
    policies=(POLICY,),
    missing_keys=("sts:ExternalId",),
    withheld=True,
)
EDIT = Edit(
    kind=EditKind.SET_CONTEXT,
    slot=Slot.RESOURCE,
    text="pass sts:ExternalId",
    key="sts:ExternalId",
    values=("securecart",),
    reference=PLACE,
    statement='{"Effect":"Allow"}',
    level=2,
)
# No decision has all of this at once.
FULL = Explanation(
    effect=Effect.EXPLICIT_DENY,
    action="sts:AssumeRole",
    resource="arn:aws:iam::123456789012:role/Audit",
    same_account=True,
    slot=Slot.RESOURCE,
    decided_by=PLACE,
    slots=(SLOT,),
    missing_keys=("sts:ExternalId",),
    nearest=(Change((EDIT,)),),
    internal_error=True,
)
EMPTY = Explanation(
    effect=Effect.ALLOW,
    action="s3:GetObject",
    resource="*",
    same_account=False,
)
