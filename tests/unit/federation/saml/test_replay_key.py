"""By what an assertion is remembered (attacks S43, S44; decision 0047)."""

from __future__ import annotations

from dataclasses import replace

from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.metadata import parse_metadata
from daypass.federation.saml.provider import IdentityProvider
from support.saml_idp import (
    ASSERTION_ID,
    ENTITY,
    PROVIDER_ARN,
    Recipe,
    Signer,
    assertion,
    certificate_for,
    in_response,
    metadata,
    response,
    sign,
    signer,
)
from support.saml_refusal import expectations, read, verified
from support.world import START


def trusting(*signers: Signer) -> Expectations:
    """Returns what is expected of a provider with these certificates."""
    trust = parse_metadata(metadata(*signers), now=START)
    return replace(expectations(), provider=IdentityProvider(PROVIDER_ARN, trust))


def test_key_differs_by_signer() -> None:
    """Whoever signs with another key names another assertion."""
    theirs = response(recipe=Recipe(signer(1)))

    other = verified(theirs, expected=trusting(signer(1))).replay_key

    issuer, assertion_id, key_id = read().replay_key
    assert (ENTITY, ASSERTION_ID) == (issuer, assertion_id) == other[:2]
    assert key_id != other[2]


def test_key_outlives_certificate() -> None:
    """A new certificate of the same key makes no new assertion of an old one."""
    renewed = Signer(signer().key, certificate_for(signer().key))

    found = verified(response(), expected=trusting(renewed))

    assert read().replay_key == found.replay_key


def test_order_of_certificates() -> None:
    """It is the key that signed, wherever it stands among those that may."""
    found = verified(response(), expected=trusting(signer(1), signer()))

    assert read().replay_key == found.replay_key


def test_wrapper_with_another_key() -> None:
    """What another key of the provider signs around it does not name it."""
    inner = in_response(sign(assertion()))
    both = trusting(signer(), signer(1))

    found = verified(sign(inner, Recipe(signer(1))), expected=both)

    assert read().replay_key == found.replay_key
