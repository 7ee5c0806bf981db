"""The parameters of AssumeRoleWithWebIdentity.

SPEC: sts-operations 0.2, 1.3 and 5.4; details 15, 16 and 61; attacks J47.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio

from daypass.core.errors import (
    AccessDeniedError,
    InvalidIdentityTokenError,
    ValidationError,
)
from unit.sts.web_identity import Exchange, exchange_in, token


@pytest_asyncio.fixture
async def exchange() -> Exchange:
    """Returns the operation in a world with two accounts."""
    return await exchange_in()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"role_arn": None}, ["role_arn"]),
        ({"role_session_name": None}, ["role_session_name"]),
        ({"role_session_name": "x"}, ["role_session_name"]),
        ({"role_session_name": "x" * 65}, ["role_session_name"]),
        ({"role_session_name": "session\n"}, ["role_session_name"]),
        ({"role_session_name": "séance"}, ["role_session_name"]),
        ({"web_identity_token": None}, ["web_identity_token"]),
        ({"provider_id": "abc"}, ["provider_id"]),
        ({"provider_id": "x" * 2049}, ["provider_id"]),
        ({"policy": "x" * 2049}, ["policy"]),
        ({"duration_seconds": 899, "policy": ""}, ["policy", "duration_seconds"]),
        ({"duration_seconds": 43_201}, ["duration_seconds"]),
    ],
    ids=lambda value: "" if isinstance(value, list) else "-".join(value),
)
async def test_parameters(
    exchange: Exchange, changes: dict[str, object], fields: list[str]
) -> None:
    """A parameter of the wrong form is named, before the token (details 15 and 61)."""
    error = await exchange.refusal(ValidationError, "no token at all", **changes)

    assert sorted(fields) == sorted(breach.field for breach in error.violations)


@pytest.mark.parametrize("raw", ["abc", "x" * 20_001])
async def test_length_of_the_token(exchange: Exchange, raw: str) -> None:
    """A token of fewer than 4 or more than 20,000 characters is not shown (J47)."""
    error = await exchange.refusal(ValidationError, raw)

    assert raw not in error.message
    assert "'***' at 'webIdentityToken'" in error.message


async def test_blanks_around_the_token(exchange: Exchange) -> None:
    """Blanks at the ends are not part of a token, which comes from a file (5.4)."""
    await exchange(f"\t{token()}\r\n")


@pytest.mark.parametrize(
    ("provider_id", "kind"),
    [
        ("www.amazon.com", InvalidIdentityTokenError),
        ("graph.facebook.com", InvalidIdentityTokenError),
        ("accounts.google.com", AccessDeniedError),
        ("idp.example", AccessDeniedError),
    ],
)
async def test_provider_id(
    exchange: Exchange, provider_id: str, kind: type[Exception]
) -> None:
    """A ProviderId does not go with an OpenID token."""
    await exchange.refusal(kind, provider_id=provider_id)


async def test_duration(exchange: Exchange) -> None:
    """The session lasts what was asked for, up to the role's maximum (15 and 16)."""
    result = await exchange(duration_seconds=7_200)
    error = await exchange.refusal(ValidationError, duration_seconds=7_201)

    left = result.credentials.expire_time - exchange.world.clock.now()
    assert timedelta(hours=2) == left
    assert "duration_above_role" == error.detail
