"""Attacks on the engine that no single module withstands alone.

SPEC: attacks P04, P14, P20, P28, P30 and P39; the others of section P that concern the
engine stand beside the module that withstands them.
"""

from __future__ import annotations

import itertools
import unicodedata

import pytest

from daypass.core import limits
from daypass.core.errors import RejectedError
from daypass.policy.document import DocumentKind, PolicySource
from daypass.policy.parse import parse_policy
from support.policies import (
    NOTHING,
    R_IN_A,
    S,
    Statement,
    U,
    allow,
    ask,
    result,
    slots,
    trusting,
)

COMPOSED = unicodedata.normalize("NFC", "caf\u00e9")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
EVERY_SLOT = ("identity", "boundary", "session", "scp")


def test_normal_forms_are_distinct() -> None:
    """P04: two spellings of one word are two names, in resources and in tags."""
    bucket = slots(identity=[allow("*", f"arn:aws:s3:::{COMPOSED}/*")])
    tag = slots(identity=[allow(Condition={"StringEquals": {"k": COMPOSED}})])

    assert "I identity" == result(
        ask(resource=f"arn:aws:s3:::{DECOMPOSED}/k", slots=bucket)
    )
    assert "I identity" == result(ask(keys={"k": DECOMPOSED}, slots=tag))
    assert "A" == result(ask(resource=f"arn:aws:s3:::{COMPOSED}/k", slots=bucket))
    assert "A" == result(ask(keys={"k": COMPOSED}, slots=tag))


@pytest.mark.parametrize(
    ("statement", "action", "resource", "expected"),
    [
        ({"NotAction": ["iam:*", "sts:*"], "Resource": "*"}, "iam:GetRole", U.arn, "I"),
        ({"NotAction": ["iam:*", "sts:*"], "Resource": "*"}, "STS:x", U.arn, "I"),
        ({"NotAction": "s3:*", "Resource": "arn:aws:s3:::*"}, "iam:x", U.arn, "I"),
        ({"NotAction": "s3:*", "Resource": "*"}, "iam:GetRole", U.arn, "A"),
        ({"Action": "s3:*", "NotResource": "arn:aws:s3:::b"}, "iam:x", U.arn, "I"),
        ({"Action": "*", "NotResource": "arn:aws:s3:::*"}, "iam:x", U.arn, "A"),
        ({"Action": "*", "NotResource": "*"}, "iam:x", U.arn, "I"),
    ],
)
def test_negated_parts_reach_no_further(
    statement: Statement, action: str, resource: str, expected: str
) -> None:
    """P14: NotAction widens over actions only, and NotResource over resources only."""
    own = slots(identity=[{"Effect": "Allow", **statement}])

    assert expected == result(ask(action, resource, slots=own))[0]


@pytest.mark.parametrize("granted", list(itertools.product([False, True], repeat=4)))
def test_every_cap_is_needed(granted: tuple[bool, ...]) -> None:
    """P20: identity, boundary, session and organisation policies must all allow."""
    says = {
        slot: allow() if allows else NOTHING
        for slot, allows in zip(EVERY_SLOT, granted, strict=True)
    }
    asked = slots(
        identity=[says["identity"]],
        boundary=[says["boundary"]],
        session=[[says["session"]]],
        scp=[[[allow()]], [[says["scp"]]]],
    )

    assert all(granted) is ask(who=S, slots=asked).allowed


@pytest.mark.parametrize(
    "text",
    [
        '{"Statement":[' + "{}," * 100_000 + "{}]}",
        '{"Statement":{"Action":[' + '"a:b",' * 1_000_000 + '"a:b"]}}',
        " " * 5_000_000,
        "[" * 5_000_000,
        '"' + "\\" * 5_000_000,
    ],
)
@pytest.mark.parametrize("kind", [DocumentKind.SESSION, DocumentKind.TRUST])
def test_huge_documents_are_refused_unread(text: str, kind: DocumentKind) -> None:
    """P28: a document beyond the bound is refused by its length alone."""
    with pytest.raises(RejectedError, match="constraint_breach"):
        parse_policy(text, kind=kind, source=PolicySource("x", "p"))


@pytest.mark.parametrize(
    "body",
    [
        "[" * 60_000,
        '{"Statement":' * 9_000,
        '{"Statement":[' + "{}," * 40_000 + "{}]}",
        '{"Statement":{"Action":[' + '"a:b",' * 20_000 + '"a:b"]}}',
        '{"Statement":{"Condition":{"StringLike":{"k":"' + "${" * 60_000 + '"}}}}',
        '{"Version":"' + "9" * 100_000 + '"}',
    ],
)
@pytest.mark.parametrize("kind", [DocumentKind.SESSION, DocumentKind.TRUST])
def test_largest_documents_are_refused_in_order(body: str, kind: DocumentKind) -> None:
    """P28: what fits the bound and is absurd is refused like any malformed document."""
    assert limits.POLICY_DOCUMENT_CHARACTERS_MAX > len(body)
    with pytest.raises(RejectedError):
        parse_policy(body, kind=kind, source=PolicySource("x", "p"))


def test_unterminated_variables_compile_quickly() -> None:
    """P28: sixty thousand openings of a variable are text, found in one pass."""
    value = "${" * 30_000 + "${a, '" * 5_000
    own = slots(identity=[allow(Condition={"StringLike": {"k": value}})])

    assert "I identity" == result(ask(keys={"k": "$"}, slots=own))
    assert "A" == result(ask(keys={"k": value}, slots=own))


@pytest.mark.parametrize(
    "external_id", [None, "", "12346", " 12345", "12345 ", "12345\n"]
)
def test_external_id_is_exact(external_id: str | None) -> None:
    """P30: a missing or other external id opens nothing."""
    condition = {"StringEquals": {"sts:ExternalId": "12345"}}
    asked = slots(trust=[trusting(U.arn, Condition=condition)])
    keys = {} if external_id is None else {"sts:ExternalId": external_id}

    refused = ask("sts:AssumeRole", R_IN_A, keys=keys, slots=asked)
    granted = ask(
        "sts:AssumeRole", R_IN_A, keys={"sts:ExternalId": "12345"}, slots=asked
    )

    assert "I resource" == result(refused)
    assert "A" == result(granted)
