"""Codes of virtual MFA devices, against what the RFCs publish."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core.secret import Secret
from daypass.federation.totp import (
    code_of,
    end_of_use,
    matching_steps,
    provisioning_uri,
    step_at,
)

# RFC 4226, appendix D, and RFC 6238, appendix B: the ASCII digits, twenty of them.
SEED = Secret("12345678901234567890")
# RFC 4226, appendix D: the values of the counters 0 to 9.
RFC_4226 = (
    "755224",
    "287082",
    "359152",
    "969429",
    "338314",
    "254676",
    "287922",
    "162583",
    "399871",
    "520489",
)
# RFC 6238, appendix B, SHA-1: seconds, and eight digits, of which we take six.
RFC_6238 = (
    (59, "94287082"),
    (1_111_111_109, "07081804"),
    (1_111_111_111, "14050471"),
    (1_234_567_890, "89005924"),
    (2_000_000_000, "69279037"),
    (20_000_000_000, "65353130"),
)
# Found by trying: the first steps of this seed that are near and have one code.
TWINS = (103_424, 103_427)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
STEP = step_at(NOW)


def at(seconds: int) -> datetime:
    """Returns an instant by its seconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def other_than(*codes: Secret) -> Secret:
    """Returns six digits that are none of these codes."""
    taken = {code.reveal_text() for code in codes}
    return Secret(next(f"{n:06}" for n in range(10) if f"{n:06}" not in taken))


@pytest.mark.parametrize(("counter", "value"), list(enumerate(RFC_4226)))
def test_published_counter_values(counter: int, value: str) -> None:
    """The values of RFC 4226 are ours, step for counter (M14)."""
    assert Secret(value) == code_of(SEED, counter)


@pytest.mark.parametrize(("seconds", "value"), RFC_6238)
def test_published_times(seconds: int, value: str) -> None:
    """The codes of RFC 6238 are ours, to six digits, and good at their time (M14)."""
    now, code = at(seconds), Secret(value[-6:])

    assert code == code_of(SEED, step_at(now))
    assert step_at(now) in matching_steps(SEED, code, now)


@pytest.mark.parametrize("offset", [-3, 3, -4, 120, -2880])
def test_outside_the_window(offset: int) -> None:
    """A code of a step further off than two is good for nothing."""
    code = code_of(SEED, STEP + offset)

    assert () == matching_steps(SEED, code, NOW)


@pytest.mark.parametrize("offset", [-2, -1, 0, 1, 2])
def test_inside_the_window(offset: int) -> None:
    """A code of the two steps before and after is good for its own step (34)."""
    assert (STEP + offset,) == matching_steps(SEED, code_of(SEED, STEP + offset), NOW)


@pytest.mark.parametrize(
    ("seconds", "matches"), [(-61, False), (-60, True), (89, True), (90, False)]
)
def test_edges_of_window(seconds: int, *, matches: bool) -> None:
    """A code is good from two steps before its own until two steps behind it."""
    begin = at(STEP * 30)

    found = matching_steps(
        SEED, code_of(SEED, STEP), begin + timedelta(seconds=seconds)
    )

    assert matches == (found == (STEP,))


def test_end_of_use() -> None:
    """The instant at which a code is too old everywhere is the first it fails at."""
    end = end_of_use(STEP)
    code = code_of(SEED, STEP)

    assert () == matching_steps(SEED, code, end)
    assert (STEP,) == matching_steps(SEED, code, end - timedelta(microseconds=1))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28708",
        "2870820",
        " 287082",
        "287082 ",
        "287082\n",
        "287\t082",
        "287082\x00",
        "+87082",
        "２８７０８２",  # noqa: RUF001 - full-width digits.
        "٢٨٧٠٨٢",
    ],
)
def test_other_spellings_match_nothing(text: str) -> None:
    """Only the six digits themselves match (M03)."""
    assert () == matching_steps(SEED, Secret(text), at(59))
    assert (1,) == matching_steps(SEED, Secret("287082"), at(59))


def test_leading_zeros_kept() -> None:
    """A code that begins with a zero is good with it and not without (34)."""
    now = at(1_111_111_109)

    assert (step_at(now),) == matching_steps(SEED, Secret("081804"), now)
    assert () == matching_steps(SEED, Secret("81804"), now)


@pytest.mark.parametrize("seconds", [0, 29, 30, 60])
def test_first_steps_of_time(seconds: int) -> None:
    """There is no step before 1970, and its first ones are good."""
    assert 0 in matching_steps(SEED, code_of(SEED, 0), at(seconds))


def test_another_seed() -> None:
    """A code of another seed is good for nothing."""
    assert () == matching_steps(Secret(b"x" * 20), other_than(), NOW)


def test_code_of_two_steps() -> None:
    """Where two steps of a window have one code, both are told."""
    first, second = TWINS

    found = matching_steps(SEED, code_of(SEED, first), at((first + 1) * 30))

    assert TWINS == found
    assert code_of(SEED, first) == code_of(SEED, second)


@given(st.integers(0, 10**8), st.integers(0, 999_999))
def test_matches_are_exact(step: int, number: int) -> None:
    """What matches is exactly the steps of the window that have the code."""
    code = Secret(f"{number:06}")

    window = range(max(step - 2, 0), step + 3)
    expected = tuple(each for each in window if code_of(SEED, each) == code)
    assert expected == matching_steps(SEED, code, at(step * 30))


def test_provisioning_uri() -> None:
    """The URI says all that an app has to know, and prints as redacted."""
    uri = provisioning_uri(SEED, account_name="ops team@1", issuer="Daypass")

    parts = urlsplit(uri.reveal_text())
    assert ("otpauth", "totp", "/Daypass:ops%20team%401") == (
        parts.scheme,
        parts.netloc,
        parts.path,
    )
    assert {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Daypass"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    } == parse_qs(parts.query)
    assert "<redacted>" == str(uri)
