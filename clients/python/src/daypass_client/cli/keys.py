"""`daypass keys`: the public keys that verify tokens."""

from __future__ import annotations

from daypass_client.cli.command import Invocation

_COLUMNS = ("kid", "kty", "alg", "crv", "use")


def keys(invocation: Invocation) -> None:
    """Show the public keys that verify tokens; in JSON they are a key set (RFC 7517).

    It needs no credentials.
    """
    printer = invocation.printer()
    with invocation.connect() as client:
        key_set = client.get_key_set()
    printer.records("keys", [key.as_jwk() for key in key_set.keys], _COLUMNS)
