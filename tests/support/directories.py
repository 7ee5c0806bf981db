"""Directories from texts, with ids and keys as a start would give them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from textwrap import dedent

from daypass.core.identifiers import (
    LONG_TERM_KEY_PREFIX,
    SECRET_BYTES,
    new_access_key_id,
)
from daypass.core.ports import Entropy
from daypass.core.secret import Secret
from daypass.directory.build import build, declare
from daypass.directory.devices import DeclaredDevice, ResolvedDevice
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.keys import DeclaredKey, ResolvedKey
from daypass.directory.model import Directory
from daypass.directory.registry import Registry, assign_ids
from support.world import SeededEntropy

ACCOUNT = "123456789012"
OTHER_ACCOUNT = "111122223333"
# Stands in a comment on the line where a fault is expected.
MARK = "# here"


def account_file(body: str = "", *, account: str = ACCOUNT) -> str:
    """Returns the text of an account's file; the body begins on line 2."""
    return f'account: {{id: "{account}", name: Test}}\n{dedent(body).lstrip(chr(10))}'


def marked_line(text: str) -> int:
    """Returns the number of the line that bears the mark."""
    (line,) = (
        number for number, line in enumerate(text.split("\n"), 1) if MARK in line
    )
    return line


def directory_of(
    texts: Mapping[str, str],
    *,
    registry: Registry | None = None,
    entropy: Entropy | None = None,
) -> Directory:
    """Returns the directory of these files, with keys made for each reference."""
    entropy = entropy or SeededEntropy()
    declaration = declare(texts)
    arns = declaration.principal_arns
    return build(
        declaration,
        ids=assign_ids(registry or Registry(), arns, entropy).ids,
        keys=[resolved_key(key, entropy) for key in declaration.keys],
        devices=[resolved_device(device, entropy) for device in declaration.devices],
    )


def faults_of(texts: Mapping[str, str]) -> tuple[Fault, ...]:
    """Returns the faults of these files."""
    try:
        directory_of(texts)
    except DirectoryInvalidError as error:
        return error.faults
    return ()


def resolved_device(device: DeclaredDevice, entropy: Entropy) -> ResolvedDevice:
    """Returns a declared second factor with a new seed."""
    return ResolvedDevice(device, Secret(base64.b32encode(entropy.token_bytes(20))))


def resolved_key(key: DeclaredKey, entropy: Entropy) -> ResolvedKey:
    """Returns a declared key with a new secret, and a new id where it has none."""
    declared = key.access_key_id
    new = new_access_key_id(LONG_TERM_KEY_PREFIX, key.account_id, entropy)
    secret = base64.b64encode(entropy.token_bytes(SECRET_BYTES))
    access_key_id = declared if isinstance(declared, str) else new
    return ResolvedKey(key, access_key_id, Secret(secret))
