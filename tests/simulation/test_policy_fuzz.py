"""Hostile policies and questions: nothing crashes, and work grows with size alone.

Bounded and repeatable: `make test` tries the same inputs in every run, `make fuzz`
others, which its seed decides. Work is counted in calls, of Python and of C functions,
and not in seconds, which say as much of the machine. SPEC: policy-language 4; attacks P37.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from daypass.core.errors import RejectedError
from daypass.core.principal import Anonymous
from daypass.policy.advice import advise
from daypass.policy.context import RequestContext
from daypass.policy.document import DocumentKind, Policy, PolicySource
from daypass.policy.evaluate import PolicySlots, Question, decide
from daypass.policy.explain import explain
from daypass.policy.operators import OPERATORS
from daypass.policy.parse import parse_policy
from support.policies import (
    R_IN_A,
    ROLE_ID,
    A,
    F,
    S,
    U,
    allow,
    deny,
    document,
    trusting,
)
from support.policy_strategies import CALLERS

SEEDS = range(8)
ROUNDS = 2_000
SIZE = 200
# Twice the size may take this many times the work: twice, and some slack for what
# is rounded up. Quadratic work takes four times as much.
GROWTH_MAX = 2.3
WORDS = (
    *(
        "*",
        "?",
        "**",
        "${*}",
        "${aws:username}",
        "${",
        "${}",
        "${x, 'y'}",
        "",
        "a" * 300,
    ),
    *(
        "sts:AssumeRole",
        "s3:Get*",
        "arn:aws:s3:::b/*",
        R_IN_A,
        A,
        U.arn,
        "\u00ff",
        "\t",
    ),
    *("10.0.0.0/8", "2024-01-01", "1e308", "-0", "true", "QQ==", "\x00", "é" * 20),
)
ACTIONS = ("*", "s3:*", "s3:Get?bject", "S3:getobject", "sts:*", "sts:AssumeRole")
RESOURCES = (
    *("*", "arn:aws:s3:::b/*", "arn:aws:s3", "arn:*:s3:::${aws:username}/?", R_IN_A),
    *(
        "arn:aws:s3:::${k, '*'}/${*}",
        "arn:aws:s3:::" + "*a?" * 40,
        f"arn:aws:iam::{A}:*",
    ),
)
PRINCIPALS = ("*", A, U.arn, S.principal_arn, S.arn, F.arn, ROLE_ID)
MARKS = '"{}[]:,*?$\\ aA0\x00\u00e9'
# How many words in a hundred stand where they may not.
ODD = 3
NAMING = frozenset(
    {DocumentKind.TRUST, DocumentKind.RESOURCE, DocumentKind.RESOURCE_CONTROL}
)


class Maker:
    """Makes documents that are nearly valid, from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - it must be repeatable.

    def text(self, kind: DocumentKind) -> str:
        """Returns the text of a document, damaged in some cases."""
        statements = [self.statement(kind) for _ in range(self.random.randint(1, 3))]
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        for _ in range(self.random.choice((0, 0, 0, 0, 1, 3))):
            place = self.random.randrange(len(text))
            text = text[:place] + self.random.choice(MARKS) + text[place + 1 :]
        return text

    def statement(self, kind: DocumentKind) -> dict[str, Any]:
        """Returns a statement."""
        made: dict[str, Any] = {"Effect": self.random.choice(("Allow", "Deny"))}
        actions = ACTIONS[-2:] if kind is DocumentKind.TRUST else ACTIONS
        made[self.random.choice(("Action", "NotAction"))] = self.words(actions)
        if kind is not DocumentKind.TRUST:
            element = self.random.choice(("Resource", "NotResource"))
            made[element] = self.words(RESOURCES)
        if kind in NAMING:
            made["Principal"] = {"AWS": self.words(PRINCIPALS)}
        made["Condition"] = {
            self.operator(): {self.word(("k", "K", "aws:username")): self.words(WORDS)}
            for _ in range(self.random.randint(0, 2))
        }
        return made

    def operator(self) -> str:
        """Returns the name of an operator."""
        before = self.random.choice(("", "ForAllValues:", "ForAnyValue:"))
        after = self.random.choice(("", "IfExists"))
        return before + self.random.choice(sorted(OPERATORS)) + after

    def word(self, known: Sequence[str]) -> str:
        """Returns a word that may stand somewhere, or an odd one."""
        odd = self.random.randrange(100) < ODD
        return self.random.choice(WORDS if odd else known)

    def words(self, known: Sequence[str]) -> list[str]:
        """Returns a list of words."""
        return [self.word(known) for _ in range(self.random.choice((1, 1, 2, 3)))]

    def question(self, policy: Policy) -> Question:
        """Returns a question with the policy in every slot."""
        return Question(
            action=self.word(("s3:GetObject", "sts:AssumeRole")),
            resource=self.word(("*", "arn:aws:s3:::b/k", R_IN_A)),
            resource_account=A,
            principal=self.random.choice(CALLERS),
            context=RequestContext.of({"k": self.random.choices(WORDS, k=2)}),
            slots=PolicySlots(
                identity=(policy,),
                resource=policy,
                boundary=policy,
                session=(policy,),
                scp_levels=((policy,), ()),
                rcp_levels=((policy,),),
            ),
        )


@pytest.mark.fuzz
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_crashes(fuzz_seed: int, seed: int) -> None:
    """What is no policy is refused as one; what is can be asked, explained, advised."""
    maker = Maker(fuzz_seed * len(SEEDS) + seed)
    parsed = 0

    for _ in range(ROUNDS):
        kind = maker.random.choice(list(DocumentKind))
        text = maker.text(kind)
        try:
            policy = parse_policy(text, kind=kind, source=PolicySource("x", "p"))
        except RejectedError:
            continue
        parsed += 1
        question = maker.question(policy)
        assert decide(question).fault is None, text
        explain(question).to_json()
        advise(policy)

    # The maker would test nothing if nothing that it makes were valid.
    assert parsed > ROUNDS // 8


def work_of(action: Callable[[], object]) -> int:
    """Returns how many calls an action makes, of Python and of C functions."""
    count = 0

    def note(frame: FrameType, event: str, argument: object) -> None:
        del frame, argument
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count


def asked(*statements: Any, resource: str = "arn:aws:s3:::b/k") -> Question:
    """Returns a question to a document of these statements, and to no other."""
    text = json.dumps(document(*statements))
    policy = parse_policy(
        text, kind=DocumentKind.INLINE, source=PolicySource("identity", "p")
    )
    return Question(
        action="s3:GetObject",
        resource=resource,
        resource_account=A,
        principal=U,
        context=RequestContext.of({"k": ["a" * 64], "aws:username": "bob"}),
        slots=PolicySlots(identity=(policy,)),
    )


def _patterns(count: int) -> Question:
    return asked(allow(resource=[f"arn:aws:s3:::*a?b{n}*c" for n in range(count)]))


def _long_pattern(count: int) -> Question:
    return asked(allow(resource="arn:aws:s3:::" + "*a?" * count + "c"), resource=_NAME)


def _long_name(count: int) -> Question:
    return asked(
        allow(resource="arn:aws:s3:::*a?a?a?b*c"),
        resource="arn:aws:s3:::" + "a" * count,
    )


def _actions(count: int) -> Question:
    return asked(allow(action=[f"s3:*a{n}*" for n in range(count)]))


def _statements(count: int) -> Question:
    return asked(*(deny(action=f"s3:Get{n}*") for n in range(count)))


def _conditions(count: int) -> Question:
    keys = {f"k{n}": "a" for n in range(count)}
    return asked(allow(Condition={"StringLike": keys}))


def _values(count: int) -> Question:
    values = [f"*b{n}?${{aws:username}}" for n in range(count)]
    return asked(allow(Condition={"StringLike": {"k": values}}))


def _variables(count: int) -> Question:
    name = "arn:aws:s3:::" + "${aws:username}" * count
    return asked(allow(resource=name), resource="arn:aws:s3:::" + "bob" * count + "x")


_NAME = "arn:aws:s3:::" + "a" * 1_000
FAMILIES = (
    *(_patterns, _long_pattern, _long_name, _actions, _statements, _conditions),
    *(_values, _variables),
)


@pytest.mark.parametrize("family", FAMILIES)
def test_decisions_take_linear_work(family: Callable[[int], Question]) -> None:
    """Twice the size takes no more than about twice the work."""
    small, large = family(SIZE), family(2 * SIZE)

    growth = work_of(lambda: decide(large)) / work_of(lambda: decide(small))

    assert GROWTH_MAX >= growth


@pytest.mark.parametrize("family", FAMILIES)
def test_explanations_take_linear_work(family: Callable[[int], Question]) -> None:
    """So do explanations, though each step of a change is decided."""
    small, large = family(SIZE), family(2 * SIZE)

    growth = work_of(lambda: explain(large)) / work_of(lambda: explain(small))

    assert GROWTH_MAX >= growth


@pytest.mark.parametrize("family", FAMILIES)
def test_parsing_takes_linear_work(family: Callable[[int], Question]) -> None:
    """Twice the document takes no more than about twice the work to parse."""
    growth = work_of(lambda: family(2 * SIZE)) / work_of(lambda: family(SIZE))

    assert GROWTH_MAX >= growth


def test_work_is_counted() -> None:
    """A loop in a loop is seen to be quadratic, or nothing above would say much."""

    def quadratic(size: int) -> Callable[[], object]:
        return lambda: [len("") for _ in range(size) for _ in range(size)]

    growth = work_of(quadratic(2 * SIZE)) / work_of(quadratic(SIZE))

    assert GROWTH_MAX < growth


@pytest.mark.parametrize("who", [U, S, F, Anonymous()])
def test_trust_of_many_takes_constant_steps(who: Any) -> None:
    """A trust policy of many principals is looked up, not gone through."""

    def trusted(count: int) -> Question:
        names = [f"{number:012}" for number in range(count)]
        text = json.dumps(document(trusting(names)))
        policy = parse_policy(
            text, kind=DocumentKind.TRUST, source=PolicySource("trust", "p")
        )
        slots = PolicySlots(resource=policy, resource_policy_required=True)
        return replace(asked(allow()), principal=who, resource=R_IN_A, slots=slots)

    small, large = trusted(SIZE), trusted(2 * SIZE)

    assert work_of(lambda: decide(small)) == work_of(lambda: decide(large))
