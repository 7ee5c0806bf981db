"""Actions and resources: what their entries match.

SPEC: policy-language 4; attacks P03, P14 and P36.
"""

from __future__ import annotations

from typing import Any

import pytest

from daypass.policy.actions import ActionSet
from daypass.policy.context import RequestContext
from daypass.policy.resources import ResourceName, ResourceSet
from support.policies import OBJECT, R_IN_A, A

CONTEXT = RequestContext.of({"aws:username": "bob"})


def names_action(entry: str, action: str) -> bool:
    """Returns whether an entry of Action matches."""
    return ActionSet.of([entry], negated=False).matches(action.lower())


def names(*entries: str, resource: str = OBJECT, **changes: Any) -> bool:
    """Returns whether the entries of Resource match."""
    form = {"negated": False, "denies": False, "variables": True, **changes}
    found = ResourceSet.of(entries, **form)
    return found.matches(ResourceName.of(resource), CONTEXT)


@pytest.mark.parametrize(
    ("entry", "action"),
    [
        ("sts: AssumeRole", "sts:AssumeRole"),
        ("sts:AssumeRole ", "sts:AssumeRole"),
        ("sts:Assume", "sts:AssumeRole"),
        ("s3:*", "sts:AssumeRole"),
        ("sts:Ass\N{LATIN SMALL LETTER LONG S}ume*", "sts:AssumeRole"),
        ("*:Get*", "s3:PutObject"),
        ("sts:AssumeRole", "sts:AssumeRoleWithSAML"),
    ],
)
def test_action_does_not_match(entry: str, action: str) -> None:
    """An entry matches its own action only."""
    assert not names_action(entry, action)


@pytest.mark.parametrize(
    "entry", ["*", "*:*", "sts:*", "STS:assume????", "sTs:aSSUMErOLE"]
)
def test_action_matches(entry: str) -> None:
    """Wildcards match, and case does not count."""
    assert names_action(entry, "sts:AssumeRole")


def test_not_action_excludes() -> None:
    """NotAction matches what none of its entries matches."""
    found = ActionSet.of(["sts:*", "iam:GetUser"], negated=True)

    assert not found.matches("sts:assumerole")
    assert not found.matches("iam:getuser")
    assert found.matches("iam:getrole")


@pytest.mark.parametrize(
    ("entry", "resource"),
    [
        ("arn:aws:s3:::a", "arn:aws:s3:::ab"),
        ("arn:aws:s3:::b", OBJECT),
        ("arn:aws:s3:eu::*", OBJECT),
        ("arn:aws:s3:?::*", OBJECT),
        (f"arn:aws:iam:*:{A}:role", R_IN_A),
        ("arn:aws:iam::1:*", R_IN_A),
        (f"arn:aws-cn:iam::{A}:role/R", R_IN_A),
        ("arn:aws:s3:::*", "*"),
        ("arn:aws:s3", "*"),
        ("arn:aws:s3:::*", "b/k"),
        ("arn:aws:s3:::${aws:none}/k", OBJECT),
        ("arn:aws:${aws:service, 's3'}:::b/k", OBJECT),
    ],
)
def test_resource_does_not_match(entry: str, resource: str) -> None:
    """Each segment has to match, and only the sixth may hold a variable."""
    assert not names(entry, resource=resource)


@pytest.mark.parametrize(
    ("entry", "resource"),
    [
        ("*", "*"),
        ("*", "anything at all"),
        ("arn:aws:s3", OBJECT),
        ("arn:aws:s3:", OBJECT),
        ("arn:*:s3:*:*:b/*", OBJECT),
        ("arn:aws:s3:::?/k", OBJECT),
        ("arn:aws:logs:*:*:g*z", "arn:aws:logs:eu:1:group:a/b:z"),
        ("arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::bob/k"),
    ],
)
def test_resource_matches(entry: str, resource: str) -> None:
    """Wildcards stay in their segment, and the sixth holds whatever follows."""
    assert names(entry, resource=resource)


def test_not_resource_excludes() -> None:
    """NotResource matches what none of its entries matches."""
    assert not names("arn:aws:s3:::c/*", "arn:aws:s3:::b/*", negated=True)
    assert not names("*", negated=True)
    assert names("arn:aws:s3:::c/*", negated=True)
    assert names("arn:aws:s3:::c/*", resource="*", negated=True)


def test_unresolved_not_resource_fails_closed() -> None:
    """With one entry unresolved an Allow does not match, and a Deny does."""
    entries = ("arn:aws:s3:::${none}/*", "arn:aws:s3:::c/*")

    assert not names(*entries, negated=True)
    assert names(*entries, negated=True, denies=True)
    assert names(*entries, resource="arn:aws:s3:::c/k", negated=True, denies=True)


def test_name_that_is_no_arn_has_no_partition() -> None:
    """Only an ARN has a partition."""
    assert None is ResourceName.of("*").partition
    assert "aws" == ResourceName.of(OBJECT).partition
