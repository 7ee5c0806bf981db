"""Access keys, seeds and client secrets for development, made where the directory looks for them.

What is there already is never replaced.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from daypass.adapters.directory_folder import read_texts
from daypass.adapters.private_files import create_private
from daypass.core.identifiers import (
    LONG_TERM_KEY_PREFIX,
    SECRET_BYTES,
    new_access_key_id,
)
from daypass.core.mfa_limits import MFA_SEED_BYTES_MIN
from daypass.core.ports import Entropy
from daypass.directory.build import Declaration, declare
from daypass.directory.declared import SecretReference, SecretSource

_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """An access key that was made; its secret stands in a file only.

    `owner_name` is the user's name, or `root`.
    """

    account_id: str
    owner_name: str
    access_key_id: str


def generate_missing_secrets(
    folder: Path,
    secrets_dir: Path,
    entropy: Entropy,
    *,
    declared: Declaration | None = None,
) -> tuple[GeneratedKey, ...]:
    """Makes each file of a secret that a folder refers to and that is missing.

    Only references of the form `{file: …}` that stay below the folder of secrets
    are looked at.

    Args:
        folder: the folder of directory files.
        secrets_dir: the folder of secrets, made with mode 0700 if need be.
        entropy: where ids and secrets come from.
        declared: what the folder declares, where it has been read already.

    Returns:
        Which users got which ids.

    Raises:
        DirectoryInvalidError: the folder cannot be read.
        OSError: a file cannot be written.
    """
    made: list[GeneratedKey] = []
    declaration = declared or declare(read_texts(folder).texts)
    for key in declaration.keys:
        account_id = key.account_id
        access_key_id = new_access_key_id(LONG_TERM_KEY_PREFIX, account_id, entropy)
        secret = base64.b64encode(entropy.token_bytes(SECRET_BYTES))
        _create_missing(_path(secrets_dir, key.secret), secret)
        id_path = _path(secrets_dir, key.access_key_id)
        if _create_missing(id_path, access_key_id.encode()):
            made.append(GeneratedKey(account_id, key.owner_name, access_key_id))
    for device in declaration.devices:
        seed = base64.b32encode(entropy.token_bytes(MFA_SEED_BYTES_MIN))
        _create_missing(_path(secrets_dir, device.seed), seed)
    for client in declaration.client_secrets:
        secret = base64.b64encode(entropy.token_bytes(SECRET_BYTES))
        _create_missing(_path(secrets_dir, client.secret), secret)
    return tuple(made)


def _create_missing(path: Path | None, data: bytes) -> bool:
    """Writes a file if it is one to make and is not there; tells whether it did."""
    if path is None or path.exists():
        return False
    make_private_folder(path.parent)
    create_private(path, data)
    return True


def make_private_folder(folder: Path) -> None:
    """Makes a folder and those above it, all of them closed to others."""
    # NOTE: `mkdir(parents=True)` gives the mode to the last folder only.
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=_FOLDER_MODE, exist_ok=True)


def _path(secrets_dir: Path, reference: str | SecretReference) -> Path | None:
    """Returns the file that a reference means, or None if it is not ours to make."""
    if isinstance(reference, str) or reference.source is not SecretSource.FILE:
        return None
    relative = PurePosixPath(reference.value)
    if relative.is_absolute() or ".." in relative.parts:
        return None
    return secrets_dir / relative
