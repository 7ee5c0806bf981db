"""Access key ids carry their account, as the specification's vectors say (2.4)."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import ValidationError
from daypass.core.identifiers import (
    GROUP_PREFIX,
    LONG_TERM_KEY_PREFIX,
    POLICY_PREFIX,
    ROLE_PREFIX,
    TEMPORARY_KEY_PREFIX,
    USER_PREFIX,
    account_of_access_key_id,
    encode_access_key_id,
    is_unique_id,
    new_access_key_id,
    new_unique_id,
    number_of_access_key_id,
    random_of_access_key_id,
)
from support.world import SeededEntropy

LAST_ACCOUNT = "9" * 12


def _refusal(access_key_id: str) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        account_of_access_key_id(access_key_id)
    return caught.value


@pytest.mark.parametrize(
    ("account", "access_key_id"),
    [
        ("029608264753", "ASIAQNZGKIQY56JQ7WML"),
        ("609629065308", "ASIAY34FZKBOKMUTVV7A"),
        ("123456789012", "ASIARZPUZDIKAAAAAMBZ"),
        ("000000000000", "ASIAQAAAAAAAAAAAAAAA"),
    ],
)
def test_published_keys(account: str, access_key_id: str) -> None:
    """The ids of the specification carry the accounts that it says."""
    assert account == account_of_access_key_id(access_key_id)


@pytest.mark.parametrize(
    ("access_key_id", "account", "random"),
    [
        ("ASIARZPUZDIKAAAAAMBZ", "123456789012", 12_345),
        ("ASIAQAAAAAAAAAAAAAAA", "000000000000", 0),
        ("ASIAQAAAAAAAAAAAAAAA", "000000000000", 1 << 39),
    ],
)
def test_published_encoding(access_key_id: str, account: str, random: int) -> None:
    """Encoding gives the ids of the specification, from 39 bits of randomness."""
    assert access_key_id == encode_access_key_id("ASIA", account, random)


def test_old_style_refused() -> None:
    """The documented example key has no flag, so that it carries no account."""
    assert "access_key_without_account" == _refusal("AKIAIOSFODNN7EXAMPLE").detail


def test_flag_at_its_edge() -> None:
    """A fifth character of `P` has no flag, and `Q` has it."""
    assert "access_key_without_account" == _refusal("ASIAP" + "7" * 15).detail

    assert "000000000000" == account_of_access_key_id("ASIAQ" + "A" * 15)


def test_thirteen_digits_refused() -> None:
    """The last account is decoded, and the number behind it is no account."""
    last = encode_access_key_id("ASIA", LAST_ACCOUNT, -1)
    beyond = encode_access_key_id("ASIA", str(10**12), 0)

    assert "access_key_without_account" == _refusal(beyond).detail
    assert LAST_ACCOUNT == account_of_access_key_id(last)


@pytest.mark.parametrize(
    "access_key_id",
    [
        "",
        "ASIAQNZGKIQY56JQ7WM",
        "ASIAQNZGKIQY56JQ7WMLA",
        "asiaqnzgkiqy56jq7wml",
        "ASIAQNZGKIQY56JQ7WM1",
        "ASIAQNZGKIQY56JQ7WM=",
        "ASIAQNZGKIQY56JQ7WML\n",
        "A_IAQNZGKIQY56JQ7WML",
    ],
)
def test_malformed_key_refused(access_key_id: str) -> None:
    """What has not the form of an id is refused, and not shown in the message."""
    error = _refusal(access_key_id)

    assert "access_key_shape" == error.detail
    assert "The access key ID does not identify an account" == error.message


@given(
    account=st.integers(0, 10**12 - 1).map(lambda number: f"{number:012d}"),
    random=st.integers(min_value=0),
    prefix=st.sampled_from([TEMPORARY_KEY_PREFIX, LONG_TERM_KEY_PREFIX]),
)
def test_key_round_trip(account: str, random: int, prefix: str) -> None:
    """Every account comes back, whatever the randomness."""
    access_key_id = encode_access_key_id(prefix, account, random)

    assert re.fullmatch(prefix + "[Q-Z2-7][A-Z2-7]{15}", access_key_id)
    assert account == account_of_access_key_id(access_key_id)


@given(seed=st.integers(0, 1000))
def test_drawn_key_carries_account(seed: int) -> None:
    """An id that is drawn carries the account, and the next one differs."""
    entropy = SeededEntropy(seed)

    first = new_access_key_id(TEMPORARY_KEY_PREFIX, LAST_ACCOUNT, entropy)
    second = new_access_key_id(TEMPORARY_KEY_PREFIX, LAST_ACCOUNT, entropy)

    assert first != second
    assert LAST_ACCOUNT == account_of_access_key_id(first)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AROA" + "A" * 16,
        "AROA" + "A" * 18,
        "AROA" + "a" * 17,
        "AROA" + "1" * 17,
        "ASIA" + "A" * 17,
        "AROA" + "A" * 17 + "\n",
    ],
)
def test_no_unique_id(text: str) -> None:
    """What has not the form of a unique id is none."""
    assert not is_unique_id(text)


@pytest.mark.parametrize(
    "prefix", [ROLE_PREFIX, USER_PREFIX, GROUP_PREFIX, POLICY_PREFIX]
)
def test_drawn_unique_id(prefix: str) -> None:
    """A unique id that is drawn has the form of one, and the next one differs."""
    entropy = SeededEntropy()

    first, second = new_unique_id(prefix, entropy), new_unique_id(prefix, entropy)

    assert first != second
    assert is_unique_id(first)
    assert prefix == first[:4]


class _AllBytes:
    """Entropy that gives every byte once, over and over."""

    def __init__(self) -> None:
        self._next = 0

    def token_bytes(self, count: int) -> bytes:
        """Returns the next bytes."""
        given_bytes = bytes((self._next + i) % 256 for i in range(count))
        self._next += count
        return given_bytes

    id_bytes = token_bytes


def test_unique_ids_are_unbiased() -> None:
    """Over all bytes each character of the alphabet comes equally often."""
    entropy = _AllBytes()
    text = "".join(new_unique_id("", entropy) for _ in range(256))

    counts = {text.count(character) for character in "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"}

    assert {256 * 17 // 32} == counts


@given(st.integers(0, 999_999_999_999), st.integers(0, (1 << 39) - 1))
def test_random_part_gives_the_id_again(account: int, random: int) -> None:
    """Account and random part are all that there is to a temporary id."""
    account_id = f"{account:012d}"

    access_key_id = encode_access_key_id("ASIA", account_id, random)

    assert random == random_of_access_key_id(access_key_id, account_id)


@pytest.mark.parametrize(
    ("access_key_id", "account"),
    [
        (encode_access_key_id("AKIA", "111122223333", 1), "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1), "111122223334"),
        (encode_access_key_id("ASIA", "111122223333", 1), "x"),
        (encode_access_key_id("ASIA", "111122223333", 1)[:-1], "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1) + "A", "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1).lower(), "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1)[:-1] + "a", "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1)[:-1] + "1", "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1)[:-1] + "é", "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1)[:-2] + "_A", "111122223333"),
        (encode_access_key_id("ASIA", "111122223333", 1)[:-1] + " ", "111122223333"),
        ("ASIA" + "A" * 16, "000000000000"),
        ("ASIA" + "0" * 16, "111122223333"),
        ("", ""),
    ],
)
def test_other_id_has_no_random_part(access_key_id: str, account: str) -> None:
    """An id that account and random part would not give again has none."""
    assert random_of_access_key_id(access_key_id, account) is None


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16))
def test_number_is_that_of_base32(text: str) -> None:
    """The number of an id is that of its base32 characters."""
    expected = int.from_bytes(base64.b32decode(text), "big")

    assert expected == number_of_access_key_id(f"AKIA{text}")
