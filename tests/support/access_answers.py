"""Answers about access that a fake server gives the client, and what they mean."""

from __future__ import annotations

from datetime import timedelta

from daypass_client._stubs.daypass.api.access.v1 import access_service_pb2 as access
from daypass_client._stubs.daypass.api.types.v1 import decision_pb2 as decisions
from daypass_client.access import AccessDecision, AccessQuestion
from daypass_client.explanations import (
    AccessChange,
    AccessEdit,
    ExplainedDecision,
    Explanation,
    PolicyExplanation,
    SlotExplanation,
    StatementExplanation,
    StatementFailure,
    StatementReference,
)
from support.world import START

ROLE = "arn:aws:iam::123456789012:role/SecureCart-AuditRole"
AUDITOR = "arn:aws:iam::987654321098:user/auditor"

# A question, and how it is sent.
QUESTION = AccessQuestion(
    action="s3:GetObject",
    resource="arn:aws:s3:::b/k",
    resource_policy="{}",
    context={"aws:SourceIp": ("10.0.0.1", "10.0.0.2"), "app:none": ()},
)
SENT_QUESTION = access.AccessQuestion(
    action="s3:GetObject",
    resource="arn:aws:s3:::b/k",
    resource_policy="{}",
    context=[
        access.ContextEntry(key="aws:SourceIp", values=["10.0.0.1", "10.0.0.2"]),
        access.ContextEntry(key="app:none"),
    ],
)

_REFERENCE = decisions.StatementReference(
    policy=ROLE, index=1, sid="AuditorsForUs", file="accounts/production.yaml", line=96
)
_STATEMENT = decisions.StatementExplanation(
    reference=_REFERENCE,
    effect=decisions.StatementExplanation.STATEMENT_EFFECT_ALLOW,
    failures=[
        decisions.StatementFailure(
            part=decisions.StatementFailure.PART_CONDITION,
            text="ExternalId was not passed",
            key="sts:ExternalId",
            operator="StringEquals",
            expected=["securecart-2026"],
            key_absent=True,
        ),
        decisions.StatementFailure(
            part=decisions.StatementFailure.PART_ACTION,
            text="the action is another",
            operator="Action",
            expected=["sts:TagSession"],
            actual=["sts:AssumeRole"],
        ),
    ],
)
EXPLANATION = decisions.Explanation(
    effect=decisions.DECISION_EFFECT_IMPLICIT_DENY,
    action="sts:AssumeRole",
    resource=ROLE,
    slot=decisions.POLICY_SLOT_RESOURCE,
    slots=[
        decisions.SlotExplanation(
            slot=decisions.POLICY_SLOT_RESOURCE,
            effect=decisions.DECISION_EFFECT_IMPLICIT_DENY,
            policies=[
                decisions.PolicyExplanation(
                    name=ROLE,
                    file="accounts/production.yaml",
                    statements=[_STATEMENT],
                    omitted_count=2,
                )
            ],
            missing_keys=["sts:ExternalId"],
        ),
        decisions.SlotExplanation(
            slot=decisions.POLICY_SLOT_IDENTITY,
            effect=decisions.DECISION_EFFECT_ALLOWED,
            withheld=True,
        ),
    ],
    missing_keys=["sts:ExternalId"],
    nearest_changes=[
        decisions.AccessChange(
            text="ExternalId was not passed",
            edits=[
                decisions.AccessEdit(
                    kind=decisions.AccessEdit.KIND_SET_CONTEXT,
                    slot=decisions.POLICY_SLOT_RESOURCE,
                    text="ExternalId was not passed",
                    key="sts:ExternalId",
                    values=["securecart-2026"],
                )
            ],
        )
    ],
)
EXPLAINED = access.ExplainDecisionResponse(
    decision=access.ExplainedDecision(
        decision_id="decision-1",
        operation="AssumeRole",
        caller_arn=AUDITOR,
        caller_account_id="987654321098",
        resource_account_id="123456789012",
        reason="it is not authorized",
        side=access.ExplainedDecision.SIDE_RESOURCE,
        explanation=EXPLANATION,
    )
)
EXPLAINED.decision.decide_time.FromDatetime(START)
EXPLAINED.decision.expire_time.FromDatetime(START + timedelta(hours=1))
DECISION = access.AccessDecision(
    decision_id="decision-1",
    principal_arn=AUDITOR,
    effect=decisions.DECISION_EFFECT_EXPLICIT_DENY,
    slot=decisions.POLICY_SLOT_BOUNDARY,
    reason="it is not authorized",
    missing_keys=["aws:SourceIp"],
)

# What these mean, as the client's values.
READ_DECISION = AccessDecision(
    allowed=False,
    decision_id="decision-1",
    principal_arn=AUDITOR,
    effect="explicit_deny",
    slot="boundary",
    reason="it is not authorized",
    missing_keys=("aws:SourceIp",),
)
READ_EXPLANATION = Explanation(
    effect="implicit_deny",
    action="sts:AssumeRole",
    resource=ROLE,
    same_account=False,
    slot="resource",
    decided_by=None,
    slots=(
        SlotExplanation(
            slot="resource",
            effect="implicit_deny",
            policies=(
                PolicyExplanation(
                    name=ROLE,
                    file="accounts/production.yaml",
                    statements=(
                        StatementExplanation(
                            reference=StatementReference(
                                policy=ROLE,
                                index=1,
                                sid="AuditorsForUs",
                                file="accounts/production.yaml",
                                line=96,
                            ),
                            effect="allow",
                            matched=False,
                            failures=(
                                StatementFailure(
                                    part="condition",
                                    text="ExternalId was not passed",
                                    key="sts:ExternalId",
                                    operator="StringEquals",
                                    expected=("securecart-2026",),
                                    actual=None,
                                ),
                                StatementFailure(
                                    part="action",
                                    text="the action is another",
                                    key="",
                                    operator="Action",
                                    expected=("sts:TagSession",),
                                    actual=("sts:AssumeRole",),
                                ),
                            ),
                        ),
                    ),
                    omitted_count=2,
                    level=None,
                ),
            ),
            missing_keys=("sts:ExternalId",),
            withheld=False,
        ),
        SlotExplanation(
            slot="identity",
            effect="allowed",
            policies=(),
            missing_keys=(),
            withheld=True,
        ),
    ),
    missing_keys=("sts:ExternalId",),
    nearest_changes=(
        AccessChange(
            text="ExternalId was not passed",
            edits=(
                AccessEdit(
                    kind="set_context",
                    slot="resource",
                    text="ExternalId was not passed",
                    key="sts:ExternalId",
                    values=("securecart-2026",),
                    reference=None,
                    statement="",
                    level=None,
                ),
            ),
        ),
    ),
    internal_error=False,
)
READ_EXPLAINED = ExplainedDecision(
    decision_id="decision-1",
    decide_time=START,
    expire_time=START + timedelta(hours=1),
    operation="AssumeRole",
    caller_arn=AUDITOR,
    caller_account_id="987654321098",
    resource_account_id="123456789012",
    reason="it is not authorized",
    side="resource",
    explanation=READ_EXPLANATION,
)
