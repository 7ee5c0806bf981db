"""Receivers that give a presigned request a lifetime of their own (spec 3.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from support.http_call import HttpCall, presigned, refusal, verify
from support.world import START

QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)


def _fixed(call: HttpCall) -> HttpCall:
    return call.expecting(presigned_lifetime_max=QUARTER, ignore_expires=True)


@pytest.mark.parametrize("expires", [1, 60, 604_800])
def test_detail_11_lifetime_is_the_receivers(expires: int) -> None:
    """What the request says of its end changes nothing, earlier or later."""
    call = _fixed(presigned(expires=expires))

    verify(call, now=START + QUARTER)

    late = refusal(call, now=START + QUARTER + SECOND)
    assert ("SignatureDoesNotMatch", "signature_expired") == late


def test_lifetime_left_out() -> None:
    """A request that says nothing of its end is not incomplete there."""
    call = _fixed(presigned()).parameter("X-Amz-Expires", None)

    # NOTE: the signature covered the parameter, so it is the last to be refused.
    assert ("SignatureDoesNotMatch", "wrong_signature") == refusal(call)
    assert START + QUARTER == call.proof().expire_time


@pytest.mark.parametrize("value", ["0", "-1", "604801", "1e3", ""])
def test_v13_lifetime_still_has_a_form(value: str) -> None:
    """What is said of the end has the usual form, though nobody heeds it."""
    call = _fixed(presigned()).parameter("X-Amz-Expires", value)

    assert "IncompleteSignature" == refusal(call)[0]


def test_header_form_unchanged() -> None:
    """Without the receiver's say, the shorter of both lifetimes counts."""
    call = presigned(expires=60).expecting(presigned_lifetime_max=QUARTER)

    late = refusal(call, now=START + timedelta(seconds=61))
    assert ("SignatureDoesNotMatch", "signature_expired") == late
