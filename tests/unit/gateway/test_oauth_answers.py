"""Answers of the OAuth endpoints about tokens that others act with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from daypass.core.errors import ServiceUnavailableError
from daypass.core.exchanged_token import Party, TokenType
from daypass.core.secret import Secret
from daypass.gateway.exchange import Answer
from daypass.gateway.oauth.answers import introspection_body, token_body
from daypass.gateway.oauth.handlers import OAuthHandlers, OAuthUseCases
from daypass.gateway.oauth.parameters import OAuthParameters
from daypass.sts.caller import CallContext, Caller
from daypass.sts.exchange_issue import ExchangeResult
from daypass.sts.revoke_token import RevokeTokenResult
from support.exchanged import OUR_ISSUER, exchanged_token
from support.sts_world import CALL


def test_actors_are_nested() -> None:
    """Who acts is named in `act`, the present actor outermost."""
    first, second = Party("https://a", "one"), Party("https://b", "two")
    token = replace(exchanged_token(), actors=(second, first), scopes=())

    body = introspection_body(token, issuer=OUR_ISSUER)

    assert {
        "iss": "https://b",
        "sub": "two",
        "act": {"iss": "https://a", "sub": "one"},
    } == body["act"]
    assert "scope" not in body


def test_several_audiences() -> None:
    """Detail 59: several audiences are a list, and one is a string."""
    token = replace(exchanged_token(), audiences=("a", "b"))

    assert ["a", "b"] == introspection_body(token, issuer=OUR_ISSUER)["aud"]


def test_no_scope() -> None:
    """A token that grants nothing by name says so by saying nothing."""
    result = ExchangeResult(
        issued_type=TokenType.ID_TOKEN,
        lifetime=timedelta(minutes=1),
        scopes=(),
        token=Secret("t"),
    )

    assert {
        "token_type": "N_A",
        "expires_in": 60,
        "issued_token_type": TokenType.ID_TOKEN.value,
        "access_token": "t",
    } == token_body(result, exchanged=True)


class Revoking:
    """A revocation that is not known to every worker."""

    async def run(self, _: Secret, __: Caller, ___: CallContext) -> RevokeTokenResult:
        """Revokes, but not everywhere."""
        return RevokeTokenResult(effective_everywhere=False)


async def test_revocation_not_everywhere() -> None:
    """A token that may be good somewhere is not said to have ended (RFC 7009 2.2.1)."""
    unused: Any = None
    revoking: Any = Revoking()
    handlers = OAuthHandlers(
        OAuthUseCases(
            issuer=OUR_ISSUER,
            exchange_token=unused,
            issue_client_token=unused,
            introspect_token=unused,
            revoke_token=revoking,
        )
    )
    proven: Any = Answer(200)  # Of whom only the caller is asked for.

    run = handlers.revoke(OAuthParameters({"token": ("t",)}), proven, CALL)

    with pytest.raises(ServiceUnavailableError, match="revocation_not_everywhere"):
        await run()
