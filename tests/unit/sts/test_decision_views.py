"""What the views of a denial hold, over random policies of both accounts (P41).

The examples are the same in every run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.principal import AccountPrincipal
from daypass.core.strict_json import loads
from daypass.policy.decision import Effect
from daypass.policy.evaluate import decide
from daypass.policy.explanation import SIDES, Explanation, Side
from daypass.policy.explanation_json import explanation_from_json
from daypass.sts.authorization_text import message_texts
from daypass.sts.decision_views import DecisionViews, Denial, fitting_json
from support.policies import A, B
from support.policy_strategies import compiled, documents, questions
from support.properties import tries
from support.reference_policy import Asked

fewer = tries(50)
VIEWS = DecisionViews()
TAGS = ("aws:ResourceTag/team", "iam:ResourceTag/team", "aws:ResourceOrgID")


def foreign(asked: Asked) -> Asked:
    """Returns the question about a resource of another account."""
    return replace(asked, account=B)


def unknown(_: str) -> str | None:
    """Finds no ARN."""
    return None


def denial_of(asked: Asked) -> Denial:
    """Returns a denial; what is allowed, or nobody's of an account, is not drawn."""
    question = compiled(asked)
    decision = decide(question)
    assume(not decision.allowed)
    principal = asked.principal
    assume(isinstance(principal, AccountPrincipal))
    assert isinstance(principal, AccountPrincipal)
    return Denial(question, decision, asked.keys, principal, "refused", unknown)


@fewer
@given(
    asked=questions().map(foreign),
    policy=st.none() | documents(principal=True),
    required=st.booleans(),
    tags=st.dictionaries(st.sampled_from(TAGS), st.just(["secret"])),
)
def test_caller_sees_nothing_of_the_other(
    *,
    asked: Asked,
    policy: Mapping[str, Any] | None,
    required: bool,
    tags: dict[str, list[str]],
) -> None:
    """Whatever the other account has, the caller sees the same of a denial."""
    other = replace(
        asked,
        resource_policy=policy,
        required=required,
        rcp=(),
        keys={**asked.keys, **tags},
    )
    denials = [denial_of(asked), denial_of(other)]

    seen = [VIEWS.of_both(denial)[Side.CALLER] for denial in denials]
    briefly = [VIEWS.brief(denial) for denial in denials]
    texts = [
        list(message_texts(denial, view))
        for denial, view in zip(denials, seen, strict=True)
    ]

    assert seen[0] == seen[1]
    assert briefly[0] == briefly[1]
    assert texts[0] == texts[1]


@fewer
@given(questions().map(foreign))
def test_owner_sees_no_policy_of_the_caller(asked: Asked) -> None:
    """Of the caller's slots the owner of the resource sees what they said, only."""
    view = VIEWS.of_both(denial_of(asked))[Side.RESOURCE]

    hidden = [slot for slot in view.slots if SIDES[slot.slot] is Side.CALLER]
    assert all(not slot.policies and not slot.missing_keys for slot in hidden)
    assert all(slot.withheld for slot in hidden)


@fewer
@given(questions())
def test_no_view_allows(asked: Asked) -> None:
    """No view of a denial says that it was allowed."""
    views = VIEWS.of_both(denial_of(asked))

    assert Effect.ALLOW not in {view.effect for view in views.values()}


@fewer
@given(questions())
def test_one_account_is_both_sides(asked: Asked) -> None:
    """Within one account both views are one, and whole."""
    views = VIEWS.of_both(denial_of(replace(asked, account=A)))

    assert views[Side.CALLER] is views[Side.RESOURCE]
    assert not any(slot.withheld for slot in views[Side.CALLER].slots)


@fewer
@given(questions(), st.sampled_from((1_000, 2_000, 4_000)))
def test_cut_views_are_read(asked: Asked, bytes_max: int) -> None:
    """A view that was cut to any size is read again, with the same answer."""
    view = VIEWS.of_both(denial_of(asked))[Side.RESOURCE]

    text = fitting_json(view, bytes_max=bytes_max)

    read = explanation_from_json(loads(text, size_max=limits.EXPLANATION_BYTES_MAX))
    assert bytes_max >= len(text)
    assert (view.effect, view.slot) == (read.effect, read.slot)


@fewer
@given(questions(), st.sampled_from(("x", "\N{ACUTE ACCENT}", "\N{KEY}")))
def test_largest_view_fits(asked: Asked, character: str) -> None:
    """The view about the longest resource fits the store in any script."""
    resource = f"arn:aws:s3:::{character * 2_030}"
    view = VIEWS.of_both(denial_of(replace(asked, resource=resource)))[Side.CALLER]

    text = fitting_json(view, bytes_max=limits.EXPLANATION_BYTES_MAX)

    assert limits.EXPLANATION_BYTES_MAX >= len(text)


@fewer
@given(questions())
def test_whole_views_are_read(asked: Asked) -> None:
    """A view that needs no cut comes back as it was."""
    view = VIEWS.of_both(denial_of(asked))[Side.CALLER]

    assert view == _read(fitting_json(view, bytes_max=10_000_000))


def _read(text: str) -> Explanation:
    return explanation_from_json(json.loads(text))
