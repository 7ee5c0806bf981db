"""Signed responses, spoiled at random: what is read is what was signed (S62)."""

from __future__ import annotations

import random
import re
from functools import lru_cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import RejectedError
from daypass.federation.saml.verified import VerifiedAssertion
from support.saml_idp import (
    NAME_ID,
    ROLE,
    assertion,
    attribute,
    aws_attribute,
    in_response,
    sign,
)
from support.saml_refusal import verified
from support.saml_wrapping import WRAPPINGS

_MORE = (
    ROLE
    + aws_attribute("PrincipalTag:Team", "blue")
    + aws_attribute("TransitiveTagKeys", "Team")
    + attribute("urn:oid:2.5.4.3", "Alice", "A. Example")
)
# What a mutation puts in: what parsers and readers are known to disagree about.
_PIECES = (
    *(
        "<!---->",
        "<?p?>",
        "<![CDATA[x]]>",
        "&#13;",
        "&amp;",
        "&lt;",
        "\u200b",
        "\ufeff",
    ),
    *("<!DOCTYPE a>", "<saml:Assertion>", "</saml:Assertion>", "<ds:Signature/>"),
    *('xml:id="_assertion-1"', ' xmlns:saml="urn:x"', ' xmlns="urn:x"', "admin"),
    *(' ID="_assertion-1"', " ", "\n", "\t", "\u00a0", ">", "<", '"', "'", "=", "]]>"),
    *(NAME_ID, NAME_ID.replace("alice", "admin"), "<saml:Advice>", "</saml:Advice>"),
)


@lru_cache
def originals() -> tuple[str, ...]:
    """Returns good responses: one signed inside, and one signed around as well."""
    text = in_response(sign(assertion((ROLE, _MORE))))
    return text, sign(text)


@lru_cache
def genuine() -> VerifiedAssertion:
    """Returns what all of them say."""
    first, second = map(verified, originals())
    assert first == second
    return first


def check(text: str) -> None:
    """Fails where a spoiled response is taken for something else."""
    try:
        found = verified(text.encode("utf-8", errors="surrogatepass"))
    except RejectedError:
        return
    assert genuine() == found


def _tokens(text: str) -> list[str]:
    return re.split(r"(<[^>]*>)", text)


def _mutated(text: str, chance: random.Random) -> str:
    """Returns a response with one thing moved, doubled, cut, put in or exchanged."""
    kind = chance.randrange(5)
    if kind < 2:
        at = chance.randrange(len(text))
        piece = chance.choice(_PIECES) if kind else chr(chance.randrange(32, 127))
        return text[:at] + piece + text[at + chance.randrange(3) :]
    tokens = _tokens(text)
    begin = chance.randrange(len(tokens))
    end = min(len(tokens), begin + chance.randrange(1, 40))
    cut = tokens[begin:end]
    rest = tokens[:begin] + tokens[end:]
    if kind == 2:
        return "".join(rest)
    at = chance.randrange(len(rest) + 1)
    source = tokens if kind == 3 else rest
    return "".join(source[:at] + cut + source[at:])


def _tried(seed: int, count: int) -> int:
    """Tries so many mutations and returns how many of them were taken."""
    chance = random.Random(seed)  # noqa: S311 - a seed that can be tried again.
    taken = 0
    for _ in range(count):
        text = chance.choice(originals())
        for _ in range(chance.randrange(1, 4)):
            text = _mutated(text, chance)
        try:
            found = verified(text.encode("utf-8", errors="surrogatepass"))
        except RejectedError:
            continue
        taken += 1
        assert genuine() == found, f"seed {seed}: {text!r}"
    return taken


def test_mutations() -> None:
    """Of a thousand spoiled responses those that are taken say what was signed (S62)."""
    taken = _tried(1, 1_000)

    # Some change nothing that is signed, such as blanks between elements.
    assert 0 < taken < 500


@pytest.mark.fuzz
@given(st.integers(min_value=0))
def test_other_mutations(seed: int) -> None:
    """So do those of any other seed (S62)."""
    _tried(seed, 20)


@pytest.mark.fuzz
@given(
    st.sampled_from(["S03-XSW3", "S04-XSW4", "S05-XSW5", "S07-XSW7"]),
    st.integers(min_value=0),
)
def test_mutated_wrappings(name: str, seed: int) -> None:
    """A wrapped assertion that is spoiled further is not taken for the forged one."""
    chance = random.Random(seed)  # noqa: S311 - a seed that can be tried again.
    text = WRAPPINGS[name]()
    for _ in range(chance.randrange(1, 4)):
        text = _mutated(text, chance)

    try:
        found = verified(text.encode("utf-8", errors="surrogatepass"))
    except RejectedError:
        return
    assert "alice@corp.example" == found.subject


@given(st.data())
def test_exchanged_pieces(data: st.DataObject) -> None:
    """A piece that is put in anywhere changes nothing that is read (S62)."""
    text = data.draw(st.sampled_from(originals()))
    at = data.draw(st.integers(0, len(text)))

    check(text[:at] + data.draw(st.sampled_from(_PIECES)) + text[at:])
