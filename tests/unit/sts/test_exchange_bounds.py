"""Whose refused proofs are counted, and for whom (attacks V35)."""

from __future__ import annotations

import pytest

from daypass.core.errors import (
    InvalidIdentityTokenError,
    RejectedError,
    ThrottlingError,
)
from daypass.sts.exchange_bounds import ExchangeBounds
from support.world import ManualClock

PROVIDER = "arn:aws:iam::123456789012:oidc-provider/issuer.example"


def _bounds() -> ExchangeBounds:
    return ExchangeBounds(clock=ManualClock(), refused_burst_max=1)


def _bring(
    bounds: ExchangeBounds, address: str | None, error: RejectedError | None = None
) -> str:
    """Returns what a proof from an address is refused with, or nothing."""
    try:
        with bounds.proof(PROVIDER, address):
            if error is not None:
                raise error
    except RejectedError as refused:
        return refused.detail
    return ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff"),
        ("2001:db8:0:1::1", "2001:0db8:0000:0001::2"),
        ("203.0.113.7", "203.0.113.7"),
    ],
)
def test_v35_one_client(first: str, second: str) -> None:
    """V35: whoever has a network of IPv6 has one allowance, and not one an address."""
    bounds = _bounds()
    _bring(bounds, first, InvalidIdentityTokenError("wrong"))

    assert "proofs_refused_too_often" == _bring(bounds, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:2::1"),
        ("203.0.113.7", "203.0.113.8"),
        (None, "203.0.113.7"),
    ],
)
def test_v35_two_clients(first: str | None, second: str) -> None:
    """V35: who lives in another network, or at another IPv4 address, is let in."""
    bounds = _bounds()
    _bring(bounds, first, InvalidIdentityTokenError("wrong"))

    assert "" == _bring(bounds, second)


@pytest.mark.parametrize("address", [None, "", "not-an-address"])
def test_v35_unknown_addresses_are_one(address: str | None) -> None:
    """V35: whose address is not known, or is none, shares what it is counted under."""
    bounds = _bounds()
    _bring(bounds, address, InvalidIdentityTokenError("wrong"))

    assert "proofs_refused_too_often" == _bring(bounds, address)


def test_v35_turned_away_is_not_refused() -> None:
    """V35: a proof that was not looked at, because others took the room, counts not."""
    bounds = _bounds()
    for _ in range(3):
        busy = ThrottlingError("saml_checks_full")
        assert "saml_checks_full" == _bring(bounds, "203.0.113.7", busy)

    assert "" == _bring(bounds, "203.0.113.7")
