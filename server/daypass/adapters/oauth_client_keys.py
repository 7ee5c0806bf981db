"""The public keys of OAuth clients, checked when the directory is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.model import Directory
from daypass.directory.oauth_clients import OAuthClient
from daypass.federation.client_assertion import parse_client_keys
from daypass.federation.oidc.errors import DocumentRefusedError

_NOT_ALL: Final = "a key of this set cannot be used to verify assertions: {}"


def check_oauth_clients(directory: Directory) -> None:
    """Returns when all keys of all clients can be used.

    Raises:
        DirectoryInvalidError: one cannot; it names all of them.
    """
    faults = {
        fault
        for account in directory.accounts
        for client in account.oauth_clients.values()
        for fault in _faults(client)
    }
    if faults:
        raise DirectoryInvalidError(sorted(faults))


def _faults(client: OAuthClient) -> Iterator[Fault]:
    if client.keys is None:
        return
    path = f"oauth_clients.{client.client_id}.jwks"
    try:
        found = parse_client_keys(client.keys.text)
    except DocumentRefusedError as error:
        reason = f"this is no key set that can be used: {error.reason}"
        yield Fault(client.keys.name, 0, path, reason)
        return
    # NOTE: one that is written down is mended here, and not worked around.
    for ignored in found.ignored:
        yield Fault(client.keys.name, 0, path, _NOT_ALL.format(ignored.reason))
    if not found.keys and not found.ignored:
        yield Fault(client.keys.name, 0, path, "the set holds no key")
