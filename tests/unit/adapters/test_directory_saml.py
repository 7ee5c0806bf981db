"""SAML providers of a folder: what comes into force, and what is a fault (S32, S61)."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from daypass.adapters.directory_check import check_folder
from daypass.adapters.directory_files import DirectoryFiles
from daypass.core import saml_limits as limits
from daypass.directory.declared import SamlTrust
from daypass.directory.model import Directory
from support.directories import account_file
from support.directory_folders import FolderPlace, SecretsInFiles
from support.saml_idp import (
    ENTITY,
    certificate_for,
    instant,
    metadata,
    signer,
)
from support.world import ManualClock, SeededEntropy

FILE = "metadata: {file: idp.xml}"
WEAK = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - is refused.


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns a folder with the metadata of a provider and no YAML yet."""
    found = FolderPlace(tmp_path)
    found.secrets.mkdir()
    found.write(metadata(), "idp.xml")
    return found


def declared(*fields: str, more: str = "") -> str:
    """Returns an account's file with a provider that has some fields."""
    return account_file(f"saml_providers: {{Corp: {{{', '.join(fields)}}}{more}}}\n")


def opened(place: FolderPlace) -> DirectoryFiles:
    """Loads the folder, at the start of the world."""
    return DirectoryFiles.open(
        folder=place.folder,
        registry=place.registry,
        secrets=SecretsInFiles(place.secrets),
        entropy=SeededEntropy(),
        clock=ManualClock(),
    )


def trust(directory: Directory) -> SamlTrust | None:
    """Returns what the assertions of the provider are judged by."""
    (account,) = directory.accounts
    (provider,) = account.saml_providers.values()
    return provider.trust


def loaded(place: FolderPlace, *fields: str) -> SamlTrust | None:
    """Returns the same of a provider that has some fields."""
    place.write(declared(*fields))
    return trust(opened(place).current())


def fault(place: FolderPlace, *fields: str, more: str = "") -> str:
    """Returns the one fault of a provider that has some fields, without its place."""
    place.write(declared(*fields, more=more))
    (found,) = check_folder(place.folder)
    assert found.file == "a.yaml"
    assert found.line > 0
    return f"{found.path.rpartition('Corp')[2]}: {found.reason}"


def test_metadata_in_folder(place: FolderPlace) -> None:
    """A document of the folder says the name and the keys of a provider."""
    der = signer().certificate.public_bytes(Encoding.DER)

    assert SamlTrust(ENTITY, (der,)) == loaded(place, FILE)


def test_metadata_beside_file(tmp_path: Path) -> None:
    """A document is looked for beside the file that names it."""
    place = FolderPlace(tmp_path)
    place.write(metadata(), "accounts/idps/corp.xml")
    place.write(declared("metadata: {file: idps/corp.xml}"), "accounts/a.yaml")

    assert trust(opened(place).current()) is not None


def test_no_metadata(place: FolderPlace) -> None:
    """A provider without metadata may be named, and vouches for nobody."""
    assert loaded(place) is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("", "it must have 1,000 to 10,000,000 characters"),
        ("<a>" + "x" * 1_000 + "</a>", "it is not about exactly one entity"),
        (f"<!DOCTYPE a>{metadata()}", "it has a document type, an entity or the like"),
        (metadata()[:-1], "it is not well-formed XML"),
        (
            metadata(changes=(("entityID", f'validUntil="{instant()}" entityID'),)),
            "its validUntil has passed",
        ),
        (
            metadata(changes=((' use="signing"', ' use="encryption"'),)),
            "it names no signing key, or more than eight",
        ),
        (
            metadata(
                changes=(
                    (
                        signer().certificate_text,
                        base64.b64encode(
                            certificate_for(WEAK).public_bytes(Encoding.DER)
                        ).decode(),
                    ),
                )
            ),
            "a key in it is too weak: RSA from 2,048 bits, or P-256 and stronger",
        ),
        (
            metadata(changes=(("<md:IDP", "<x/><md:IDP"), ("md:Org", "md:Foo")))
            .replace("</md:Organization>", "</md:Foo>", 1)
            .replace("md:FooanizationName", "md:OrganizationName"),
            "it is not well-formed XML",
        ),
    ],
    ids=[
        "S61-short",
        "S61-other",
        "S61-doctype",
        "S61-cut",
        "S61-expired",
        "S35",
        "S32",
        "tags",
    ],
)
def test_refused_documents(place: FolderPlace, document: str, reason: str) -> None:
    """A document that is refused is a fault, with file, line and reason (S61)."""
    place.write(document, "idp.xml")

    assert f".metadata: the metadata is refused: {reason}" == fault(place, FILE)


def test_too_long(place: FolderPlace) -> None:
    """A document of more than ten million characters is refused (S61)."""
    more = " " * limits.SAML_METADATA_CHARACTERS_MAX
    place.write(metadata() + more, "idp.xml")

    assert "10,000,000 characters" in fault(place, FILE)


def test_far_too_large(place: FolderPlace) -> None:
    """A document of fifty megabytes is not read to its end (S61)."""
    (place.folder / "idp.xml").write_bytes(b" " * 50_000_000)
    place.write(declared(FILE))

    (found,) = check_folder(place.folder)
    assert "idp.xml: the file, or all files together, are too large" in str(found)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("none.xml", "there is no file 'none.xml' in the folder"),
        ("../idp.xml", "there is no file '../idp.xml' in the folder"),
        ("/idp.xml", "there is no file '/idp.xml' in the folder"),
        ("idp.txt", "the file's name must end in .xml"),
        ("a.yaml", "the file's name must end in .xml"),
    ],
)
def test_no_such_document(place: FolderPlace, reference: str, reason: str) -> None:
    """A document is a file of the folder."""
    found = fault(place, f"metadata: {{file: {reference}}}")

    assert f".metadata.file: {reason}" == found


@pytest.mark.parametrize("value", ["{}", "{file: idp.xml, local: idp.xml}"])
def test_one_document(place: FolderPlace, value: str) -> None:
    """A provider has one document."""
    found = fault(place, f"metadata: {value}")

    assert ".metadata: expected exactly one of file and local" == found


def test_entity_id(place: FolderPlace) -> None:
    """The name in the directory is that of the metadata, where there is one."""
    assert loaded(place, FILE, f"entity_id: {ENTITY}") is not None
    assert ".entity_id: the metadata is of another entity ID" == fault(
        place, FILE, f"entity_id: {ENTITY}/"
    )


def test_same_entity_twice(place: FolderPlace) -> None:
    """Two providers of one account do not have one name (S61)."""
    place.write(declared(FILE, more=f", Zwei: {{{FILE}}}"))

    (found,) = check_folder(place.folder)
    assert "the provider at a.yaml:2 has this entity ID, too" in str(found)
