"""A folder of directory files, checked without being used.

SPEC: design 8. No secret is resolved and no unique id is assigned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from daypass.adapters.directory_folder import read_texts
from daypass.directory.build import build, declare, sample_ids
from daypass.directory.declared import SecretReference
from daypass.directory.fault import DirectoryInvalidError, Fault

_NOTE: Final = "note: not resolved here; a start looks for it by `{}`"


def check_folder(folder: Path) -> list[Fault]:
    """Returns every fault of a folder, without resolving a secret.

    Prints of the faults are lines of the form `file:line: path: reason`.
    """
    try:
        declaration = declare(read_texts(folder).texts)
        build(declaration, ids=sample_ids(declaration.principal_arns), keys=None)
    except DirectoryInvalidError as error:
        return list(error.faults)
    return []


def note_secrets(folder: Path) -> list[Fault]:
    """Returns a note for each secret that a load of the folder will look for.

    A folder that cannot be read has no notes, but faults.
    """
    try:
        keys = declare(read_texts(folder).texts).keys
    except DirectoryInvalidError:
        return []
    notes: list[Fault] = []
    for key in keys:
        for name, reference in (("id", key.access_key_id), ("secret", key.secret)):
            if isinstance(reference, SecretReference):
                place = key.place.at(name)
                notes.append(place.fault(_NOTE.format(reference.source)))
    return notes
