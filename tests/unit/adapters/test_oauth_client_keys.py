"""Keys of OAuth clients that are written down, checked at the load of a directory."""

from __future__ import annotations

from textwrap import dedent

import pytest

from daypass.adapters.oauth_client_keys import check_oauth_clients
from daypass.directory.fault import DirectoryInvalidError
from support.directories import account_file, directory_of
from support.oidc_issuer import jwk, key_set_text

ACCOUNT = account_file(
    dedent(
        """
        users: {web: {}}
        oauth_clients:
          shop-web:
            user: web
            authentication: [private_key_jwt]
            jwks: {file: keys.json}
          other:
            user: web
            authentication: [client_secret_basic]
            secret: {file: other.secret}
        """
    )
)


def faults(keys: str) -> list[str]:
    """Returns the reasons for which a key set is refused."""
    directory = directory_of({"a.yaml": ACCOUNT, "keys.json": keys})
    try:
        check_oauth_clients(directory)
    except DirectoryInvalidError as error:
        return [f"{fault.file}: {fault.reason}" for fault in error.faults]
    return []


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ("[]", "this is no key set that can be used: key_set_not_json"),
        (key_set_text(), "the set holds no key"),
        (
            key_set_text(jwk("ES256", d="AA")),
            "this is no key set that can be used: key_set_private",
        ),
        (
            key_set_text(jwk("ES256"), jwk("RS256", use="enc")),
            "a key of this set cannot be used to verify assertions: use_not_signing",
        ),
    ],
)
def test_key_set_refused(keys: str, reason: str) -> None:
    """A key set that has what cannot be used, or what is private, is a fault."""
    assert [f"keys.json: {reason}"] == faults(keys)


def test_key_set_taken() -> None:
    """A key set of keys that verify is taken."""
    assert [] == faults(key_set_text(jwk("ES256"), jwk("RS256")))
