"""The decision as a value: slots, explanations, and the guard.

SPEC: policy-language 7, 7.2, 7.4 and 7.8; attacks P18, P20, P32 and P41.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from daypass.core.principal import (
    Anonymous,
    FederatedUser,
    ServicePrincipal,
    User,
)
from daypass.policy.context import RequestContext
from daypass.policy.decision import Decision, Effect, Slot
from daypass.policy.evaluate import PolicySlots, Question, decide
from support.policies import (
    NOTHING,
    R_IN_A,
    R_IN_B,
    ROOT,
    A,
    B,
    F,
    S,
    Statement,
    U,
    allow,
    ask,
    deny,
    grant,
    policy,
    result,
    slots,
    trusting,
)

SERVICE = ServicePrincipal("ec2.amazonaws.com")
OF_ROOT = FederatedUser("aws", A, "guest", ROOT)
TO_ALL = {**allow(), "Principal": "*"}
DENY_ALL = {**deny(), "Principal": "*"}


def outcomes(decision: Decision) -> dict[str, str]:
    """Returns what each slot says, by name."""
    return {str(each.slot): str(each.effect) for each in decision.outcomes}


TABLE = [
    ("user", [], "A", "I identity"),
    ("user", [allow()], "A", "A"),
    ("account", [], "I identity", "I identity"),
    ("account", [allow()], "A", "A"),
    ("star", [], "A", "I identity"),
    ("other", [allow()], "I resource", "I resource"),
    ("user", [allow(), deny()], "E", "E"),
]
NAMED = {"user": U.arn, "account": A, "star": "*", "other": S.arn}


@pytest.mark.parametrize(("named", "identity", "same", "across"), TABLE)
def test_table_of_accounts(
    named: str, identity: list[Statement], same: str, across: str
) -> None:
    """Within an account one side may be enough, across accounts both are needed."""
    asked = slots(trust=[trusting(NAMED[named])], identity=identity)

    within = ask("sts:AssumeRole", R_IN_A, slots=asked)
    beyond = ask("sts:AssumeRole", R_IN_B, account=B, slots=asked)

    assert (same, across) == (result(within), result(beyond))


def test_nothing_allows_nothing() -> None:
    """Without any policy nobody but root has access, and root in its account only."""
    for who in (U, S):
        assert "I identity" == result(ask(who=who))
    assert "I session" == result(ask(who=OF_ROOT))
    assert "I resource" == result(ask(who=SERVICE))
    assert "I resource" == result(ask(who=Anonymous()))
    assert "I resource" == result(ask(who=ROOT, account=B))
    assert "A" == result(ask(who=ROOT))


def test_required_policy_may_be_absent() -> None:
    """Where the resource has to grant, no resource policy is no grant."""
    required = slots(identity=[allow()], trust=[])

    assert "I resource" == result(ask(slots=required))
    assert "I resource" == result(ask(who=ROOT, slots=required))
    assert "A" == result(ask(slots=slots(identity=[allow()])))


def test_root_is_not_capped_by_its_own_policies() -> None:
    """A root user has no policies of its own; denials of the resource do hit it."""
    own = slots(identity=[deny()], boundary=[NOTHING])

    assert "E" == result(ask(who=ROOT, slots=slots(granting=[DENY_ALL])))
    assert "A" == result(ask(who=ROOT, slots=own))


@pytest.mark.parametrize("bucket", [None, TO_ALL])
def test_root_session_for_a_task_is_capped(bucket: Statement | None) -> None:
    """A root user with a task may do that task alone, whatever a resource grants."""
    granting = None if bucket is None else [bucket]
    other = ask(who=ROOT, slots=slots(session=[[allow("ec2:*")]], granting=granting))
    fitting = ask(who=ROOT, slots=slots(session=[[allow("s3:*")]], granting=granting))

    assert "I session" == result(other)
    assert "A" == result(fitting)
    assert Slot.SESSION is fitting.slot


def test_root_session_for_a_task_is_denied() -> None:
    """Denials hit a root user with a task: its policy's and the organisation's."""
    task = [[allow("s3:*")]]

    assert "E" == result(ask(who=ROOT, slots=slots(session=[[allow(), deny()]])))
    assert "E" == result(ask(who=ROOT, slots=slots(granting=[DENY_ALL], session=task)))
    assert "I scp" == result(
        ask(who=ROOT, slots=slots(scp=[[[NOTHING]]], session=task))
    )


def test_session_federated_by_root_is_capped_by_its_policies() -> None:
    """To root's identity side everything is allowed, and session policies cap it."""
    other = slots(session=[[allow("ec2:*")]])
    fitting = slots(session=[[allow("s3:*")]])

    assert "I session" == result(ask(who=OF_ROOT, slots=other))
    decision = ask(who=OF_ROOT, slots=fitting)
    assert "A" == result(decision)
    assert Slot.SESSION is decision.slot


def test_federated_session_is_capped_by_the_users_boundary() -> None:
    """What the user may not do within a boundary its federated session may not."""
    own: dict[str, Any] = {"identity": [allow()], "session": [[allow()]]}

    assert "I boundary" == result(ask(who=F, slots=slots(boundary=[NOTHING], **own)))
    assert "A" == result(ask(who=F, slots=slots(boundary=[allow()], **own)))


def test_empty_session_slot_is_not_set() -> None:
    """An empty list of session policies is no list."""
    own = PolicySlots(identity=(policy(allow()),), session=())

    assert "A" == result(ask(who=S, slots=own))


def test_only_slots_that_apply_are_reported() -> None:
    """A slot that does not apply to the caller is neither read nor reported."""
    full = slots(
        identity=[allow()],
        granting=[TO_ALL],
        boundary=[allow()],
        session=[[NOTHING]],
        scp=[[[allow()]]],
        rcp=[[[DENY_ALL | {"Action": "ec2:*"}]]],
    )
    everything = {
        "scp": "allowed",
        "rcp": "allowed",
        "resource": "allowed",
        "identity": "allowed",
        "boundary": "allowed",
        "session": "implicitDeny",
    }

    assert everything == outcomes(ask(who=S, slots=full))
    of_root = list(outcomes(ask(who=ROOT, slots=full)))
    assert ["scp", "rcp", "resource", "session"] == of_root
    assert ["rcp", "resource"] == list(outcomes(ask(who=SERVICE, slots=full)))


def test_all_denials_are_recorded() -> None:
    """Every Deny that matches is recorded; the first slot in order is named."""
    denied = slots(
        identity=[deny(Sid="own")],
        boundary=[deny(Sid="bound")],
        granting=[{**DENY_ALL, "Sid": "resource"}],
    )

    decision = ask(slots=denied)

    assert ["resource", "own", "bound"] == [each.sid for each in decision.matched()]
    assert Slot.RESOURCE is decision.slot
    assert decision.statement is not None
    assert "resource" == decision.statement.sid


def test_missing_keys_are_named() -> None:
    """Keys that statements in reach asked for are named as the policy spells them."""
    reached = allow(
        "*",
        "arn:aws:s3:::${aws:PrincipalTag/Home}/*",
        Condition={"StringEquals": {"k": "a"}},
    )
    asked = allow(
        Condition={
            "StringEquals": {"aws:Present": "a", "s3:Prefix": "${sts:X}${y, 'z'}"},
            "Bool": {"M": "true"},
        }
    )
    other_action = allow("ec2:*", Condition={"StringEquals": {"out": "a"}})
    own = slots(identity=[reached, asked, other_action])

    decision = ask(keys={"aws:present": "b"}, slots=own)

    expected = ("aws:PrincipalTag/Home", "M", "s3:Prefix", "sts:X")
    assert expected == decision.missing_keys


@pytest.mark.parametrize("action", ["sts:GetCallerIdentity", "STS:getsessiontoken"])
def test_open_actions_read_no_policy(action: str) -> None:
    """The two actions that cannot be denied are decided without any policy."""
    decision = ask(action, "*", slots=slots(scp=[[[deny()]]], identity=[deny()]))

    assert decision.allowed
    assert () == decision.outcomes
    assert "allowed by rule" == decision.summary()


def test_summary_names_the_ground() -> None:
    """The one line for audit names the statement, or the slot that was silent."""
    allowed = ask(slots=slots(identity=[allow(Sid="x")]))

    assert "implicitDeny by identity" == ask().summary()
    assert "allowed by p statement 0 (x)" == allowed.summary()


def test_defect_is_a_denial() -> None:
    """Whatever is raised inside becomes an implicit denial that says so."""
    broken = Question("s3:Get", "*", A, U, cast("Any", None), slots(identity=[allow()]))
    condition = allow(Condition={"StringEquals": {"k": "a"}})
    question = replace(broken, slots=slots(identity=[condition]))

    decision = decide(question)

    assert Effect.IMPLICIT_DENY is decision.effect
    assert decision.internal_error
    assert not decision.allowed
    assert isinstance(decision.fault, AttributeError)
    assert "implicitDeny by internal error" == decision.summary()


def test_decision_without_defect_says_so() -> None:
    """A denial by policy is no internal error."""
    assert not ask().internal_error


def test_action_of_any_form_is_decided() -> None:
    """Unknown and malformed actions and resources are decided like any other."""
    for action in ("", "*", "no colon", "a:b:c", "\u2603"):
        for resource in ("", "*", "arn:", ":::::", "arn:aws:s3:::b\n"):
            assert None is ask(action, resource, slots=slots(identity=[NOTHING])).fault


def test_resource_without_arn_is_of_every_partition() -> None:
    """An action without a resource asks in the caller's own partition."""
    abroad = User("aws-cn", A, "/", "bob", U.unique_id)
    opened = slots(identity=[allow()])

    assert "I resource" == result(ask(resource=R_IN_A, who=abroad, slots=opened))
    assert "A" == result(ask(resource="*", who=abroad, slots=opened))
    question = Question("s3:Get", "*", A, abroad, RequestContext.of({}), opened)
    assert decide(question).allowed


def test_grant_to_a_role_is_named() -> None:
    """Where the resource stands in for the identity side, its statement is named."""
    decision = ask(who=S, slots=slots(granting=[grant(S.principal_arn, Sid="role")]))

    assert decision.statement is not None
    assert (Slot.RESOURCE, "role") == (decision.slot, decision.statement.sid)


def test_root_allowed_by_rule_has_no_slot() -> None:
    """In its own account root is allowed by nature, across accounts by the grant."""
    across = ask(who=ROOT, account=B, slots=slots(granting=[grant(A)]))

    assert None is ask(who=ROOT).slot
    assert Slot.RESOURCE is across.slot
