"""SAML providers of a folder: signatures, what is local, keys, and switches (S61)."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from daypass.adapters.directory_check import advise_folder, check_folder, note_secrets
from daypass.adapters.directory_files import DirectoryFiles
from daypass.directory.declared import SamlTrust
from daypass.directory.model import Directory
from support.directories import account_file
from support.directory_folders import FolderPlace, SecretsInFiles
from support.saml_encryption import decryption_key
from support.saml_idp import (
    Recipe,
    metadata,
    signer,
)
from support.world import ManualClock, SeededEntropy

FILE = "metadata: {file: idp.xml}"
LOCAL = "metadata: {local: idp.xml}"
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


def private_key(key: rsa.RSAPrivateKey) -> bytes:
    """Returns a private key in PEM."""
    return key.private_bytes(
        Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _signed(by: Recipe) -> str:
    text = metadata()
    at = text.index("<md:IDPSSODescriptor")
    return text[:at] + by.signature(text) + text[at:]


def signed_by(pem: bytes) -> str:
    """Returns a reference to metadata that one of these certificates has signed."""
    text = pem.decode().replace("\n", "\\n")
    return f'metadata: {{file: idp.xml, signed_by: "{text}"}}'


def test_signed_metadata(place: FolderPlace) -> None:
    """Metadata that must be signed is taken if it is, by the right key (S61)."""
    place.write(_signed(Recipe(signer(1))), "idp.xml")

    assert loaded(place, signed_by(signer(1).certificate_pem)) is not None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (metadata(), "an element that it must have is missing"),
        (_signed(Recipe(signer())), "no trusted certificate has signed it"),
    ],
)
def test_unsigned_metadata(tmp_path: Path, document: str, reason: str) -> None:
    """Metadata that must be signed and is not is a fault (S61)."""
    place = FolderPlace(tmp_path)
    place.write(document, "idp.xml")
    place.write(declared(signed_by(signer(1).certificate_pem)))

    # At the start of the world, when the certificates are good.
    with pytest.raises(Exception, match=reason):
        opened(place)


def test_signed_by_nothing(place: FolderPlace) -> None:
    """Who must have signed is said by certificates."""
    found = fault(place, "metadata: {file: idp.xml, signed_by: x}")

    assert "a certificate in it is malformed" in found


def test_local_document(place: FolderPlace) -> None:
    """A document may be the installation's own, below the folder of secrets."""
    (place.secrets / "idp.xml").write_text(metadata())

    assert loaded(place, LOCAL) is not None


def test_local_document_later(place: FolderPlace) -> None:
    """A local document that is not there yet is warned of, and taken when it is."""
    place.write(declared(LOCAL))
    files = opened(place)

    assert trust(files.current()) is None
    (warning,) = files.warnings
    assert "there is no such file yet" in warning.reason
    (place.secrets / "idp.xml").write_text(metadata())
    assert files.reload().changed
    assert trust(files.current()) is not None


def test_local_document_refused(place: FolderPlace) -> None:
    """A local document that is refused is a fault like any other."""
    (place.secrets / "idp.xml").write_bytes(b"\xff" * 2_000)
    place.write(declared(LOCAL))

    assert ["it does not begin as XML does, or has other characters"] == [
        one.rpartition(": ")[2] for one in place.faults()
    ]


def test_local_document_unreadable(place: FolderPlace) -> None:
    """A local document that cannot be read is a fault."""
    (place.secrets / "idp.xml").mkdir()
    place.write(declared(LOCAL))

    (found,) = place.faults()
    assert "it cannot be resolved" in found


def test_check_knows_no_secrets(place: FolderPlace) -> None:
    """A check does not look for what an installation has for itself, but notes it."""
    fields = (LOCAL, "private_keys: [{file: a.pem}, {env: KEY}]")
    place.write(declared(*fields))

    assert [] == check_folder(place.folder)
    assert 3 == len(note_secrets(place.folder))


def test_private_keys(place: FolderPlace) -> None:
    """The private keys for encrypted assertions are secrets by reference."""
    for number in (0, 1):
        pem = private_key(decryption_key(number))
        (place.secrets / f"{number}.pem").write_bytes(pem)

    found = loaded(
        place,
        FILE,
        "private_keys: [{file: 0.pem}, {file: 1.pem}]",
        "assertion_encryption: Required",
    )
    assert found is not None
    assert found.encryption_required
    assert 2 == len(found.private_keys)
    assert "PRIVATE" not in repr(found)


def test_three_private_keys(place: FolderPlace) -> None:
    """A provider has two private keys at most."""
    found = fault(place, FILE, "private_keys: [{env: A}, {env: B}, {env: C}]")

    assert ".private_keys: at most 2 of these are taken" == found


@pytest.mark.parametrize("data", [b"x", private_key(WEAK)])
def test_bad_private_key(place: FolderPlace, data: bytes) -> None:
    """A private key that is none, or weak, is a fault that quotes nothing of it."""
    (place.secrets / "a.pem").write_bytes(data)
    place.write(declared(FILE, "private_keys: [{file: a.pem}]"))

    (found,) = place.faults()
    assert "expected an RSA key of 2,048 bits or more, in PEM" in found


def test_private_key_missing(place: FolderPlace) -> None:
    """A private key that is not there is a fault."""
    place.write(declared(FILE, "private_keys: [{file: a.pem}]"))

    (found,) = place.faults()
    assert "private_keys[0]: it cannot be resolved" in found


def test_required_without_private_key(place: FolderPlace) -> None:
    """Assertions that must be encrypted need a key."""
    found = fault(place, FILE, "assertion_encryption: Required")

    assert (
        ".assertion_encryption: assertions that must be encrypted need private_keys"
        == found
    )


@pytest.mark.parametrize("value", ["required", "Forbidden"])
def test_unknown_mode(place: FolderPlace, value: str) -> None:
    """There are two modes."""
    assert ".assertion_encryption" in fault(
        place, FILE, f"assertion_encryption: {value}"
    )


SWITCHES = (
    "unsafe_ignore_audience",
    "unsafe_ignore_not_before",
    "unsafe_accept_replay",
    "unsafe_accept_expired_certificates",
    "unsafe_accept_unknown_request",
)


@pytest.mark.parametrize("name", SWITCHES)
def test_switch(place: FolderPlace, name: str) -> None:
    """A check is given up by its name, and each that is given up is warned of."""
    found = loaded(place, FILE, f"compatibility: {{{name}: true}}")

    assert found is not None
    assert {name} == found.given_up
    (warning,) = advise_folder(place.folder)
    assert warning.path.endswith(f"compatibility.{name}")
    assert warning.reason.startswith("warning: ")
    assert "; " in warning.reason


def test_strict_by_default(place: FolderPlace) -> None:
    """Without a switch nothing is given up, and there is nothing to warn of."""
    off = ", ".join(f"{name}: false" for name in SWITCHES)

    found = loaded(place, FILE, f"compatibility: {{{off}}}")
    assert found is not None
    assert not found.given_up
    assert () == advise_folder(place.folder)


def test_unknown_switch(place: FolderPlace) -> None:
    """There is no other switch."""
    found = fault(place, FILE, "compatibility: {unsafe_accept_all: true}")

    assert "there is no such field" in found


def test_without_metadata_warned_of(place: FolderPlace) -> None:
    """A provider whose assertions nobody can verify is warned of."""
    place.write(declared())

    (warning,) = advise_folder(place.folder)
    assert "there is no metadata" in warning.reason


def test_changed_metadata(place: FolderPlace) -> None:
    """Metadata that is changed comes into force; a faulty edit does not."""
    place.write(declared(FILE))
    files = opened(place)
    before = trust(files.current())

    place.write("<a/>", "idp.xml")
    assert files.reload().faults
    assert before == trust(files.current())
    place.write(metadata(signer(1)), "idp.xml")
    assert files.reload().changed
    assert before != trust(files.current())
