"""`daypassd oauth new-secret` draws a secret that its own hash declares."""

from __future__ import annotations

from typer.testing import CliRunner

from daypass.adapters.scrypt_hasher import scrypt
from daypass.cli import app
from daypass.core.secret import Secret
from support.directories import account_file, directory_of


def test_new_secret() -> None:
    """What is printed goes into a directory as it is, and fits the secret."""
    result = CliRunner().invoke(app, ["oauth", "new-secret"], catch_exceptions=False)

    first, second = result.stdout.splitlines()
    body = f"""
        users: {{web: {{}}}}
        oauth_clients:
          web:
            user: web
            authentication: [client_secret_basic]
            {second}
        """
    client = directory_of({"a.yaml": account_file(body)}).oauth_client("web")
    assert client is not None
    assert client.hashed_secret is not None
    secret = Secret(first.removeprefix("secret: "))
    assert client.hashed_secret.digest == scrypt(secret, client.hashed_secret.salt)


def test_secrets_differ() -> None:
    """No two secrets, and no two salts, are the same."""
    lines = {
        line
        for _ in range(2)
        for line in CliRunner().invoke(app, ["oauth", "new-secret"]).stdout.splitlines()
    }

    assert 4 == len(lines)
