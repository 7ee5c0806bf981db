"""The access keys, second factors and client secrets of a folder, resolved.

What is found is checked where they are built, in `directory.keys`, `.devices` and
`.oauth`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from daypass.core.secret import Secret
from daypass.directory.declared import SecretReference
from daypass.directory.devices import DeclaredDevice, ResolvedDevice
from daypass.directory.fault import Fault
from daypass.directory.keys import DeclaredKey, ResolvedKey
from daypass.directory.oauth import DeclaredClientSecret, ResolvedClientSecret
from daypass.directory.yaml_tree import Place


class SecretResolver(Protocol):
    """Finds the values of secrets that the files only refer to."""

    def resolve(self, reference: SecretReference) -> Secret:
        """Returns the secret.

        Raises:
            OSError: it cannot be read.
            ValueError: it is not usable. The text quotes nothing of it.
        """
        ...


def resolve_keys(
    keys: Iterable[DeclaredKey], secrets: SecretResolver, faults: list[Fault]
) -> tuple[ResolvedKey, ...]:
    """Returns the keys whose references lead to something.

    Args:
        keys: as declared.
        secrets: resolves their references.
        faults: takes a fault for each that leads to nothing.
    """
    resolved: list[ResolvedKey] = []
    for key in keys:
        access_key_id = _access_key_id(key, secrets, faults)
        secret = _find(key.place.at("secret"), key.secret, secrets, faults)
        if access_key_id is not None and secret is not None:
            resolved.append(ResolvedKey(key, access_key_id, secret))
    return tuple(resolved)


def resolve_devices(
    devices: Iterable[DeclaredDevice], secrets: SecretResolver, faults: list[Fault]
) -> tuple[ResolvedDevice, ...]:
    """Returns the second factors whose seeds are found; see `resolve_keys`."""
    return tuple(
        ResolvedDevice(device, seed)
        for device in devices
        if (seed := _find(device.place.at("seed"), device.seed, secrets, faults))
        is not None
    )


def resolve_client_secrets(
    declared: Iterable[DeclaredClientSecret],
    secrets: SecretResolver,
    faults: list[Fault],
) -> tuple[ResolvedClientSecret, ...]:
    """Returns the secrets of OAuth clients that are found; see `resolve_keys`."""
    return tuple(
        ResolvedClientSecret(one, secret)
        for one in declared
        if (secret := _find(one.place, one.secret, secrets, faults)) is not None
    )


def _access_key_id(
    key: DeclaredKey, secrets: SecretResolver, faults: list[Fault]
) -> str | None:
    if isinstance(key.access_key_id, str):
        return key.access_key_id
    found = _find(key.place.at("id"), key.access_key_id, secrets, faults)
    if found is None:
        return None
    # NOTE: bytes that are no text give an id that is none, and a fault for that.
    return found.reveal().decode("ascii", errors="replace")


def _find(
    place: Place,
    reference: SecretReference,
    secrets: SecretResolver,
    faults: list[Fault],
) -> Secret | None:
    try:
        return secrets.resolve(reference)
    except (OSError, ValueError) as error:
        faults.append(place.fault(f"it cannot be resolved: {error}"))
        return None
