"""Commands that say whose credentials are."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from daypass_client.cli.command import Invocation


def whoami(invocation: Invocation) -> None:
    """Show who the credentials belong to."""
    printer = invocation.printer()
    with invocation.connect() as client:
        printer.record(asdict(client.get_caller_identity()))


def access_key_info(
    invocation: Invocation,
    access_key_id: Annotated[
        str, typer.Argument(metavar="ACCESS_KEY_ID", help="Names the credentials.")
    ],
) -> None:
    """Show the account that an access key id belongs to.

    It says nothing of whether the key is good, or exists.
    """
    printer = invocation.printer()
    with invocation.connect() as client:
        printer.record({"account": client.get_access_key_info(access_key_id)})
