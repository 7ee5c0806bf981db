"""Service and resource control policies: to whom they apply, and what they do.

SPEC: policy-language 7.2; attacks P20.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from daypass.core.principal import (
    Anonymous,
    Principal,
    RoleSession,
    ServicePrincipal,
)
from support.policies import ROLE_ID, ROOT, A, F, S, U, allow, ask, deny, result, slots

SERVICE = ServicePrincipal("ec2.amazonaws.com")
LINKED = RoleSession("aws", A, "/aws-service-role/x/", "L", ROLE_ID, "s")
ALMOST_LINKED = replace(LINKED, role_path="/aws-service-roles/")
TO_ALL = {**allow(), "Principal": "*"}
DENY_ALL = {**deny(), "Principal": "*"}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        (U, "I scp"),
        (S, "I scp"),
        (F, "I scp"),
        (ROOT, "I scp"),
        (ALMOST_LINKED, "I scp"),
        (LINKED, "A"),
        (SERVICE, "A"),
        (Anonymous(), "A"),
    ],
)
def test_service_control_applies(who: Principal, expected: str) -> None:
    """Every level must allow, to all callers but services and strangers."""
    organised = slots(
        identity=[allow()],
        session=[[allow()]],
        granting=[TO_ALL],
        scp=[[[allow()]], [[allow("ec2:*")]]],
    )

    assert expected == result(ask(who=who, slots=organised))


def test_level_is_a_union() -> None:
    """One policy of a level is enough, and an empty level allows nothing."""
    split = slots(identity=[allow()], scp=[[[allow("ec2:*")], [allow("s3:*")]]])
    empty = slots(identity=[allow()], scp=[[[allow()]], []])

    assert "I scp" == result(ask(slots=empty))
    assert "A" == result(ask(slots=split))


def test_service_control_denies_and_never_grants() -> None:
    """A Deny on a level is explicit, and an Allow gives nothing."""
    denying = slots(identity=[allow()], scp=[[[allow(), deny("s3:*")]]])

    assert "E" == result(ask(slots=denying))
    assert "I identity" == result(ask(slots=slots(scp=[[[allow()]]])))


@pytest.mark.parametrize(
    ("who", "expected"),
    [(U, "E"), (ROOT, "E"), (SERVICE, "E"), (Anonymous(), "E"), (LINKED, "A")],
)
def test_resource_control_denies(who: Principal, expected: str) -> None:
    """A Deny of the resource's organisation hits all but service-linked roles."""
    asked = slots(identity=[allow()], granting=[TO_ALL], rcp=[[[DENY_ALL]]])

    assert expected == result(ask(who=who, slots=asked))


def test_resource_control_allows_by_itself() -> None:
    """Each of its levels allows everything, so that only denials count."""
    other = {**deny("s3:Put*"), "Principal": "*"}
    asked = slots(identity=[allow()], rcp=[[], [[other]]])

    assert "A" == result(ask(slots=asked))


def test_resource_control_of_people_spares_services() -> None:
    """A Deny of every AWS principal does not hit a service; the bare star does."""
    people = {**deny(), "Principal": {"AWS": "*"}}
    asked = slots(identity=[allow()], granting=[TO_ALL], rcp=[[[people]]])

    assert "E" == result(ask(who=U, slots=asked))
    assert "A" == result(ask(who=SERVICE, slots=asked))
