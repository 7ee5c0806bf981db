"""Signatures that are made in another way, and why they are refused."""

from __future__ import annotations

from dataclasses import replace

from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.metadata import parse_metadata
from daypass.federation.saml.provider import IdentityProvider
from support.saml_idp import (
    PROVIDER_ARN,
    Recipe,
    Signer,
    changed,
    metadata,
    response,
    signer,
)
from support.saml_refusal import expectations, reason
from support.world import START

RECIPE = Recipe(signer())


def trusting(*signers: Signer, **given_up: bool) -> Expectations:
    """Returns expectations of a provider whose metadata names these signers."""
    pinned = parse_metadata(metadata(*signers), now=START)
    return replace(
        expectations(**given_up), provider=IdentityProvider(PROVIDER_ARN, pinned)
    )


def recipe_reason(**changes: object) -> str:
    """Returns why a response is refused that was signed in another way."""
    return reason(response(recipe=replace(RECIPE, **changes)))  # type: ignore[arg-type]


def spoiled(old: str, new: str) -> str:
    """Returns why a response is refused that was changed after it was signed."""
    return reason(changed(response(), (old, new)))


def info_reason(old: str, new: str) -> str:
    """Returns why a response is refused whose signed SignedInfo was another."""
    return recipe_reason(info_changes=((old, new),))
