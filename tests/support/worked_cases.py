"""The form in which tests write the worked cases of the policy language.

SPEC: policy-language 8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from daypass.core.principal import Principal
from support.policies import OBJECT, A, Keys, U, allow, ask, result, slots


@dataclass(frozen=True, kw_only=True)
class Row:
    """A request, with the policies it meets; see `slots` for how they are written."""

    action: str
    resource: str
    who: Principal
    account: str
    keys: Keys
    policies: dict[str, Any]

    def result(self) -> str:
        """Returns the decision as the worked cases write it."""
        decision = ask(
            self.action,
            self.resource,
            who=self.who,
            account=self.account,
            keys=self.keys,
            slots=slots(**self.policies),
        )
        return result(decision)


def case(
    name: str,
    expected: str,
    *,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    who: Principal = U,
    account: str = A,
    keys: Keys | None = None,
    **policies: Any,
) -> Any:
    """Returns one row of a worked case, named by its number and perhaps a letter."""
    row = Row(
        action=action,
        resource=resource,
        who=who,
        account=account,
        keys=keys or {},
        policies=policies,
    )
    return pytest.param(row, expected, id=f"case-{name}")


def truth(
    name: str,
    expected: str,
    condition: Any,
    keys: Keys | None = None,
    *,
    who: Principal = U,
) -> Any:
    """Returns one row of a case that asks whether a condition holds, `T` or `F`."""
    return case(
        name,
        "A" if expected == "T" else "I identity",
        who=who,
        keys=keys,
        identity=[allow(Condition=condition)],
    )
