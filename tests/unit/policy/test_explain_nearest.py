"""Explanations say what the nearest change is that would allow.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

import pytest

from daypass.core.principal import Anonymous, Principal
from daypass.policy.decision import Slot
from daypass.policy.evaluate import PolicySlots
from daypass.policy.explain import explain
from daypass.policy.explanation import EditKind
from support.explaining import PINNED, assuming, nearest, question
from support.policies import (
    NOTHING,
    OBJECT,
    R_IN_A,
    R_IN_B,
    ROOT,
    USER_ID,
    A,
    B,
    F,
    S,
    U,
    allow,
    deny,
    slots,
    trusting,
)
from support.policy_strategies import SERVICE

WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def test_external_id_is_asked_for() -> None:
    """A missing external id is the nearest change, in words."""
    asked = assuming(slots(trust=[trusting(USER_ID, Condition=PINNED)]))

    expected = (
        "ExternalId was not passed: condition sts:ExternalId expected 12345, was absent"
    )
    assert expected == nearest(asked)


def test_wrong_external_id_is_shown() -> None:
    """A wrong value is told beside the one that was expected."""
    trust = slots(trust=[trusting(USER_ID, Condition=PINNED)])

    text = nearest(assuming(trust, keys={"sts:ExternalId": "54321"}))

    assert "condition sts:ExternalId expected 12345, was 54321" == text


def test_second_factor_is_asked_for() -> None:
    """A condition on an absent key says what it expected."""
    trust = slots(trust=[trusting(USER_ID, Condition=WITH_MFA)])

    expected = "condition aws:MultiFactorAuthPresent expected true, was absent"
    assert expected == nearest(assuming(trust))


def test_missing_identity_policy_is_told() -> None:
    """A caller whose policies are silent is told which policy is missing."""
    trust = slots(trust=[trusting(A)])

    expected = f"no identity policy of user bob allows sts:AssumeRole on {R_IN_A}"
    assert expected == nearest(assuming(trust))


def test_both_accounts_must_change() -> None:
    """A change across accounts holds what both sides need, in the order of the rules."""
    (change,) = explain(assuming(slots(trust=[trusting(S.arn)]), R_IN_B)).nearest

    assert [Slot.RESOURCE, Slot.IDENTITY] == [edit.slot for edit in change.edits]
    assert (
        "the role trust policy does not allow sts:AssumeRole to user bob; and no"
        f" identity policy of user bob allows sts:AssumeRole on {R_IN_B}" == change.text
    )


def test_pinned_trust_is_not_opened() -> None:
    """Who may pass by a condition is not told to add a statement without it."""
    trust = slots(trust=[trusting(USER_ID, Condition=PINNED)])

    (change,) = explain(assuming(trust)).nearest

    assert [EditKind.SET_CONTEXT] == [edit.kind for edit in change.edits]


def test_denial_names_its_escape() -> None:
    """A Deny with a condition says which value it spares."""
    condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    asked = question(slots(identity=[allow(), deny(Condition=condition)]))

    expected = "p statement 1 denies unless aws:MultiFactorAuthPresent is true"
    assert expected == nearest(asked)


def test_plain_denial_must_go() -> None:
    """A Deny without a condition is to be taken away or narrowed."""
    (change,) = explain(question(slots(identity=[allow(), deny()]))).nearest

    assert [EditKind.REMOVE_STATEMENT] == [edit.kind for edit in change.edits]
    assert f"p statement 1 denies s3:GetObject on {OBJECT}" == change.text


@pytest.mark.parametrize(
    ("found", "who", "expected"),
    [
        (
            slots(identity=[allow()], boundary=[NOTHING]),
            U,
            f"the permissions boundary of user bob does not allow s3:GetObject on {OBJECT}",
        ),
        (
            slots(identity=[allow()], session=[[NOTHING]]),
            S,
            f"no session policy of the session allows s3:GetObject on {OBJECT}",
        ),
        (
            slots(identity=[allow()]),
            F,
            "the session of federated user guest was made without a session policy",
        ),
        (
            slots(identity=[allow()], scp=[[[allow()]], [[NOTHING]]]),
            U,
            f"no service control policy of level 1 allows s3:GetObject on {OBJECT}",
        ),
        (
            slots(),
            SERVICE,
            "the resource policy does not allow s3:GetObject to service ec2.amazonaws.com",
        ),
    ],
)
def test_each_slot_has_its_words(
    found: PolicySlots, who: Principal, expected: str
) -> None:
    """The slot that is silent is named as people call it."""
    assert expected == nearest(question(found, who=who))


def test_partitions_have_no_change() -> None:
    """Where no policy can let the caller in, none is proposed."""
    chinese = R_IN_B.replace("arn:aws:", "arn:aws-cn:")

    asked = question(slots(identity=[allow()]), "sts:AssumeRole", chinese, account=B)

    assert () == explain(asked).nearest


def test_actions_that_trust_cannot_hold() -> None:
    """A trust policy is not proposed to allow what it may not speak of."""
    trust = slots(trust=[trusting(S.arn)])

    assert () == explain(question(trust, "iam:GetRole", R_IN_A)).nearest


def test_root_is_let_in_by_its_account() -> None:
    """A root user of another account is let in as its account."""
    asked = question(slots(), who=ROOT, account=B)

    (edit,) = explain(asked).nearest[0].edits

    assert f'"Principal": {{"AWS": "{ROOT.arn}"}}' in str(edit.statement)


def test_anonymous_callers_are_everyone() -> None:
    """A stranger is let in by nothing less than everyone."""
    (edit,) = explain(question(slots(), who=Anonymous())).nearest[0].edits

    assert '"Principal": {"AWS": "*"}' in str(edit.statement)


def test_added_resources_are_literal() -> None:
    """What looks like a wildcard in a resource is one character in the proposal."""
    asked = question(slots(), resource="arn:aws:s3:::b/*${aws:username}?")

    (edit,) = explain(asked).nearest[0].edits

    assert "arn:aws:s3:::b/${*}${$}{aws:username}${?}" in str(edit.statement)


def test_far_denials_have_no_change() -> None:
    """A denial that takes more steps than the bound has no change that is near."""
    near = [allow(), *(deny() for _ in range(15))]

    assert explain(question(slots(identity=near))).nearest
    assert () == explain(question(slots(identity=[*near, deny(), deny()]))).nearest


@pytest.mark.parametrize(("conditions", "kind"), [(16, "set"), (17, "add")])
def test_many_conditions_are_not_near(conditions: int, kind: str) -> None:
    """A statement with more unmet conditions than the bound is not proposed."""
    keys = {f"k{number}": "a" for number in range(conditions)}
    asked = question(slots(identity=[allow(Condition={"StringEquals": keys})]))

    (change,) = explain(asked).nearest

    assert change.edits[0].kind.value.startswith(kind)
    assert Slot.IDENTITY is change.slot
