"""The parameters of ExchangeToken: the edge of each form (spec 6.1, detail 60)."""

from __future__ import annotations

from typing import Any

import pytest

from daypass.core import exchange_limits as limits
from daypass.core.errors import ValidationError
from daypass.core.exchanged_token import TokenType
from daypass.core.secret import Secret
from daypass.sts.exchange_request import ExchangeTokenRequest, validate
from support.exchange_world import ACCESS, CREDENTIALS, ID, JWT

REFRESH = "urn:ietf:params:oauth:token-type:refresh_token"
SAML = "urn:ietf:params:oauth:token-type:saml2"


def request(**changes: Any) -> ExchangeTokenRequest:
    """Returns a request in form."""
    fields: dict[str, Any] = {
        "subject_token": Secret("a.b.c"),
        "subject_token_type": ID,
        **changes,
    }
    return ExchangeTokenRequest(**fields)


def breaches(**changes: Any) -> list[str]:
    """Returns the fields that are found wrong."""
    with pytest.raises(ValidationError) as caught:
        validate(request(**changes))
    assert "a.b.c" not in caught.value.message
    return [violation.field for violation in caught.value.violations]


BREACHES: dict[str, tuple[dict[str, Any], str]] = {
    "no subject": ({"subject_token": Secret("")}, "subject_token"),
    "long subject": (
        {"subject_token": Secret("a" * (limits.PRESENTED_TOKEN_CHARACTERS_MAX + 1))},
        "subject_token",
    ),
    "no subject type": ({"subject_token_type": ""}, "subject_token_type"),
    "refresh token": ({"subject_token_type": REFRESH}, "subject_token_type"),
    "saml assertion": ({"subject_token_type": SAML}, "subject_token_type"),
    "credentials": ({"subject_token_type": CREDENTIALS}, "subject_token_type"),
    "bare word": ({"subject_token_type": "id_token"}, "subject_token_type"),
    "actor without type": ({"actor_token": Secret("d")}, "actor_token_type"),
    "detail 60: type without actor": ({"actor_token_type": ID}, "actor_token_type"),
    "actor type unknown": (
        {"actor_token": Secret("d"), "actor_token_type": SAML},
        "actor_token_type",
    ),
    "refresh token asked": (
        {"requested_token_type": REFRESH},
        "requested_token_type",
    ),
    "type in capitals": (
        {"requested_token_type": ACCESS.upper()},
        "requested_token_type",
    ),
    "relative resource": ({"resources": ("/a",)}, "resources[0]"),
    "fragment": ({"resources": ("https://a.example/#b",)}, "resources[0]"),
    "empty fragment": ({"resources": ("https://a.example/#",)}, "resources[0]"),
    "resource with a line": ({"resources": ("https://a.example\n",)}, "resources[0]"),
    "empty resource": ({"resources": ("",)}, "resources[0]"),
    "second audience": ({"audiences": ("a", "b c")}, "audiences[1]"),
    "empty audience": ({"audiences": ("",)}, "audiences[0]"),
    "long audience": ({"audiences": ("a" * 256,)}, "audiences[0]"),
    "accent in audience": (
        {"audiences": ("\N{LATIN SMALL LETTER E WITH ACUTE}",)},
        "audiences[0]",
    ),
    "many audiences": ({"audiences": ("a",) * 11}, "audiences"),
    "many resources": ({"resources": ("a:b",) * 11}, "resources"),
    "two scopes in one": ({"scopes": ("a b",)}, "scopes[0]"),
    "quote in scope": ({"scopes": ('a"',)}, "scopes[0]"),
    "backslash in scope": ({"scopes": ("a\\",)}, "scopes[0]"),
    "long scope": ({"scopes": ("a" * 129,)}, "scopes[0]"),
    "many scopes": ({"scopes": ("a",) * 51}, "scopes"),
}


@pytest.mark.parametrize("name", BREACHES)
def test_breach(name: str) -> None:
    """A parameter that breaches its form is named."""
    changes, field = BREACHES[name]

    assert field in breaches(**changes)


def test_all_breaches_at_once() -> None:
    """All breaches are told at once."""
    found = breaches(subject_token=Secret(""), actor_token_type=ID, scopes=("",))

    assert ["subject_token", "actor_token_type", "scopes[0]"] == found


def test_least() -> None:
    """What is left out means no actor, any scope, and an access token."""
    valid = validate(request())

    assert (None, (), (), frozenset(), TokenType.ACCESS_TOKEN) == (
        valid.actor,
        valid.audiences,
        valid.resources,
        valid.scopes,
        valid.requested_type,
    )
    assert TokenType.ID_TOKEN is valid.subject.token_type


def test_most() -> None:
    """All that has its form is taken, at the far edge of each."""
    audiences = tuple(f"{number:0255}" for number in range(10))
    scopes = tuple(f"{number:0128}" for number in range(50))
    resources = ("urn:a", "https://a.example:8443/b?c=d&e=[1]")
    valid = validate(
        request(
            subject_token=Secret("a" * limits.PRESENTED_TOKEN_CHARACTERS_MAX),
            actor_token=Secret("d"),
            actor_token_type=JWT,
            audiences=audiences,
            resources=resources,
            scopes=scopes,
            requested_token_type=CREDENTIALS,
        )
    )

    assert (audiences, resources, frozenset(scopes)) == (
        valid.audiences,
        valid.resources,
        valid.scopes,
    )
    assert valid.actor is not None
    assert (TokenType.JWT, TokenType.CREDENTIALS) == (
        valid.actor.token_type,
        valid.requested_type,
    )


def test_repeated_target_counts_once() -> None:
    """A target that stands twice is one."""
    assert ("a", "b") == validate(request(audiences=("a", "b", "a"))).audiences
