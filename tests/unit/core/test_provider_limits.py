"""The bounds of what identity providers send fit one another."""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core import federation_limits, limits, provider_limits


def _bound(name: str) -> Any:
    return getattr(provider_limits, name)


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("KEY_SET_LIFETIME_MIN", "KEY_SET_LIFETIME_DEFAULT"),
        ("KEY_SET_LIFETIME_DEFAULT", "KEY_SET_LIFETIME_MAX"),
        ("KEY_SET_LIFETIME_MAX", "KEY_SET_STALE_MAX"),
        ("KEY_SET_RETRY_PAUSE_MIN", "KEY_SET_COOL_DOWN"),
        ("KEY_SET_RETRY_PAUSE_MIN", "KEY_SET_RETRY_PAUSE_MAX"),
        ("KEY_SET_COOL_DOWN", "KEY_SET_LIFETIME_MIN"),
        ("ID_TOKEN_CLOCK_SKEW_MAX", "ID_TOKEN_LIFETIME_MAX"),
        ("RSA_MODULUS_BITS_MIN", "RSA_MODULUS_BITS_MAX"),
        ("ISSUER_CHARACTERS_MAX", "PROVIDER_URL_CHARACTERS_MAX"),
        ("PROVIDER_HEADER_BYTES_MAX", "PROVIDER_DOCUMENT_BYTES_MAX"),
    ],
)
def test_one_bound_within_another(smaller: str, larger: str) -> None:
    """A bound that lies within another is not above it."""
    assert _bound(smaller) <= _bound(larger)


def test_new_key_is_known_in_time() -> None:
    """A new key is taken within 35 s: the pause and one fetch (attacks O13)."""
    longest = (
        provider_limits.KEY_SET_COOL_DOWN + provider_limits.PROVIDER_FETCH_TIME_MAX
    )

    assert longest.total_seconds() <= 35


def test_fetch_fits_the_call() -> None:
    """A call outlives the fetch that it waits for."""
    assert provider_limits.PROVIDER_FETCH_TIME_MAX < limits.CALL_DEADLINE_DEFAULT


def test_exchanges_leave_room() -> None:
    """Whoever waits for providers leaves most of a worker to proven callers (V35)."""
    assert (
        federation_limits.EXCHANGES_PER_PROVIDER_MAX
        < federation_limits.EXCHANGES_MAX
        < limits.CONCURRENT_CALLS_MAX / 2
    )
