"""A folder of directory files, checked without being used.

SPEC: design 8. No secret is resolved and no unique id is assigned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from daypass.adapters.directory_folder import read_texts
from daypass.adapters.provider_key_sets import check_providers
from daypass.directory.advice import advise_directory
from daypass.directory.build import build, declare, sample_ids
from daypass.directory.declared import SecretReference
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.model import Directory

_NOTE: Final = "note: not resolved here; a start looks for it by `{}`"


def load_unkeyed(folder: Path) -> Directory:
    """Returns the directory of a folder, without any access key.

    Unique ids in it are samples: it is for asking what its policies say.

    Raises:
        DirectoryInvalidError: the folder has faults; it names all of them.
    """
    declaration = declare(read_texts(folder).texts)
    ids = sample_ids(declaration.principal_arns)
    directory = build(declaration, ids=ids, keys=None)
    check_providers(directory)
    return directory


def check_folder(folder: Path) -> list[Fault]:
    """Returns every fault of a folder, without resolving a secret.

    Prints of the faults are lines of the form `file:line: path: reason`.
    """
    try:
        load_unkeyed(folder)
    except DirectoryInvalidError as error:
        return list(error.faults)
    return []


def advise_folder(folder: Path) -> tuple[Fault, ...]:
    """Returns a warning for each policy that is legal and dangerous.

    Raises:
        DirectoryInvalidError: the folder has faults.
    """
    return advise_directory(load_unkeyed(folder))


def note_secrets(folder: Path) -> list[Fault]:
    """Returns a note for each secret that a load of the folder will look for.

    A folder that cannot be read has no notes, but faults.
    """
    try:
        declaration = declare(read_texts(folder).texts)
    except DirectoryInvalidError:
        return []
    notes: list[Fault] = []
    for key in declaration.keys:
        for name, reference in (("id", key.access_key_id), ("secret", key.secret)):
            if isinstance(reference, SecretReference):
                place = key.place.at(name)
                notes.append(place.fault(_NOTE.format(reference.source)))
    for device in declaration.devices:
        place = device.place.at("seed")
        notes.append(place.fault(_NOTE.format(device.seed.source)))
    return notes
