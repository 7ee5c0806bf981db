"""`daypass keys`: the public keys, and for operators the keys of the ring."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.text import iso_time
from daypass_client.key_values import KeyPurpose, RingKey

_PUBLIC_COLUMNS = ("kid", "kty", "alg", "crv", "use")
_RING_COLUMNS = ("key_id", "purpose", "algorithm", "state", "state_time")

ReasonOption = Annotated[str, typer.Option(help="Why, for the audit log.")]


def keys(invocation: Invocation) -> None:
    """Show the public keys that verify tokens; in JSON they are a key set (RFC 7517).

    It needs no credentials.
    """
    printer = invocation.printer()
    with invocation.connect() as client:
        key_set = client.get_key_set()
    printer.records("keys", [key.as_jwk() for key in key_set.keys], _PUBLIC_COLUMNS)


def list_keys(invocation: Invocation) -> None:
    """List the keys of the ring, without their secrets; for operators."""
    printer = invocation.printer()
    found: list[RingKey] = []
    with invocation.connect() as client:
        page = client.list_keys()
        found.extend(page.keys)
        while page.next_page_token:
            page = client.list_keys(page_token=page.next_page_token)
            found.extend(page.keys)
    printer.records("keys", [asdict(key) for key in found], _RING_COLUMNS)
    if page.next_step_time is not None:
        typer.echo(
            f"The next step is due at {iso_time(page.next_step_time)}.", err=True
        )


def rotate(
    invocation: Invocation,
    purpose: Annotated[KeyPurpose, typer.Argument(help="Which kind of key.")],
    *,
    algorithm: Annotated[
        str, typer.Option(help="Of a signing key: EdDSA, ES256, ES384 or RS256.")
    ] = "",
    emergency: Annotated[
        bool,
        typer.Option(
            "--emergency",
            help="Publish and activate at once; verifiers may refuse the new key"
            " until they ask again.",
        ),
    ] = False,
    reason: ReasonOption = "",
) -> None:
    """Take the next step of one kind of key early; for operators.

    The step publishes the next key, or activates it where it has been published for
    long enough.
    """
    if (purpose is KeyPurpose.SIGNING) != bool(algorithm):
        raise typer.BadParameter("signing keys, and no others, need --algorithm")
    printer = invocation.printer()
    with invocation.connect() as client:
        rotation = client.rotate_keys(
            purpose, algorithm=algorithm, emergency=emergency, reason=reason
        )
    printer.records("keys", [asdict(key) for key in rotation.keys], _RING_COLUMNS)
    if rotation.ready_time is not None:
        ready = iso_time(rotation.ready_time)
        typer.echo(f"daypass: it is too early: ask again at {ready}.", err=True)
        raise typer.Exit(code=1)


def revoke(
    invocation: Invocation,
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="Names the key.")],
    *,
    reason: ReasonOption = "",
) -> None:
    """Put a key out of use at once, with all that it has signed; for operators."""
    printer = invocation.printer()
    with invocation.connect() as client:
        revocation = client.revoke_key(key_id, reason=reason)
    printer.record({"state": "revoked", **asdict(revocation)})
    if not revocation.known:
        typer.echo("daypass: the ring has no such key by now.", err=True)
