"""The search for the nearest changes reads so many entries, and no more."""

from __future__ import annotations

import pytest

from daypass.core import work_limits
from daypass.policy.effort import Effort, entries_of
from daypass.policy.evaluate import PolicySlots
from daypass.policy.explain import explain
from daypass.policy.nearest import nearest_changes
from support.explaining import PINNED, assuming, question
from support.policies import U, allow, deny, grant, slots, trusting

# One statement of one action and one resource.
SMALL = question(slots(identity=[allow("s3:List*")]))
SMALL_ENTRIES = 3


@pytest.mark.parametrize(
    ("found", "entries"),
    [
        (PolicySlots(), 0),
        (slots(identity=[allow(), deny(["a:b", "a:c"])]), 3 + 4),
        (slots(identity=[allow(Condition=PINNED)]), 3 + 2),
        (slots(granting=[grant([U.arn, "*"])]), 3 + 1),
        (slots(trust=[trusting({"Service": "ec2.amazonaws.com"})]), 2 + 1),
        (slots(boundary=[allow()], session=[[allow()], [allow()]]), 9),
        (
            slots(
                scp=[[[allow()]], [[allow()], [allow()]]], rcp=[[[deny(Principal="*")]]]
            ),
            12,
        ),
    ],
)
def test_entries_are_counted(found: PolicySlots, entries: int) -> None:
    """Statements, actions, resources, principals, conditions and values count."""
    assert entries == entries_of(found)


@pytest.mark.parametrize(("room", "fits"), [(-1, False), (0, True), (1, True)])
def test_reading_takes_room(room: int, *, fits: bool) -> None:
    """All policies are read where there is room for them, and else none."""
    effort = Effort(SMALL_ENTRIES + room)

    assert fits is effort.reads(SMALL)
    assert max(0, room) == effort.left


def test_no_changes_without_room() -> None:
    """Without room for a reading nothing is looked for."""
    assert () == nearest_changes(SMALL, Effort(SMALL_ENTRIES - 1))
    assert nearest_changes(SMALL, Effort(SMALL_ENTRIES * 4))


def test_change_is_true_or_absent() -> None:
    """A change that there is no room to try is not proposed."""
    assert () == nearest_changes(SMALL, Effort(SMALL_ENTRIES))


def test_changes_found_so_far_stay() -> None:
    """What was found before there was no room left is proposed."""
    two = [
        trusting(U.arn, Condition=PINNED),
        trusting(U.arn, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
    ]
    asked = assuming(slots(trust=two, identity=[allow()]))
    reading = entries_of(asked.slots)

    counts = [len(nearest_changes(asked, Effort(reading * n))) for n in (1, 2, 3)]

    assert [0, 1, 2] == counts


def test_explanation_takes_of_effort() -> None:
    """An explanation takes from the effort that it is given."""
    effort = Effort(100)

    assert explain(SMALL, effort=effort).nearest
    assert effort.left < 100 - SMALL_ENTRIES


def test_large_policies_are_explained_alone() -> None:
    """Of more policies than one search may read, there is all but the changes."""
    actions = [f"s3:Get{number}" for number in range(work_limits.CHANGES_WORK_MAX)]
    large = explain(question(slots(identity=[allow(actions)])))

    assert () == large.nearest
    assert large.slots[0].policies
