"""Which exchange policy decides: the first, by name, that says yes to all of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daypass.core.errors import RejectedError
from daypass.core.exchanged_token import TokenType
from daypass.directory.exchange_policies import ExchangePolicy, TokenSource
from daypass.sts.exchange_choice import Asked, Claimed, choose, targets_of

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/a.example"
OWN = TokenSource(None, frozenset({"a"}), frozenset({TokenType.ACCESS_TOKEN}))
FOREIGN = TokenSource(PROVIDER, frozenset({"c"}), frozenset({TokenType.ID_TOKEN}))
POLICY = ExchangePolicy(
    partition="aws",
    account_id="123456789012",
    name="B",
    client_ids=frozenset({"AIDA1"}),
    subjects=(FOREIGN,),
    actors=(OWN,),
    impersonation=True,
    delegation=True,
    audiences=frozenset({"images"}),
    resources=frozenset(),
    scopes=frozenset({"read"}),
    lifetime_max=timedelta(minutes=5),
    issued_types=frozenset({TokenType.ACCESS_TOKEN}),
    role_arn=None,
    single_use=False,
)
ASKED = Asked(
    client_id="AIDA1",
    subject=Claimed(PROVIDER, TokenType.ID_TOKEN),
    actor=None,
    requested_type=TokenType.ACCESS_TOKEN,
    audiences=("images",),
    resources=(),
    scopes=frozenset(),
)
ACTOR = Claimed(None, TokenType.ACCESS_TOKEN)


def policy(name: str, **changes: Any) -> ExchangePolicy:
    """Returns a policy of this name."""
    return replace(POLICY, name=name, **changes)


def refusal(asked: Asked, *policies: ExchangePolicy) -> str:
    """Returns why no policy decides."""
    with pytest.raises(RejectedError) as caught:
        choose(policies, asked)
    return caught.value.detail


def test_no_policy() -> None:
    """Where there is no policy nobody exchanges anything."""
    assert "client_of_no_policy" == refusal(ASKED)


@pytest.mark.parametrize(
    ("changes", "asked", "detail"),
    [
        ({"client_ids": frozenset({"AIDA2"})}, {}, "client_of_no_policy"),
        ({"subjects": (OWN,)}, {}, "subject_of_no_policy"),
        ({"impersonation": False}, {}, "impersonation_not_allowed"),
        ({"delegation": False}, {"actor": ACTOR}, "delegation_not_allowed"),
        ({"actors": (FOREIGN,)}, {"actor": ACTOR}, "actor_of_no_policy"),
        ({"issued_types": frozenset({TokenType.JWT})}, {}, "type_of_no_policy"),
        ({"audiences": frozenset({"orders"})}, {}, "target_of_no_policy"),
        (
            {"scopes": frozenset()},
            {"scopes": frozenset({"read"})},
            "scope_of_no_policy",
        ),
    ],
)
def test_each_question(
    changes: dict[str, Any], asked: dict[str, Any], detail: str
) -> None:
    """Each thing that a policy says is asked, and its answer alone refuses."""
    assert detail == refusal(replace(ASKED, **asked), policy("B", **changes))
    assert POLICY == choose([POLICY], replace(ASKED, **asked))


def test_last_question_counts() -> None:
    """A refusal is that of the last question to which some policy still said yes."""
    other_client = policy("A", client_ids=frozenset({"AIDA2"}))
    other_target = policy("C", audiences=frozenset({"orders"}))

    assert "target_of_no_policy" == refusal(ASKED, other_client, other_target)


def test_no_two_policies_together() -> None:
    """What two policies say yes to in parts, neither says yes to."""
    first = policy("A", audiences=frozenset({"images"}), scopes=frozenset())
    second = policy("B", audiences=frozenset({"orders"}))
    asked = replace(ASKED, scopes=frozenset({"read"}))

    assert "scope_of_no_policy" == refusal(asked, first, second)


def test_first_by_name() -> None:
    """Of several policies the first by name decides, in whatever order they come."""
    first, second = policy("A"), policy("B")

    assert first == choose([second, first], ASKED)


def test_only_target() -> None:
    """Where nothing is asked for, the only target is meant, and never one of several."""
    nothing = replace(ASKED, audiences=())
    two = policy("B", resources=frozenset({"https://a.example/"}))

    assert ("images",) == targets_of(POLICY, nothing)
    assert () == targets_of(two, nothing)
    assert ("images",) == targets_of(two, ASKED)
