"""Numbers, instants, booleans, bytes and addresses as conditions read them.

SPEC: policy-language 5; attacks P21 and P25.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from daypass.policy.values import (
    Address,
    read_address,
    read_binary,
    read_boolean,
    read_instant,
    read_network,
    read_number,
)

NEW_YEAR = 1_704_067_200


@pytest.mark.parametrize(
    "text",
    [
        *("", " 1", "1 ", "ten", "NaN", "nan", "inf", "-Infinity", "0x10", "1_0"),
        *("1,0", "--1", "1.", ".", "1e", "1e1.5", "\u0661", "1e999", "1e-999"),
        *("1e99999", "9" * 65),
    ],
)
def test_number_is_refused(text: str) -> None:
    """What is not a finite decimal is no number."""
    assert None is read_number(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10", "10"),
        ("10.0", "10"),
        ("-0", "0"),
        ("+.5", "0.5"),
        ("1e3", "1000"),
        ("1E-2", "0.01"),
        ("1e308", "1e308"),
        ("0.1", "0.1"),
        ("9" * 64, "9" * 64),
    ],
)
def test_number_is_exact(text: str, expected: str) -> None:
    """A number has the value that it says, to the last digit."""
    assert Decimal(expected) == read_number(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "junk", "-1", "1.5", "2024-1", "2024-13", "2024-00", "2024-02-30"),
        *("2024-01-01 00:00:00Z", "2024-01-01T00:00", "2024-01-01T24:00Z"),
        *("2024-01-01T00:60Z", "2024-01-01T00:00:60Z", "2024T00:00Z", "2024-01T00:00Z"),
        *("2024-01-01T00:00:00+24:00", "2024-01-01T00:00:00+00:60", "0000"),
        *("2024-01-01T00:00:00.Z", "2024-01-01T00:00:00z", "9223372036854775808"),
        *("2024-01-01T", "T00:00Z", "99999999999999999999"),
    ],
)
def test_instant_is_refused(text: str) -> None:
    """What is neither ISO 8601 nor whole seconds is no instant."""
    assert None is read_instant(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", (NEW_YEAR, "")),
        ("2024-01", (NEW_YEAR, "")),
        ("2024-01-01", (NEW_YEAR, "")),
        ("2024-01-01T00:00Z", (NEW_YEAR, "")),
        ("2024-01-01T00:00:00Z", (NEW_YEAR, "")),
        ("2024-01-01T02:00:00+02:00", (NEW_YEAR, "")),
        ("2023-12-31T19:30:00-04:30", (NEW_YEAR, "")),
        ("2024-01-01T00:00:00.000Z", (NEW_YEAR, "")),
        ("2024-01-01T00:00:00.250Z", (NEW_YEAR, "25")),
        ("1704067200", (NEW_YEAR, "")),
        ("0", (0, "")),
        ("999", (999, "")),
        ("10000", (10_000, "")),
        ("1969-12-31T23:59:59Z", (-1, "")),
        ("9223372036854775807", (2**63 - 1, "")),
    ],
)
def test_instant_is_exact(text: str, expected: tuple[int, str]) -> None:
    """All ways of writing one instant are equal."""
    assert expected == read_instant(text)


def test_fractions_order_instants() -> None:
    """Instants of one second are ordered by their fractions."""
    texts = ("00Z", "00.05Z", "00.4999Z", "00.5Z", "01Z")
    instants = [read_instant(f"2024-01-01T00:00:{text}") for text in texts]

    assert sorted(filter(None, instants)) == instants


@pytest.mark.parametrize("text", ["", "1", "0", "yes", "True ", "tru\u0435"])
def test_boolean_is_refused(text: str) -> None:
    """Only the two words are booleans."""
    assert None is read_boolean(text)


def test_boolean_ignores_case() -> None:
    """The two words count in any case."""
    assert read_boolean("TRUE")
    assert False is read_boolean("False")


@pytest.mark.parametrize("text", ["QQ", "Q Q=", "QQ==\n", "Q@==", "é"])
def test_binary_is_refused(text: str) -> None:
    """Text that is not base64 is no bytes."""
    assert None is read_binary(text)


def test_binary_is_base64() -> None:
    """Base64 is read."""
    assert b"A" == read_binary("QQ==")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "010.0.0.1",
        "1.2.3",
        "1.2.3.4/32",
        "fe80::1%eth0",
        "3232235777",
        "::ffff:1.2.3",
    ],
)
def test_address_is_refused(text: str) -> None:
    """What is not exactly one address is none."""
    assert None is read_address(text)


def test_mapped_address_is_version_four() -> None:
    """An IPv4 address in the clothes of IPv6 is the IPv4 address."""
    assert Address(4, 0x0A000001) == read_address("::ffff:10.0.0.1")
    assert Address(6, 1) == read_address("::1")


@pytest.mark.parametrize(
    "text",
    [
        *("", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0.0/-1"),
        *("10.0.0/8", "fe80::%eth0/64", "::/129", "10.0.0.0/\u0668"),
    ],
)
def test_network_is_refused(text: str) -> None:
    """What is not one block of addresses is none."""
    assert None is read_network(text)


@pytest.mark.parametrize(
    ("block", "inside", "outside"),
    [
        ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
        ("203.0.113.9/24", "203.0.113.255", "203.0.114.0"),
        ("0.0.0.0/0", "255.255.255.255", "::1"),
        ("::/0", "::1", "10.0.0.1"),
        ("2001:db8::/32", "2001:db8:ffff::", "2001:db9::"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "::ffff:11.0.0.0"),
    ],
)
def test_network_holds_its_addresses(block: str, inside: str, outside: str) -> None:
    """A block holds what begins with its bits, in its own version."""
    network = read_network(block)
    out, within = read_address(outside), read_address(inside)

    assert network is not None
    assert out is not None
    assert within is not None
    assert not network.holds(out)
    assert network.holds(within)
