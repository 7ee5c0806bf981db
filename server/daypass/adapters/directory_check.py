"""A folder of directory files, checked without being used.

SPEC: design 8. No secret is resolved and no unique id is assigned.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from daypass.adapters.directory_folder import read_texts
from daypass.adapters.directory_saml import SamlProviderReader
from daypass.adapters.oauth_client_keys import check_oauth_clients
from daypass.adapters.provider_key_sets import check_providers
from daypass.adapters.system import SystemClock, keeping_all
from daypass.directory.advice import advise_directory
from daypass.directory.build import Declaration, build, declare, sample_ids
from daypass.directory.declared import SecretReference
from daypass.directory.fault import DirectoryInvalidError, Fault
from daypass.directory.model import Directory
from daypass.directory.saml_providers import advise_saml

_NOTE: Final = "note: not resolved here; a start looks for it by `{}`"


def load_unkeyed(folder: Path) -> Directory:
    """Returns the directory of a folder, without any access key.

    Unique ids in it are samples: it is for asking what its policies say.

    Raises:
        DirectoryInvalidError: the folder has faults; it names all of them.
    """
    return _load(folder)[0]


@keeping_all()
def _load(folder: Path) -> tuple[Directory, Declaration]:
    """Returns the directory of a folder, and what it was built of.

    Raises:
        DirectoryInvalidError: the folder has faults.
    """
    texts = read_texts(folder).texts
    declaration = declare(texts)
    faults: list[Fault] = []
    saml = SamlProviderReader(
        texts=texts, secrets=None, now=SystemClock().now(), faults=faults
    ).read(declaration.saml_providers)
    ids = sample_ids(declaration.principal_arns)
    directory = build(declaration, ids=ids, keys=None, saml=saml, further_faults=faults)
    check_providers(directory)
    check_oauth_clients(directory)
    return directory, declaration


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
    """Returns a warning for each policy or switch that is legal and dangerous.

    Raises:
        DirectoryInvalidError: the folder has faults.
    """
    directory, declaration = _load(folder)
    saml = advise_saml(declaration.saml_providers)
    return tuple(sorted({*advise_directory(directory), *saml}))


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
    for provider in declaration.saml_providers:
        for place, reference in provider.private_keys:
            notes.append(place.fault(_NOTE.format(reference.source)))
        if provider.local_metadata is not None:
            place = provider.place.at("metadata", "local")
            notes.append(place.fault(_NOTE.format(provider.local_metadata.source)))
    notes.extend(
        client.place.fault(_NOTE.format(client.secret.source))
        for client in declaration.client_secrets
    )
    return notes
