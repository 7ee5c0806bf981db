"""What decisions cost, as a ratio to one Ed25519 signature of the same run.

Absolute times say as much of the machine as of the code; the ratio to a signature,
which every issued token costs anyhow, does not. The goal is that a typical decision
costs less than half a signature.

Run by `make bench-policy`, on a machine that does nothing else.
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from daypass.core import limits
from daypass.core.principal import User
from daypass.policy.context import RequestContext
from daypass.policy.decision import Decision
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, Question, decide
from daypass.policy.explain import explain
from daypass.policy.parse import parse_policy

GOAL: Final = 0.5
_ROUNDS: Final = 100
_ROUND_SECONDS: Final = 0.01
# About what the claims of a session token come to.
_MESSAGE: Final = b"x" * 640
_DEVELOPMENT: Final = "111122223333"
_PRODUCTION: Final = "123456789012"
_DEV: Final = User("aws", _DEVELOPMENT, "/", "dev", "AIDA" + "D" * 17)
_DEV_IN_PRODUCTION: Final = replace(_DEV, account_id=_PRODUCTION)
_ROLE: Final = f"arn:aws:iam::{_PRODUCTION}:role/ReadOnlyRole"
_CONTEXT: Final = {
    "aws:CurrentTime": "2026-01-01T12:00:00Z",
    "aws:EpochTime": "1767268800",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.7",
    "aws:RequestedRegion": "us-east-1",
    "aws:PrincipalArn": _DEV.arn,
    "aws:PrincipalAccount": _DEVELOPMENT,
    "aws:PrincipalOrgID": "o-securecart",
    "aws:PrincipalTag/team": "storefront",
    "aws:username": _DEV.name,
    "aws:MultiFactorAuthPresent": "true",
    "sts:ExternalId": "securecart-2026",
    "sts:RoleSessionName": "dev",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the report: what was measured, and the seconds of one."""

    name: str
    seconds: float


def typical() -> Question:
    """Returns the evaluation of a trust policy that an AssumeRole begins with.

    The role trusts a user of its own account by name, and pins an external id and a
    second factor. Such a user needs no policy of its own, and has none.
    """
    whole = complete()
    trust = _trust(_DEV_IN_PRODUCTION.unique_id)
    slots = PolicySlots(resource=trust, resource_policy_required=True)
    return replace(whole, principal=_DEV_IN_PRODUCTION, slots=slots)


def complete() -> Question:
    """Returns an AssumeRole across accounts of one organisation, every slot in use.

    The caller has two policies, a boundary, and three levels of service control
    policies over it.
    """
    everything = _allow("*", "*")
    return Question(
        action="sts:AssumeRole",
        resource=_ROLE,
        resource_account=_PRODUCTION,
        principal=_DEV,
        context=RequestContext.of(_CONTEXT),
        slots=PolicySlots(
            identity=(
                _policy(
                    DocumentKind.INLINE,
                    _allow("sts:AssumeRole", f"arn:aws:iam::{_PRODUCTION}:role/*"),
                ),
                _policy(
                    DocumentKind.MANAGED,
                    _allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::dev-*/*"),
                    _allow(["ec2:Describe*", "logs:Get*"], "*"),
                ),
            ),
            resource=_trust(_DEVELOPMENT),
            resource_policy_required=True,
            boundary=_policy(
                DocumentKind.MANAGED, _allow(["sts:*", "s3:*", "logs:*"], "*")
            ),
            scp_levels=tuple(
                (_policy(DocumentKind.SERVICE_CONTROL, everything),) for _ in range(3)
            ),
        ),
    )


def worst(characters: int, *, resource: int) -> Question:
    """Returns a question to the costliest document of a size that was found.

    Its one statement matches the action and has as many resource patterns as fit,
    each with runs of holes that nearly match all along a long resource.

    Args:
        characters: the size of the document.
        resource: the length of the resource asked about.
    """
    name = "arn:aws:s3:::" + "a" * (resource - len("arn:aws:s3:::"))
    pattern = "arn:aws:s3:::*" + "a?" * 20 + "b*c"
    head = len(json.dumps(_document(_allow("*", []))))
    count = (characters - head) // (len(pattern) + 4)
    entries = [pattern] * min(count, limits.POLICY_ENTRIES_MAX)
    held = _policy(DocumentKind.INLINE, _allow("*", entries))
    slots = PolicySlots(identity=(held,))
    return replace(
        typical(),
        action="s3:GetObject",
        resource=name,
        resource_account=_DEVELOPMENT,
        slots=slots,
    )


def measure() -> list[Line]:
    """Returns the lines of the report, the signature first."""
    key = Ed25519PrivateKey.generate()
    asked, whole = typical(), complete()
    denied = replace(whole, context=RequestContext.of({}))
    stored = worst(limits.MANAGED_POLICY_CHARACTERS_MAX, resource=256)
    sent = worst(
        limits.POLICY_DOCUMENT_CHARACTERS_MAX, resource=limits.ARN_CHARACTERS_MAX
    )
    _must(decide(asked), allowed=True)
    _must(decide(whole), allowed=True)
    _must(decide(denied), allowed=False)
    return _fastest(
        {
            "Ed25519 signature": lambda: key.sign(_MESSAGE),
            "typical trust evaluation": lambda: decide(asked),
            "every slot in use": lambda: decide(whole),
            "every slot, denied": lambda: decide(denied),
            "every slot, denied and explained": lambda: explain(denied),
            "worst stored document": lambda: decide(stored),
            "worst document at all": lambda: decide(sent),
        }
    )


def main() -> None:
    """Prints the report."""
    lines = measure()
    signature, decision, *_ = lines
    width = max(len(line.name) for line in lines)
    sys.stdout.write(
        f"{'':{width}}  {'µs':>10}  {'a second':>10}  {'signatures':>10}\n"
    )
    for line in lines:
        ratio = line.seconds / signature.seconds
        sys.stdout.write(
            f"{line.name:{width}}  {line.seconds * 1e6:10.1f}"
            f"  {1 / line.seconds:10,.0f}  {ratio:10.2f}\n"
        )
    met = decision.seconds < GOAL * signature.seconds
    verdict = "met" if met else "missed"
    sys.stdout.write(f"goal: typical below {GOAL} signatures: {verdict}\n")


def _fastest(works: Mapping[str, Callable[[], object]]) -> list[Line]:
    """Returns the time of one call of each, in its best round.

    The rounds take turns, so that what else the machine does falls on all alike.
    """
    counts = {name: _calls_of_a_round(work) for name, work in works.items()}
    best = dict.fromkeys(works, math.inf)
    for _ in range(_ROUNDS):
        for name, work in works.items():
            best[name] = min(best[name], _round(work, counts[name]))
    return [Line(name, best[name] / counts[name]) for name in works]


def _calls_of_a_round(work: Callable[[], object]) -> int:
    count = 1
    while _round(work, count) < _ROUND_SECONDS:
        count *= 2
    return count


def _round(work: Callable[[], object], count: int) -> float:
    begin = time.perf_counter()
    for _ in range(count):
        work()
    return time.perf_counter() - begin


def _trust(principal: str) -> Policy:
    return _policy(
        DocumentKind.TRUST,
        {
            "Effect": "Allow",
            "Principal": {"AWS": principal},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {
                "StringEquals": {"sts:ExternalId": "securecart-2026"},
                "Bool": {"aws:MultiFactorAuthPresent": "true"},
            },
        },
    )


def _must(decision: Decision, *, allowed: bool) -> None:
    if decision.fault is not None or decision.allowed is not allowed:
        raise AssertionError("the question is not the one that was meant")


def _allow(action: str | list[str], resource: str | list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _policy(kind: DocumentKind, *statements: dict[str, Any]) -> Policy:
    source = PolicySource(kind.name.lower(), "bench")
    return parse_policy(json.dumps(_document(*statements)), kind=kind, source=source)


if __name__ == "__main__":
    main()
