"""The state folder: where the master key, the key ring and the audit log lie.

Nothing here makes a key unless it is told to: a server that finds no ring says so,
because a ring that it made itself would end every session of its deployment.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from daypass.adapters.keyring_file import KeyringFile
from daypass.adapters.kms import open_kms
from daypass.adapters.master_key import (
    load_master_key,
    load_or_create_master_key,
    parse_master_key,
    rewrap_master_key,
)
from daypass.adapters.private_files import replace_private
from daypass.adapters.system import SystemEntropy
from daypass.adapters.tls_files import TlsFiles, TlsPaths
from daypass.adapters.wrapped_key import Wrapping
from daypass.config import Settings
from daypass.core.ports import Clock, Entropy
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import RingCorruptError
from daypass.keyring.generate import new_ring
from daypass.keyring.ring import Ring
from daypass.keyring.sealed import open_ring, seal_ring

_FOLDER_MODE: Final = 0o700
_OTHERS: Final = 0o077


@dataclass(frozen=True, slots=True)
class Served:
    """Where a running worker is reached, as HOST:PORT.

    `http` is None where the HTTP door is off; `tls` says whether both speak TLS.
    """

    grpc: str
    http: str | None = None
    tls: bool = False


class StateError(Exception):
    """The state folder cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class StatePaths:
    """Where everything lies, by the settings and their defaults."""

    master_key: Path
    keyring: Path
    audit: Path
    secrets: Path
    unique_ids: Path
    address: Path
    http_address: Path

    @classmethod
    def of(cls, settings: Settings, *, worker: int | None = None) -> StatePaths:
        """Returns the paths that the settings mean.

        Args:
            settings: the settings.
            worker: the number of a worker that has others beside it. Each has an
                audit log of its own: one process alone can write a chain.
        """
        state = settings.state_dir
        audit = settings.audit_file or state / "audit.jsonl"
        if worker is not None:
            audit = audit.with_stem(f"{audit.stem}.{worker}")
        return cls(
            master_key=settings.master_key_file or state / "master.key",
            keyring=state / "keyring",
            audit=audit,
            secrets=settings.secrets_dir or state / "secrets",
            unique_ids=settings.unique_ids_file
            or settings.directory / "unique-ids.json",
            address=state / "grpc.address",
            http_address=state / "http.address",
        )


class AddressFiles:
    """The files that say where a running server is reached.

    Args:
        paths: where they are.
    """

    def __init__(self, paths: StatePaths) -> None:
        self._grpc = paths.address
        self._http = paths.http_address

    def note(self, served: Served) -> None:
        """Writes where the doors are, that of gRPC last, when all is there."""
        self._http.unlink(missing_ok=True)
        if served.http is not None:
            replace_private(self._http, served.http.encode())
        replace_private(self._grpc, served.grpc.encode())

    def remove(self) -> None:
        """Removes them, where they are."""
        self._http.unlink(missing_ok=True)
        self._grpc.unlink(missing_ok=True)


def open_tls(settings: Settings) -> TlsFiles | None:
    """Returns the certificates of the doors, or None where there are none.

    Raises:
        TlsFilesInvalidError: the files make no TLS.
    """
    chain, key = settings.tls_cert_file, settings.tls_key_file
    if chain is None or key is None:
        return None
    return TlsFiles.open(TlsPaths(chain, key, settings.tls_client_ca_file))


def make_state_folder(folder: Path) -> None:
    """Makes the state folder with mode 0700, or checks that it has it.

    Raises:
        StateError: others may read it.
        OSError: it cannot be made.
    """
    folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    found = folder.stat()
    if stat.S_IMODE(found.st_mode) & _OTHERS or found.st_uid != os.geteuid():
        raise StateError(f"{folder} is not private: chmod 700 {folder}")


def wrapping_of(settings: Settings, *, plain_allowed: bool = False) -> Wrapping | None:
    """Returns how master keys are wrapped by these settings; None where they are not.

    Args:
        settings: name the key management service.
        plain_allowed: whether a master key that is not wrapped is taken, too; where
            master keys are being changed it is.
    """
    if settings.kms is None:
        return None
    return Wrapping(
        # NOTE: whatever else is repeated in a test, no nonce may be.
        open_kms(settings.kms, entropy=SystemEntropy()),
        settings.kms_key_id,
        settings.kms_deployment,
        plain_allowed=plain_allowed or settings.next_master_key_file is not None,
    )


def read_master_key(settings: Settings) -> Secret:
    """Returns the master key that the settings name.

    Raises:
        StateError: there is none.
        MasterKeyError: it is malformed, or is wrapped and should not be, or the other
            way round.
        WrappedKeyError: the key management service does not unwrap it.
        KmsUnavailableError: that does not answer.
        PrivateFileError: others may read it.
    """
    wrapping = wrapping_of(settings)
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
        return parse_master_key(text, wrapping=wrapping)
    path = StatePaths.of(settings).master_key
    try:
        return load_master_key(path, wrapping=wrapping)
    except FileNotFoundError:
        raise StateError(f"there is no {path}: {RUN_INIT}") from None


def read_master_keys(settings: Settings) -> tuple[Secret, ...]:
    """Returns the keys under which the ring may be sealed, the usual one first.

    Raises:
        Exception: as `read_master_key`, of either.
    """
    master_key, path = read_master_key(settings), settings.next_master_key_file
    if path is None:
        return (master_key,)
    try:
        return master_key, load_master_key(path, wrapping=wrapping_of(settings))
    except FileNotFoundError:
        raise StateError(f"there is no {path}") from None


def wrap_anew(settings: Settings) -> str:
    """Wraps the master key under the key of the settings, whatever it was under.

    Returns:
        What was done, in words; of a key that is no file the wrapped key itself,
        which is no secret.

    Raises:
        StateError: there is no master key, or nothing that wraps.
        Exception: as `read_master_key`.
    """
    wrapping = wrapping_of(settings, plain_allowed=True)
    if wrapping is None:
        raise StateError("there is no key management service: name kms")
    if settings.master_key is not None:
        text = settings.master_key.get_secret_value()
        return wrapping.wrap(parse_master_key(text, wrapping=wrapping))
    path = StatePaths.of(settings).master_key
    try:
        rewrap_master_key(path, wrapping)
    except FileNotFoundError:
        raise StateError(f"there is no {path}: {RUN_INIT}") from None
    return f"{path}: wrapped under {wrapping.key_id}"


def read_ring(settings: Settings) -> Ring:
    """Returns the key ring of the state folder.

    Raises:
        StateError: there is none, it is damaged, or another master key sealed it.
        MasterKeyError: the master key is malformed.
        PrivateFileError: others may read one of the files.
    """
    path = StatePaths.of(settings).keyring
    sealed = KeyringFile(path).load()
    if sealed is None:
        raise StateError(f"there is no {path}: {RUN_INIT}")
    master_key = read_master_key(settings)
    try:
        return open_ring(sealed, master_key)
    except RingCorruptError as error:
        raise StateError(
            f"{path} is damaged, or was sealed under another master key"
        ) from error


def initialise(settings: Settings, *, clock: Clock, entropy: Entropy) -> bool:
    """Makes what is missing of the state folder, the master key and the ring.

    Returns:
        Whether a ring was made.

    Raises:
        StateError: the folder is not private, or there is a ring that the master
            key does not open.
        OSError: a file cannot be written.
    """
    paths = StatePaths.of(settings)
    make_state_folder(settings.state_dir)
    file = KeyringFile(paths.keyring)
    if file.load() is not None:
        # NOTE: a new master key would not open the ring that is there, and whoever
        # runs this wants to know now that the key does not.
        read_ring(settings)
        return False
    if settings.master_key is None:
        load_or_create_master_key(
            paths.master_key, entropy=entropy, wrapping=wrapping_of(settings)
        )
    ring = new_ring(entropy, clock.now(), algorithms=tuple(Algorithm))
    file.store(seal_ring(ring, read_master_key(settings), entropy))
    return True


RUN_INIT: Final = "run `daypassd init` once, or name the right state_dir"
