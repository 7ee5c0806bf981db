"""Explanations keep what matters, within bounds, and withhold what is not for all.

SPEC: policy-language 7.8; attacks P41.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.decision import Effect, Slot
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, decide
from daypass.policy.explain import explain
from daypass.policy.explanation import EditKind, Side
from daypass.policy.explanation_json import (
    ExplanationUnreadableError,
    explanation_from_json,
)
from daypass.policy.parse import parse_policy_value
from support.explaining import PINNED, assuming, failures, question
from support.policies import (
    NOTHING,
    R_IN_B,
    USER_ID,
    A,
    S,
    allow,
    deny,
    document,
    policy,
    slots,
    trusting,
)


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
