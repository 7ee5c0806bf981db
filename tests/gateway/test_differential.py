"""What other signers sign is accepted, and what is changed on the way is not (V36).

They are botocore's and that of the AWS SDK for JavaScript, which share nothing with
each other, nor with what verifies here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http_client import (
    HttpAnswer,
    HttpCall,
    Keys,
    Pairs,
    ask,
    connection,
    presigned,
    read_answers,
    signed,
)
from support.http_organisation import DEV
from support.http_world import HttpWorld
from support.javascript_signer import JavaScriptSigner
from support.properties import tries

EXAMPLES = 40
FLIPS = 6
ACTION = (("Action", "GetCallerIdentity"), ("Version", "2011-06-15"))
REFUSED = {
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidAction",
    "MalformedInput",
    "MissingAction",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
# What begins like this is the signature's own.
NAMES = TEXT.map(lambda text: f"x{text}").filter(
    lambda name: not name.lower().startswith("x-amz-")
)
# Blanks inside, which signers fold.
VALUES = st.from_regex(r"[!-~]{1,6}( {1,3}[!-~]{1,6}){0,2}", fullmatch=True)


@dataclass(frozen=True)
class Plan:
    """What is signed: parameters in their order, headers, and in which form."""

    pairs: Pairs
    headers: Pairs
    region: str
    in_query: bool


@dataclass(frozen=True)
class Flip:
    """One bit of what was signed: of which part, and where in it."""

    part: int
    place: int
    bit: int


class Signer(Protocol):
    """Signs a planned request."""

    def __call__(self, plan: Plan) -> HttpCall:
        """Returns the request."""


@st.composite
def _plans(draw: st.DrawFn) -> Plan:
    extra = draw(
        st.lists(st.tuples(NAMES, TEXT), max_size=6, unique_by=lambda pair: pair[0])
    )
    return Plan(
        pairs=draw(st.permutations([*ACTION, *extra])),
        headers=[
            (f"x-amz-meta-{number}", value)
            for number, value in enumerate(draw(st.lists(VALUES, max_size=3)))
        ],
        region=draw(st.sampled_from(["us-east-1", "eu-west-1", "home"])),
        in_query=draw(st.booleans()),
    )


_PLACES = st.integers(0, 9_999)
_FLIPS = st.lists(
    st.builds(Flip, _PLACES, _PLACES, st.integers(0, 7)),
    min_size=FLIPS,
    max_size=FLIPS,
)


@pytest.fixture(scope="module")
def open_world() -> Iterator[HttpWorld]:
    """Yields one deployment for all of these requests."""
    with HttpWorld() as found:
        yield found


@pytest.fixture(scope="module", params=["botocore", "javascript"])
def sign(request: pytest.FixtureRequest, open_world: HttpWorld) -> Iterator[Signer]:
    """Yields a signer that we did not write."""
    keys = Keys.of(open_world, DEV)

    def by_botocore(plan: Plan) -> HttpCall:
        if plan.in_query:
            return presigned(open_world, keys, plan.pairs, headers=plan.headers)
        return signed(
            open_world, keys, plan.pairs, region=plan.region, headers=plan.headers
        )

    if request.param == "botocore":
        yield by_botocore
        return
    with JavaScriptSigner(open_world) as signer:

        def by_javascript(plan: Plan) -> HttpCall:
            if plan.in_query:
                return signer.presigned(keys, plan.pairs, headers=plan.headers)
            return signer.signed(
                keys, plan.pairs, region=plan.region, headers=plan.headers
            )

        yield by_javascript


def _flipped(call: HttpCall, flip: Flip) -> HttpCall:
    """Returns the request with one bit of what was signed turned over."""
    headers = [index for index, each in enumerate(call.headers) if _is_signed(each)]
    part = flip.part % (len(headers) + 2)
    if part < len(headers):
        name, value = call.headers[headers[part]]
        text = _turned(value.encode("latin-1"), flip).decode("latin-1")
        changed = list(call.headers)
        changed[headers[part]] = (name, text)
        return call.but(headers=tuple(changed))
    if part == len(headers) and call.body:
        return call.but(body=_turned(call.body, flip))
    target = call.target.encode("latin-1")
    begin = 2 if len(target) > 2 else 1
    turned = target[:begin] + _turned(target[begin:] or b"a", flip)
    return call.but(target=turned.decode("latin-1"))


def _is_signed(header: tuple[str, str]) -> bool:
    name = header[0].lower()
    return name == "authorization" or name.startswith("x-amz-")


def _turned(text: bytes, flip: Flip) -> bytes:
    place = flip.place % len(text)
    return text[:place] + bytes([text[place] ^ (1 << flip.bit)]) + text[place + 1 :]


def _ask(world: HttpWorld, call: HttpCall) -> HttpAnswer | None:
    """Returns the answer, or None where the connection was just ended."""
    with connection(world) as link:
        link.sendall(call.raw())
        answers = read_answers(link, 1)
    return answers[0] if answers else None


def _same(bent: HttpCall, call: HttpCall) -> bool:
    """Tells whether a flip changed nothing that a signature covers.

    Letters of percent-encodings, in lower or upper case, mean the same to everybody.
    """
    return bent == call or (
        bent.body == call.body
        and bent.headers == call.headers
        and _escapes(bent.target) == _escapes(call.target)
    )


def _escapes(target: str) -> str:
    """Returns a target with its percent-encodings in one form."""
    parts = target.split("%")
    return parts[0] + "".join(f"%{part[:2].upper()}{part[2:]}" for part in parts[1:])


@tries(EXAMPLES)
@given(plan=_plans(), flips=_FLIPS)
def test_v36_signed_by_others(
    open_world: HttpWorld, sign: Signer, plan: Plan, flips: list[Flip]
) -> None:
    """Whatever others sign is accepted, and no change of one bit is."""
    call = sign(plan)

    good = ask(open_world, call)
    assert 200 == good.status, good
    for flip in flips:
        bent = _flipped(call, flip)
        if _same(bent, call):
            continue
        answer = _ask(open_world, bent)
        if answer is not None:
            assert 400 <= answer.status < 500, (bent, answer)
            if answer.body.startswith(b"<ErrorResponse"):
                assert answer.code in REFUSED, (bent, answer)
