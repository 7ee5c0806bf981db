"""The command of `daypassd oauth`: draws the secret of a client, and its hash."""

from __future__ import annotations

import base64

import typer

from daypass.adapters.scrypt_hasher import describe_hash
from daypass.adapters.system import SystemEntropy
from daypass.core.identifiers import SECRET_BYTES
from daypass.core.secret import Secret


def register(app: typer.Typer) -> None:
    """Adds the command to a program."""
    oauth = typer.Typer(help="Works with OAuth clients.", no_args_is_help=True)
    # NOTE: with a callback a program of one command still has the command's name.
    oauth.callback()(_about)
    oauth.command("new-secret")(new_secret)
    app.add_typer(oauth, name="oauth")


def _about() -> None:
    """Works with OAuth clients."""


def new_secret() -> None:
    """Draws a secret for a client: the first line is for it, the second declares it.

    The secret is shown once and kept nowhere.
    """
    entropy = SystemEntropy()
    secret = Secret(base64.b64encode(entropy.token_bytes(SECRET_BYTES)))
    typer.echo(f"secret: {secret.reveal_text()}")
    typer.echo(f"secret_hash: '{describe_hash(secret, entropy)}'")
