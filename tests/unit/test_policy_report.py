"""The tree of an explanation shows what there is to see, and says what is not."""

from __future__ import annotations

import io

from rich.console import Console

from daypass.policy.context import RequestContext
from daypass.policy.explain import explain
from daypass.policy.explanation import Explanation, Side
from daypass.policy.question import PolicySlots, Question
from daypass.policy_report import report
from support.policies import OBJECT, A, B, U, allow, grant, identity_keys, slots


def printed(found: Explanation) -> str:
    """Returns the tree as text."""
    out = io.StringIO()
    Console(file=out, width=200).print(report(found, failures=True))
    return out.getvalue()


def explained(account: str, found: PolicySlots) -> Explanation:
    """Returns the explanation of a question of U about an object of an account."""
    context = RequestContext.of(identity_keys(U))
    return explain(Question("s3:GetObject", OBJECT, account, U, context, found))


def test_other_account_is_withheld() -> None:
    """What belongs to the other account is named as such, and not shown."""
    found = explained(B, slots(identity=[allow()], granting=[grant(B)]))

    text = printed(found.redacted_for(Side.CALLER))

    assert "resource policy: denied (of the other account)  ◀ decided" in text
    assert "the account of the resource must allow it as well" in text
    assert B not in text


def test_omitted_statements_are_counted() -> None:
    """Statements that are left out are counted."""
    many = [allow(f"s3:Put{number}") for number in range(65)]

    text = printed(explained(A, slots(identity=many)))

    assert "1 more, which match less" in text


def test_absent_policies_are_told() -> None:
    """A slot that has no policy says so."""
    assert "identity policies: denied (there is none)  ◀ decided" in printed(
        explained(A, slots())
    )
