"""`daypass whoami`: who the credentials belong to."""

from __future__ import annotations

from dataclasses import asdict

from daypass_client.cli.command import Invocation


def whoami(invocation: Invocation) -> None:
    """Show who the credentials belong to."""
    printer = invocation.printer()
    with invocation.connect() as client:
        printer.record(asdict(client.get_caller_identity()))
