"""Verifies responses in tests, and says why one is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import lru_cache

import pytest

from daypass.core.errors import RejectedError
from daypass.federation.saml import assertion
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.metadata import parse_metadata
from daypass.federation.saml.options import Compatibility, ServiceProvider
from daypass.federation.saml.provider import IdentityProvider
from daypass.federation.saml.verified import VerifiedAssertion
from support.saml_idp import PROVIDER_ARN, Change, encode, metadata, response
from support.world import START


@lru_cache
def provider() -> IdentityProvider:
    """Returns the provider whose metadata names the first signer."""
    return IdentityProvider(PROVIDER_ARN, parse_metadata(metadata(), now=START))


def expectations(**changes: bool) -> Expectations:
    """Returns what is expected of its assertions, with checks given up by name."""
    return Expectations(provider(), ServiceProvider(), Compatibility(**changes))


def verified(
    text: str | bytes,
    *,
    expected: Expectations | None = None,
    now: datetime = START,
) -> VerifiedAssertion:
    """Verifies a response that is not encoded yet."""
    return assertion.verify(encode(text), expected or expectations(), now=now)


def read(*changes: Change, **given_up: bool) -> VerifiedAssertion:
    """Returns what a signed assertion with changes says."""
    return verified(response(*changes), expected=expectations(**given_up))


def refusal(
    text: str | bytes,
    *,
    expected: Expectations | None = None,
    now: datetime = START,
) -> RejectedError:
    """Returns the error by which a response is refused."""
    with pytest.raises(RejectedError) as caught:
        verified(text, expected=expected, now=now)
    return caught.value


def reason(text: str | bytes, *, expected: Expectations | None = None) -> str:
    """Returns the inner reason why a response is refused, without its prefix."""
    return refusal(text, expected=expected).detail.removeprefix("saml_")


def change_refusal(*changes: Change, **given_up: bool) -> str:
    """Returns the inner reason why a signed assertion with changes is refused."""
    return reason(response(*changes), expected=expectations(**given_up))


def answering(request_id: str | None) -> Expectations:
    """Returns expectations of an answer to a sign-in request."""
    return replace(expectations(), request_id=request_id)
