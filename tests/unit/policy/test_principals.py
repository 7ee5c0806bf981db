"""Principals: who is named, how closely, and whom a denial hits.

SPEC: policy-language 2.1 and 7.1; attacks P13, P15, P16 and P32.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core.principal import (
    Anonymous,
    FederatedProvider,
    FederatedUser,
    Principal,
    RoleSession,
    ServicePrincipal,
    User,
)
from daypass.policy.principals import Strength
from support.policies import (
    ACCOUNT,
    Q_ARN,
    R_IN_A,
    ROLE_ID,
    ROOT,
    USER_ID,
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
    result,
    slots,
)

SERVICE = ServicePrincipal("ec2.amazonaws.com")
PROVIDER = FederatedProvider(f"arn:aws:iam::{A}:saml-provider/Corp")
BUILT_IN = FederatedProvider("accounts.google.com")
STRANGER = Anonymous()
OF_ROOT = FederatedUser("aws", A, "guest", ROOT)
CHINESE = User("aws-cn", A, "/", "bob", USER_ID)
OTHER_ROLE = RoleSession("aws", A, "/", "Q2", "AROA" + "X" * 17, "s1")
TO_EC2 = {"Service": "ec2.amazonaws.com"}
TO_PROVIDER = {"Federated": PROVIDER.provider}
NONE, BY_ACCOUNT, BY_ENTITY, DIRECT = Strength


def strength(who: Principal, principal: Any, resource: str = "*") -> Strength:
    """Returns how closely an Allow of a resource of A names a caller."""
    statement = {**allow(), "Principal": principal}
    return ask(resource=resource, who=who, slots=slots(granting=[statement])).strength


@pytest.mark.parametrize(
    ("who", "entry", "expected"),
    [
        (U, U.arn, DIRECT),
        (U, USER_ID, DIRECT),
        (U, "*", DIRECT),
        (U, A, BY_ACCOUNT),
        (U, ACCOUNT, BY_ACCOUNT),
        (U, B, NONE),
        (U, f"arn:aws:iam::{A}:user/team/bob", NONE),
        (U, f"arn:aws:iam::{A}:user/Bob", NONE),
        (U, f"arn:aws-cn:iam::{A}:root", NONE),
        (S, S.arn, DIRECT),
        (S, f"{ROLE_ID}:s1", DIRECT),
        (S, "*", DIRECT),
        (S, Q_ARN, BY_ENTITY),
        (S, ROLE_ID, BY_ENTITY),
        (S, A, BY_ACCOUNT),
        (S, f"{ROLE_ID}:s2", NONE),
        (S, U.arn, NONE),
        (OTHER_ROLE, Q_ARN, NONE),
        (F, F.arn, DIRECT),
        (F, U.arn, BY_ENTITY),
        (F, USER_ID, BY_ENTITY),
        (F, A, BY_ACCOUNT),
        (OF_ROOT, A, BY_ACCOUNT),
        (OF_ROOT, U.arn, NONE),
        (ROOT, A, DIRECT),
        (ROOT, ACCOUNT, DIRECT),
        (ROOT, U.arn, NONE),
        (STRANGER, "*", DIRECT),
        (STRANGER, A, NONE),
        (SERVICE, "*", NONE),
        (PROVIDER, "*", NONE),
    ],
)
def test_strength_of_an_aws_entry(
    who: Principal, entry: str, expected: Strength
) -> None:
    """An AWS entry names its caller as closely as the table says."""
    assert expected is strength(who, {"AWS": entry})


@pytest.mark.parametrize(
    ("who", "principal", "expected"),
    [
        (SERVICE, TO_EC2, DIRECT),
        (SERVICE, {"Service": "ec2.amazonaws.com.cn"}, NONE),
        (SERVICE, TO_PROVIDER, NONE),
        (PROVIDER, TO_PROVIDER, DIRECT),
        (PROVIDER, TO_EC2, NONE),
        (BUILT_IN, {"Federated": "accounts.google.com"}, DIRECT),
        (BUILT_IN, {"Federated": "www.amazon.com"}, NONE),
        (U, TO_EC2, NONE),
        (U, {"CanonicalUser": "0" * 64}, NONE),
        (SERVICE, "*", DIRECT),
        (PROVIDER, "*", DIRECT),
        (STRANGER, "*", DIRECT),
        (U, "*", DIRECT),
        (U, {**TO_EC2, "AWS": [B, U.arn]}, DIRECT),
    ],
)
def test_strength_of_other_entries(
    who: Principal, principal: Any, expected: Strength
) -> None:
    """Services and providers are named by their own kinds, and by the bare star."""
    assert expected is strength(who, principal)


def test_best_grant_counts() -> None:
    """Of several grants the closest one counts, wherever it stands."""
    statements = [grant(A), grant(S.arn, Sid="close"), grant(Q_ARN)]

    for order in (statements, statements[::-1]):
        decision = ask(who=S, slots=slots(granting=order))

        assert Strength.DIRECT is decision.strength
        assert decision.statement is not None
        assert "close" == decision.statement.sid


def test_partitions_do_not_trust_each_other() -> None:
    """A caller of another partition has no grant, by star or in its own account."""
    opened = slots(granting=[{**allow(), "Principal": "*"}], identity=[allow()])

    assert Strength.NONE is strength(CHINESE, "*", R_IN_A)
    assert "I resource" == result(ask(resource=R_IN_A, who=CHINESE, slots=opened))
    assert "A" == result(ask(resource=R_IN_A, slots=opened))


def test_provider_of_another_account_is_not_trusted() -> None:
    """A role trusts the identity providers of its own account only."""
    trust = slots(granting=[{**allow(), "Principal": TO_PROVIDER}])

    assert "I resource" == result(ask(who=PROVIDER, account=B, slots=trust))
    assert "A" == result(ask(who=PROVIDER, account=A, slots=trust))


@pytest.mark.parametrize(
    ("who", "principal"),
    [
        (S, {"AWS": Q_ARN}),
        (S, {"AWS": S.arn}),
        (S, {"AWS": A}),
        (F, {"AWS": U.arn}),
        (F, {"AWS": ACCOUNT}),
        (ROOT, {"AWS": A}),
        (U, {"AWS": "*"}),
        (SERVICE, TO_EC2),
        (PROVIDER, TO_PROVIDER),
    ],
)
def test_deny_hits_the_whole_chain(who: Principal, principal: Any) -> None:
    """A Deny of a role, a user or an account denies all that comes of it."""
    statements = [{**allow(), "Principal": "*"}, {**deny(), "Principal": principal}]

    assert "E" == result(ask(who=who, slots=slots(granting=statements)))


def sparing(entries: Any) -> list[Statement]:
    """Returns a resource policy that allows everyone and denies all but some."""
    return [{**allow(), "Principal": "*"}, {**deny(), "NotPrincipal": entries}]


@pytest.mark.parametrize(
    ("who", "entries"),
    [
        (U, {"AWS": A}),
        (U, {"AWS": [B, Q_ARN]}),
        (U, {"AWS": "*"}),
        (U, "*"),
        (S, {"AWS": f"arn:aws:sts::{A}:assumed-role/Q/s2"}),
        (S, {"AWS": ACCOUNT}),
        (SERVICE, {"AWS": "*"}),
        (SERVICE, {"Service": "s3.amazonaws.com"}),
        (PROVIDER, TO_EC2),
        (STRANGER, {"AWS": "*"}),
    ],
)
def test_not_principal_denies(who: Principal, entries: Any) -> None:
    """A Deny with NotPrincipal hits whom no entry names."""
    assert "E" == result(ask(who=who, slots=slots(granting=sparing(entries))))


@pytest.mark.parametrize(
    ("who", "entries"),
    [
        (U, {"AWS": U.arn}),
        (S, {"AWS": S.arn}),
        (S, {"AWS": Q_ARN}),
        (F, {"AWS": U.arn}),
        (ROOT, {"AWS": ACCOUNT}),
        (SERVICE, TO_EC2),
        (PROVIDER, TO_PROVIDER),
    ],
)
def test_not_principal_spares(who: Principal, entries: Any) -> None:
    """It spares those whom an entry names, themselves or their role or user."""
    assert "A" == result(ask(who=who, slots=slots(granting=sparing(entries))))


def test_not_principal_hits_the_bounded() -> None:
    """A caller with a permissions boundary is always hit by NotPrincipal."""
    bounded = slots(granting=sparing({"AWS": U.arn}), boundary=[allow()])

    assert "E" == result(ask(slots=bounded))
