"""`daypass verify`: whether a session token is good."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Annotated

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import token_text
from daypass_client.client import DaypassClient
from daypass_client.errors import TokenRejectedError
from daypass_client.exchange_values import VerifiedExchangedToken
from daypass_client.values import VerifiedToken


def verify(
    invocation: Invocation,
    token: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOKEN|-]",
            help="The token; - reads it from standard input, which keeps it out of"
            " the shell's history and the list of processes.",
        ),
    ] = None,
    *,
    from_env: Annotated[
        bool, typer.Option("--from-env", help="Take the token of AWS_SESSION_TOKEN.")
    ] = False,
) -> None:
    """Say whether a token is valid, revoked, expired or otherwise not good.

    The exit status is 0 only for a valid token.
    """
    printer = invocation.printer()
    text = token_text(token, from_env=from_env)
    with invocation.connect() as client:
        try:
            verified = _verified(client, text)
        except TokenRejectedError as rejection:
            printer.record({"state": rejection.reason, "why": rejection.message})
            raise typer.Exit(code=1) from rejection
    printer.record({"state": "valid", **_record(verified)})


def _verified(
    client: DaypassClient, text: str
) -> VerifiedToken | VerifiedExchangedToken:
    """Returns what a good token of either kind says; which it is only a server knows."""
    try:
        return client.verify_token(text)
    except TokenRejectedError as rejection:
        if rejection.reason != "not_a_session_token":
            raise
    return client.verify_exchanged_token(text)


def _record(verified: VerifiedToken | VerifiedExchangedToken) -> dict[str, object]:
    if isinstance(verified, VerifiedExchangedToken):
        return asdict(verified)
    # NOTE: not `asdict`, which cannot copy the read-only view of the tags.
    return {member.name: getattr(verified, member.name) for member in fields(verified)}
