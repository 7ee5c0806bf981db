"""Secrets of OAuth clients: what they cost, and what a refusal tells.

SPEC: ADR 0031; attacks L13, V15 by analogy.
"""

from __future__ import annotations

import pytest

from daypass.adapters.scrypt_hasher import describe_hash, scrypt
from daypass.core.errors import ThrottlingError
from daypass.core.oauth import AuthenticationMethod
from daypass.core.oauth_errors import InvalidClientError
from daypass.core.secret import Secret
from daypass.directory.oauth_clients import OAuthClient
from daypass.sts.client_secrets import ClientSecrets
from support.directories import account_file, directory_of
from support.world import SeededEntropy

BASIC = AuthenticationMethod.CLIENT_SECRET_BASIC
POST = AuthenticationMethod.CLIENT_SECRET_POST
RIGHT = Secret("right" * 8)
WRONG = Secret("wrong" * 8)


class CountedHasher:
    """A hasher that counts, and may be full."""

    def __init__(self) -> None:
        self.count = 0
        self.full = False

    async def hash(self, secret: Secret, *, salt: bytes) -> Secret:
        """Returns the hash."""
        if self.full:
            raise ThrottlingError("client_secret_hashes")
        self.count += 1
        return scrypt(secret, salt)


def client(proof: str) -> OAuthClient:
    """Returns a client with this line about its secret."""
    body = f"""
        users: {{web: {{}}}}
        oauth_clients:
          web:
            user: web
            authentication: [client_secret_basic]
            {proof}
        """
    found = directory_of({"a.yaml": account_file(body)}).oauth_client("web")
    assert found is not None
    return found


@pytest.fixture
def hasher() -> CountedHasher:
    """Returns a hasher that counts."""
    return CountedHasher()


@pytest.fixture
def secrets(hasher: CountedHasher) -> ClientSecrets:
    """Returns what checks secrets."""
    return ClientSecrets(hasher=hasher, entropy=SeededEntropy())


HASHED = client(f"secret_hash: '{describe_hash(RIGHT, SeededEntropy())}'")
# A test resolves no reference: the client proves nothing by its secret.
UNRESOLVED = client("secret: {file: web.secret}")


async def test_hash_is_remembered(
    secrets: ClientSecrets, hasher: CountedHasher
) -> None:
    """A secret that was right is hashed once."""
    for _ in range(3):
        await secrets.check(HASHED, RIGHT, BASIC)

    assert 1 == hasher.count


@pytest.mark.parametrize("known", [HASHED, UNRESOLVED, None], ids=str)
async def test_refusal_costs_one_hash(
    secrets: ClientSecrets, hasher: CountedHasher, known: OAuthClient | None
) -> None:
    """Every refusal costs one hash, each time, whoever is asked for (L13)."""
    for count in (1, 2):
        with pytest.raises(InvalidClientError) as caught:
            await secrets.check(known, WRONG, BASIC)

        assert "client_unknown_or_secret_wrong" == caught.value.detail
        assert count == hasher.count


async def test_other_method_costs_one_hash(
    secrets: ClientSecrets, hasher: CountedHasher
) -> None:
    """The right secret, shown in another way, is refused as a wrong one is."""
    await secrets.check(HASHED, RIGHT, BASIC)

    with pytest.raises(InvalidClientError):
        await secrets.check(HASHED, RIGHT, POST)

    assert 2 == hasher.count


async def test_full_hasher(secrets: ClientSecrets, hasher: CountedHasher) -> None:
    """While no hash can be made, what is remembered is still good, and no guess is."""
    await secrets.check(HASHED, RIGHT, BASIC)
    hasher.full = True

    await secrets.check(HASHED, RIGHT, BASIC)
    with pytest.raises(ThrottlingError):
        await secrets.check(HASHED, WRONG, BASIC)


@pytest.mark.parametrize("text", ["", "x" * 256])
async def test_length(secrets: ClientSecrets, hasher: CountedHasher, text: str) -> None:
    """A secret of no length, or beyond any, is not hashed."""
    with pytest.raises(InvalidClientError, match="client_secret_length"):
        await secrets.check(HASHED, Secret(text), BASIC)

    assert 0 == hasher.count
