"""What botocore signs is accepted, and what is changed on the way is not (V36)."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import pytest

from support.http_client import (
    HttpAnswer,
    HttpCall,
    Keys,
    ask,
    connection,
    presigned,
    read_answers,
    signed,
)
from support.http_organisation import DEV
from support.http_world import HttpWorld

ROUNDS = 60
ROUNDS_OF_FUZZ = 120
FLIPS = 6
_TEXT = string.printable + "äß漢字\U0001f600\x7f\x85\xa0"
REFUSED = {
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidAction",
    "MalformedInput",
    "MissingAction",
    "MissingAuthenticationToken",
    "SignatureDoesNotMatch",
}


@pytest.fixture(scope="module")
def open_world() -> Iterator[HttpWorld]:
    """Yields one deployment for all of these requests."""
    with HttpWorld() as found:
        yield found


def _text(source: random.Random, *, longest: int = 12) -> str:
    return "".join(source.choices(_TEXT, k=source.randint(0, longest)))


def _call(world: HttpWorld, source: random.Random) -> HttpCall:
    """Returns a random request for GetCallerIdentity, signed by botocore."""
    pairs = [("Action", "GetCallerIdentity")]
    pairs += [(f"x{_text(source)}", _text(source)) for _ in range(source.randint(0, 6))]
    source.shuffle(pairs)
    headers = [
        (f"X-Amz-Meta-{number}", _header(source))
        for number in range(source.randint(0, 3))
    ]
    keys = Keys.of(world, DEV)
    if source.random() < 0.4:
        return presigned(world, keys, pairs, headers=headers)
    region = source.choice(["us-east-1", "eu-west-1", "home"])
    return signed(world, keys, pairs, region=region, headers=headers)


def _header(source: random.Random) -> str:
    """Returns a value with blanks inside, which signers fold."""
    words = ["".join(source.choices(string.ascii_letters, k=3)) for _ in range(3)]
    return source.choice([" ", "  ", "   "]).join(words)


def _flipped(call: HttpCall, source: random.Random) -> HttpCall:
    """Returns the request with one bit of what was signed turned over."""
    bit = 1 << source.randrange(8)
    places = [index for index, each in enumerate(call.headers) if _is_signed(each)]
    choice = source.randrange(len(places) + 2)
    if choice == len(places) and call.body:
        return call.but(body=_turned(call.body, source, bit))
    if choice >= len(places) or not places:
        target = call.target.encode("latin-1")
        begin = 2 if len(target) > 2 else 1
        turned = target[:begin] + _turned(target[begin:] or b"a", source, bit)
        return call.but(target=turned.decode("latin-1"))
    place = places[choice]
    name, value = call.headers[place]
    text = _turned(value.encode("latin-1"), source, bit).decode("latin-1")
    headers = list(call.headers)
    headers[place] = (name, text)
    return call.but(headers=tuple(headers))


def _is_signed(header: tuple[str, str]) -> bool:
    name = header[0].lower()
    return name in {"authorization", "x-amz-date"} or name.startswith("x-amz-meta-")


def _turned(text: bytes, source: random.Random, bit: int) -> bytes:
    place = source.randrange(len(text))
    return text[:place] + bytes([text[place] ^ bit]) + text[place + 1 :]


def _ask(world: HttpWorld, call: HttpCall) -> HttpAnswer | None:
    """Returns the answer, or None where the connection was just ended."""
    with connection(world) as link:
        link.sendall(call.raw())
        answers = read_answers(link, 1)
    return answers[0] if answers else None


def _compare(world: HttpWorld, seed: int, rounds: int) -> None:
    source = random.Random(seed)  # noqa: S311 - a seed repeats it.
    for turn in range(rounds):
        call = _call(world, source)
        good = ask(world, call)
        assert 200 == good.status, (seed, turn, call, good)
        for _ in range(FLIPS):
            bent = _flipped(call, source)
            if _same(bent, call):
                continue
            answer = _ask(world, bent)
            if answer is not None:
                assert 400 <= answer.status < 500, (seed, turn, bent, answer)
                if answer.body.startswith(b"<ErrorResponse"):
                    assert answer.code in REFUSED, (seed, turn, bent, answer)


def _same(bent: HttpCall, call: HttpCall) -> bool:
    """Tells whether a flip changed nothing that a signature covers.

    Letters of names in lower or upper case, in percent-encodings and around the parts
    of Authorization, mean the same to everybody.
    """
    return bent == call or (
        bent.body == call.body
        and bent.headers == call.headers
        and bent.target.lower() == call.target.lower()
        and _escapes(bent.target) == _escapes(call.target)
    )


def _escapes(target: str) -> str:
    """Returns a target with its percent-encodings in one form."""
    parts = target.split("%")
    return parts[0] + "".join(f"%{part[:2].upper()}{part[2:]}" for part in parts[1:])


def test_v36_signed_by_botocore(open_world: HttpWorld) -> None:
    """Whatever botocore signs is accepted, and no change of one bit is."""
    _compare(open_world, 36, ROUNDS)


@pytest.mark.fuzz
@pytest.mark.timeout(120)
def test_v36_many_more(open_world: HttpWorld, fuzz_seed: int) -> None:
    """The same with requests that a seed decides."""
    _compare(open_world, fuzz_seed, ROUNDS_OF_FUZZ)
