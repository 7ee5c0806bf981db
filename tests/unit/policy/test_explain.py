"""Explanations say which part of which statement failed, and what is nearest.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core.principal import Anonymous, Principal
from daypass.policy.context import RequestContext
from daypass.policy.decision import Effect, Slot
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, Question, decide
from daypass.policy.explain import explain
from daypass.policy.explanation import EditKind, Explanation, Failure, Side
from daypass.policy.explanation_json import (
    ExplanationUnreadableError,
    explanation_from_json,
)
from daypass.policy.parse import parse_policy_value
from support.policies import (
    NOTHING,
    OBJECT,
    R_IN_A,
    R_IN_B,
    ROLE_ID,
    ROOT,
    USER_ID,
    A,
    B,
    F,
    Keys,
    S,
    U,
    allow,
    deny,
    document,
    grant,
    identity_keys,
    policy,
    slots,
    trusting,
)
from support.policy_strategies import PROVIDER, SERVICE

PINNED = {"StringEquals": {"sts:ExternalId": "12345"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def question(
    found: PolicySlots,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    *,
    who: Principal = U,
    account: str = A,
    keys: Keys | None = None,
) -> Question:
    """Returns a question about an object of A, if nothing else is said."""
    context = RequestContext.of(identity_keys(who)).including(keys or {})
    return Question(action, resource, account, who, context, found)


def assuming(found: PolicySlots, resource: str = R_IN_A, **more: Any) -> Question:
    """Returns the question that AssumeRole asks."""
    account = B if resource == R_IN_B else A
    return question(found, "sts:AssumeRole", resource, account=account, **more)


def failures(found: Explanation, slot: Slot, statement: int = 0) -> tuple[Failure, ...]:
    """Returns why a statement of the first policy of a slot does not match."""
    (policies,) = (each.policies for each in found.slots if each.slot is slot)
    return policies[0].statements[statement].failures


def nearest(asked: Question) -> str:
    """Returns the text of the nearest change."""
    return explain(asked).nearest[0].text


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


@pytest.mark.parametrize(
    ("condition", "keys", "expected"),
    [
        ({"StringEquals": {"k": ["a", "b c"]}}, {"k": "x"}, 'a or "b c", was x'),
        ({"StringNotEquals": {"k": "a"}}, {"k": "a"}, "anything but a, was a"),
        ({"StringEqualsIgnoreCase": {"k": "a"}}, {}, "a in any case, was absent"),
        ({"StringLike": {"k": "a*"}}, {"k": "b"}, "a match of a*, was b"),
        ({"ArnLike": {"k": R_IN_A}}, {"k": ""}, f'a match of {R_IN_A}, was ""'),
        ({"NumericLessThan": {"k": 5}}, {"k": "5"}, "less than 5, was 5"),
        ({"DateGreaterThan": {"k": "2024"}}, {"k": "0"}, "a time after 2024, was 0"),
        (
            {"IpAddress": {"k": "10.0.0.0/8"}},
            {},
            "an address in 10.0.0.0/8, was absent",
        ),
        ({"Null": {"k": "true"}}, {"k": "a"}, "no value, was a"),
        ({"Null": {"k": "false"}}, {}, "a value, was absent"),
        (
            {"ForAllValues:StringEquals": {"k": "a"}},
            {"k": "b"},
            "of every value a, was b",
        ),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {}, "of some value a, was absent"),
        ({"StringEquals": {"k": []}}, {}, "nothing, was absent"),
    ],
)
def test_conditions_are_put_in_words(
    condition: Any, keys: dict[str, str], expected: str
) -> None:
    """Each family of operators has its phrase."""
    asked = question(slots(identity=[allow(Condition=condition)]), keys=keys)

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    assert f"condition k expected {expected}" == failure.text


def test_condition_failures_hold_their_facts() -> None:
    """A failed condition has key, operator, expectation and what there was."""
    condition = {"ForAnyValue:StringLikeIfExists": {"K": ["a*"]}}
    asked = question(slots(identity=[allow(Condition=condition)]), keys={"k": ["x"]})

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    expected = ("K", "ForAnyValue:StringLikeIfExists", ("a*",), ("x",))
    found = (failure.key, failure.operator, failure.expected, failure.actual)
    assert expected == found


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("s3:Put*"), "Action is s3:Put*, not s3:GetObject"),
        ({**NOTHING, "Action": "*", "Resource": R_IN_A}, f"Resource is {R_IN_A}, not"),
        (
            {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"},
            "NotAction leaves out s3:GetObject",
        ),
        (
            {"Effect": "Allow", "Action": "*", "NotResource": "*"},
            f"NotResource leaves out {OBJECT}",
        ),
        (
            allow(resource="arn:aws:s3:::${k}/*"),
            f"Resource is arn:aws:s3:::${{k}}/*, not {OBJECT}; k is absent",
        ),
    ],
)
def test_other_parts_are_put_in_words(statement: Any, expected: str) -> None:
    """A failed action or resource is told with what it asks for."""
    asked = question(slots(identity=[statement]))

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    assert failure.text.startswith(expected)


def test_principals_are_shown_by_arn() -> None:
    """A stored unique id is shown as the ARN that it stands for."""
    asked = assuming(slots(trust=[trusting(ROLE_ID)]))

    found = explain(asked, arn_of={ROLE_ID: S.principal_arn}.get)

    (failure,) = failures(found, Slot.RESOURCE)
    assert f"Principal names {S.principal_arn}, not user bob" == failure.text


def test_foreign_providers_are_told_apart() -> None:
    """A provider of another account is named, and still is none to trust."""
    statement = grant({"Federated": PROVIDER.provider})
    asked = question(slots(granting=[statement]), who=PROVIDER, account=B)

    (failure,) = failures(explain(asked), Slot.RESOURCE)

    assert "belongs to another partition or account" in failure.text


def test_not_principal_spares() -> None:
    """A NotPrincipal says whom it spares."""
    statement = {**deny(), "NotPrincipal": {"AWS": U.arn}}
    asked = question(slots(identity=[allow()], granting=[statement]))

    (failure,) = failures(explain(asked), Slot.RESOURCE)

    assert f"NotPrincipal spares {U.arn}" == failure.text


def test_long_lists_are_cut() -> None:
    """Of a long list the first values are kept, and the others counted."""
    values = [f"v{number}" for number in range(9)]
    condition = {"StringEquals": {"k": values}}
    asked = question(slots(identity=[allow(Condition=condition)]))

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    assert tuple(values[:8]) == failure.expected
    assert "v7 or 1 more, was absent" in failure.text


@pytest.mark.parametrize(("characters", "kept"), [(256, 256), (257, 256)])
def test_long_values_are_cut(characters: int, kept: int) -> None:
    """A value is kept whole up to the bound, and cut above it."""
    condition = {"StringEquals": {"k": "v" * characters}}
    asked = question(slots(identity=[allow(Condition=condition)]))

    (failure,) = failures(explain(asked), Slot.IDENTITY)

    assert kept == len(failure.expected[0])
    assert (characters > kept) is failure.expected[0].endswith("…")


def test_closest_statements_are_kept() -> None:
    """Of many statements those that nearly match are shown, the rest counted."""
    condition = {"StringEquals": {"k": "a"}}
    others = [allow(f"s3:Put{number}") for number in range(70)]
    asked = question(slots(identity=[*others, allow(Condition=condition)]))

    (found,) = (each for each in explain(asked).slots if each.slot is Slot.IDENTITY)

    (shown,) = found.policies
    assert (64, 7) == (len(shown.statements), shown.omitted)
    assert 70 == shown.statements[-1].reference.index


def test_decision_has_its_place() -> None:
    """The statement that decided is named with policy, Sid, file and line."""
    held = parse_policy_value(
        document(allow(), deny(Sid="Never")),
        kind=DocumentKind.INLINE,
        source=PolicySource("identity", "Guard", "a.yaml", (3, 9)),
    )

    place = explain(question(PolicySlots(identity=(held,)))).decided_by

    assert "Guard statement 1 (Never) in a.yaml:9" == str(place)


def test_levels_are_numbered() -> None:
    """Policies of an organisation are shown with their level, the root's being 0."""
    found = slots(identity=[allow()], scp=[[[allow()]], [[allow()], [NOTHING]]])

    (shown, _) = explain(question(found)).slots

    assert [0, 1, 1] == [each.level for each in shown.policies]


def test_open_actions_need_no_explanation() -> None:
    """What policy cannot deny has neither slots nor changes."""
    found = explain(question(slots(identity=[deny()]), "sts:GetCallerIdentity", "*"))

    assert (Effect.ALLOW, (), ()) == (found.effect, found.slots, found.nearest)


def test_broken_policies_are_our_fault() -> None:
    """A decision that failed is explained as a defect, without slots."""
    broken: Any = policy(allow())
    asked = question(PolicySlots(identity=(broken, None)))  # type: ignore[arg-type]

    found = explain(asked, decide(asked))

    assert found.internal_error
    assert () == found.nearest


def test_expected_values_stay_at_home() -> None:
    """The caller's account is not told what another account's trust expects."""
    trust: Policy | None = slots(trust=[trusting(A, Condition=PINNED)]).resource
    asked = assuming(PolicySlots(resource=trust, resource_policy_required=True), R_IN_B)

    told = str(explain(asked).redacted_for(Side.CALLER).to_json())

    assert "12345" not in told
    assert "ExternalId" not in told


def test_other_account_is_asked_to_allow() -> None:
    """What is left of the other side's change is that there must be one."""
    asked = assuming(slots(trust=[trusting(S.arn)]), R_IN_B)

    (change,) = explain(asked).redacted_for(Side.RESOURCE).nearest

    expected = [EditKind.ADD_STATEMENT, EditKind.WITHHELD]
    assert expected == [edit.kind for edit in change.edits]
    assert change.text.endswith("the account of the caller must allow it as well")


def test_one_account_sees_everything() -> None:
    """Within one account nothing is withheld."""
    found = explain(assuming(slots(trust=[trusting(USER_ID, Condition=PINNED)])))

    assert found == found.redacted_for(Side.CALLER)


@pytest.mark.parametrize(
    "damage",
    [
        {"effect": "maybe"},
        {"action": 1},
        {"same_account": "yes"},
        {"slots": {}},
        {"missing_keys": [1]},
        {"nearest": [{"edits": []}]},
        {"decided_by": {"policy": "p", "index": True}},
        {
            "slots": [
                {"slot": "scp", "effect": "allowed", "policies": [{"name": "p"}, 1]}
            ]
        },
        {
            "slots": [
                {
                    "slot": "scp",
                    "effect": "allowed",
                    "policies": [
                        {"name": "p", "statements": [{"effect": "Allow"}]},
                    ],
                }
            ]
        },
    ],
)
def test_damaged_records_are_refused(damage: Any) -> None:
    """A record that is no explanation is refused, and not quoted."""
    whole: Any = explain(question(slots())).to_json()

    with pytest.raises(ExplanationUnreadableError, match="not an explanation"):
        explanation_from_json({**whole, **damage})


def test_later_members_are_ignored() -> None:
    """A record of a later version is read."""
    found = explain(question(slots()))
    whole: Any = {**found.to_json(), "later": [1]}

    assert found == explanation_from_json(whole)


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
