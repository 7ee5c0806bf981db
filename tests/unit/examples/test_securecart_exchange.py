"""The storefront of the example speaks for its customers, and for nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.secrets import SecretResolver
from daypass.core.errors import DaypassError
from daypass.core.exchange_errors import (
    InvalidExchangeTokenError,
    InvalidScopeError,
    InvalidTargetError,
    UnauthorizedClientError,
)
from support.exchange_world import ID, JWT, ExchangeWorld, customer
from support.oidc_issuer import NOW, key_set
from support.securecart import FOLDER, USERS
from support.sts_world import ready
from support.world import SeededEntropy

CUSTOMERS = "https://login.securecart.example/customers"
PICTURES = "pictures.securecart.internal"


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> ExchangeWorld:
    """Returns the example, with a provider that really signs for customers."""
    secrets = tmp_path / "secrets"
    generate_missing_secrets(FOLDER, secrets, SeededEntropy())
    files = DirectoryFiles.open(
        folder=FOLDER,
        registry=tmp_path / "ids.json",
        secrets=SecretResolver(folder=secrets, environment={}),
        entropy=SeededEntropy(),
    )
    world = ExchangeWorld()
    world.sts.directory.value = files.current()
    world.key_sets.sets = {CUSTOMERS: key_set("ES256")}
    await ready(world.sts)
    return world


def phone(**changes: object) -> dict[str, Any]:
    """Returns the parameters of the exchange that the example is about."""
    token = customer(**{"iss": CUSTOMERS, "aud": "securecart-mobile", **changes})
    return {"subject_token": token, "subject_token_type": ID, "audiences": (PICTURES,)}


@pytest.mark.parametrize(
    ("name", "parameters", "kind"),
    [
        ("portal", phone(), UnauthorizedClientError),
        ("admin", phone(), UnauthorizedClientError),
        ("dev", phone(), InvalidExchangeTokenError),
        ("storefront", phone(aud="other"), InvalidExchangeTokenError),
        ("storefront", phone(iss="https://ci.securecart.example"), DaypassError),
        ("storefront", {**phone(), "audiences": ("bank",)}, InvalidTargetError),
        ("storefront", {**phone(), "scopes": ("pictures:write",)}, InvalidScopeError),
        (
            "storefront",
            {**phone(), "requested_token_type": JWT},
            UnauthorizedClientError,
        ),
    ],
)
async def test_refuses_the_rest(
    world: ExchangeWorld,
    name: str,
    parameters: dict[str, Any],
    kind: type[DaypassError],
) -> None:
    """Nobody else speaks for customers, nor the storefront for more than pictures."""
    with pytest.raises(kind):
        await world.exchange(USERS[name], **parameters)


async def test_speaks_for_a_customer(world: ExchangeWorld) -> None:
    """The storefront gets a token that reads that customer's pictures, and no more."""
    result = await world.exchange(USERS["storefront"], **phone(exp=NOW + 3_600))
    assert result.token is not None
    token = world.read(result.token.reveal_text())

    assert (f"{CUSTOMERS}#user-1", (PICTURES,), ("pictures:read",)) == (
        token.subject,
        token.audiences,
        token.scopes,
    )
    assert timedelta(minutes=10) == result.lifetime
