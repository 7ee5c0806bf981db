"""Policies and tags fit into their budget, or the caller is told by how much."""

from __future__ import annotations

import json
import random
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.errors import PackedPolicyTooLargeError
from daypass.core.session import SessionPolicies
from daypass.keyring.generate import new_ring
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.packing import pack, percent_of, unpack
from support.forge import b64, b64_decode, role_session
from support.world import START, SeededEntropy

RING = new_ring(SeededEntropy(), START)
BUDGET = limits.PACKED_POLICY_BYTES_MAX


def _noise(characters: int, seed: int = 0) -> str:
    """Returns text that hardly compresses."""
    source = random.Random(seed)  # noqa: S311 - repeatable on purpose.
    return "".join(chr(source.randrange(0x20, 0x7F)) for _ in range(characters))


def _packed_text(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return b64(zlib.compress(text))


def test_nothing_packs_to_nothing() -> None:
    """A session without policies and tags has no packed part."""
    assert pack(role_session(RING)) is None


def test_absent_unpacks_to_nothing() -> None:
    """A token without a packed part has no policies and no tags."""
    unpacked = unpack(None)

    assert not unpacked.policies
    assert unpacked.tags == {}
    assert unpacked.transitive_tag_keys == frozenset()


@pytest.mark.parametrize("inline", ["", "{}"])
def test_small_inline_policy_is_packed(inline: str) -> None:
    """An inline policy is there even when it is empty, and takes at least 1 %."""
    policies = SessionPolicies(inline=inline)

    packed = pack(role_session(RING, policies=policies))

    assert packed is not None
    assert packed.percent >= 1
    assert policies == unpack(packed.text).policies


def test_form_is_canonical_json() -> None:
    """Members and tags stand in their order, without blanks."""
    session = role_session(
        RING,
        policies=SessionPolicies("{ }", ("arn:b", "arn:a")),
        tags={"b": "2", "a": "\u00e4"},
        transitive_tag_keys=frozenset({"b", "a"}),
    )

    packed = pack(session)

    assert packed is not None
    assert zlib.decompress(b64_decode(packed.text)).decode() == (
        '{"p":"{ }","a":["arn:b","arn:a"],"t":{"a":"\u00e4","b":"2"},"x":["a","b"]}'
    )


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(
    inline=st.none() | texts,
    arns=st.lists(texts, max_size=3).map(tuple),
    tags=st.dictionaries(texts, texts, max_size=5),
    data=st.data(),
)
def test_round_trip(
    inline: str | None,
    arns: tuple[str, ...],
    tags: dict[str, str],
    data: st.DataObject,
) -> None:
    """Policies and tags come out as they went in."""
    keys = data.draw(st.frozensets(st.sampled_from(sorted(tags)))) if tags else ()
    transitive = frozenset(keys)
    policies = SessionPolicies(inline, arns)
    packed = pack(
        role_session(RING, policies=policies, tags=tags, transitive_tag_keys=transitive)
    )

    unpacked = unpack(packed.text if packed else None)
    assert policies == unpacked.policies
    assert tags == unpacked.tags
    assert transitive == unpacked.transitive_tag_keys


@pytest.mark.parametrize(
    ("size", "percent"),
    [(1, 1), (15, 1), (16, 2), (BUDGET - 1, 100), (BUDGET, 100), (BUDGET + 1, 101)],
)
def test_percent_is_rounded_up(size: int, percent: int) -> None:
    """The least byte is a per cent, and only what passes the budget is over 100."""
    assert percent == percent_of(size, BUDGET)


def _refused(**changes: object) -> PackedPolicyTooLargeError:
    with pytest.raises(PackedPolicyTooLargeError) as caught:
        pack(role_session(RING, **changes))
    return caught.value


def test_policy_beyond_the_budget() -> None:
    """A policy that is too large is named, with how full it would be."""
    error = _refused(policies=SessionPolicies(inline=_noise(2048)))

    percent = int(error.metadata["percent"])
    assert f"Packed policy consumes {percent}% of allotted space" == error.message
    assert percent > 100


def test_tags_beyond_the_budget() -> None:
    """Tags are named where the policies alone would fit."""
    tags = {f"k{n}": _noise(256, n) for n in range(10)}

    for policies in (SessionPolicies(), SessionPolicies(inline="{}")):
        error = _refused(policies=policies, tags=tags)

        percent = error.metadata["percent"]
        text = f"Packed size of session tags consumes {percent}% of allotted space."
        assert text == error.message


def test_policy_and_tags_beyond_the_budget() -> None:
    """The policy is named where it is too large by itself."""
    error = _refused(
        policies=SessionPolicies(inline=_noise(2048)), tags={"team": "red"}
    )

    assert error.message.startswith("Packed policy consumes ")


def _percent(inline: str) -> int:
    try:
        packed = pack(role_session(RING, policies=SessionPolicies(inline)))
    except PackedPolicyTooLargeError as error:
        return int(error.metadata["percent"])
    assert packed is not None
    assert len(b64_decode(packed.text)) <= BUDGET
    return packed.percent


def test_edge_of_the_budget() -> None:
    """What is packed is within the budget up to 100 per cent, and ends at 101."""
    noise = _noise(2048)

    percents = [_percent(noise[:characters]) for characters in range(1700, 1900)]

    assert set(percents) >= {99, 100, 101}


def test_what_cannot_be_unpacked_is_not_packed() -> None:
    """Text that compresses well is refused where it would unfold beyond bounds."""
    huge = "a" * limits.UNPACKED_POLICY_BYTES_MAX

    error = _refused(policies=SessionPolicies(inline=huge))

    assert error.metadata["percent"] == "101"


def test_longest_that_unfolds_is_taken() -> None:
    """A part that unfolds to exactly the bound is packed and unpacked."""
    inline = "a" * (limits.UNPACKED_POLICY_BYTES_MAX - len('{"p":""}'))

    packed = pack(role_session(RING, policies=SessionPolicies(inline=inline)))

    assert packed is not None
    assert inline == unpack(packed.text).policies.inline


def test_bomb_is_not_unfolded() -> None:
    """A packed part that unfolds to megabytes is refused at the bound."""
    bomb = _packed_text(b'{"p":"' + b"a" * 2**24 + b'"}')

    with pytest.raises(TokenRefusedError):
        unpack(bomb)


GOOD = zlib.compress(b'{"t":{"a":"b"}}')
MALFORMED = {
    "no base64url": "=",
    "no zlib": b64(b"abc"),
    "empty": "",
    "cut off": b64(GOOD[:-1]),
    "something behind it": b64(GOOD + b"\0"),
    "no JSON": _packed_text(b"{"),
    "no object": _packed_text([]),
    "duplicate member": _packed_text(b'{"t":{"a":"b","a":"c"}}'),
    "unknown member": _packed_text({"z": 1}),
    "policy is no string": _packed_text({"p": {}}),
    "ARNs are no list": _packed_text({"a": "arn"}),
    "ARN is no string": _packed_text({"a": [1]}),
    "tags are no object": _packed_text({"t": []}),
    "tag is no string": _packed_text({"t": {"a": 1}}),
    "keys are no list": _packed_text({"x": {"a": 1}}),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_part_refused(name: str) -> None:
    """What `pack` does not make is refused."""
    with pytest.raises(TokenRefusedError) as caught:
        unpack(MALFORMED[name])

    assert caught.value.reason == "packed_malformed"


def _reason(text: str) -> str | None:
    try:
        unpack(text)
    except TokenRefusedError as error:
        return error.reason
    return None


@given(text=st.text(alphabet="AQgw-_eJx0123", max_size=60))
def test_any_text_is_refused_or_unpacked(text: str) -> None:
    """No text raises anything but the one refusal."""
    assert _reason(text) in {None, "packed_malformed"}
