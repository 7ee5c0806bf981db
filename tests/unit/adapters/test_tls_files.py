"""Certificates out of files: whole or not at all, and read again when they change."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from daypass.adapters.tls_files import (
    TlsFiles,
    TlsFilesInvalidError,
    TlsPaths,
    TlsReload,
)
from support.tls import Pki, new_pki

SOON = timedelta(milliseconds=2)


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """Returns an authority with the files of a server."""
    return new_pki(tmp_path)


def test_files_are_read(pki: Pki) -> None:
    """What the files hold is in force, for TLS 1.2 and later."""
    files = TlsFiles.open(pki.mutual)

    material, context = files.material(), files.context()
    assert pki.paths.chain.read_bytes() == material.chain
    assert pki.paths.private_key.read_bytes() == material.private_key.reveal()
    assert pki.authority_file.read_bytes() == material.client_authorities
    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version
    assert ssl.CERT_REQUIRED == context.verify_mode
    assert "PRIVATE" not in repr(material)


def test_clients_are_not_asked(pki: Pki) -> None:
    """Without authorities of clients no certificate is asked for."""
    files = TlsFiles.open(pki.paths)

    assert ssl.CERT_NONE == files.context().verify_mode
    assert None is files.material().client_authorities


def _no_key(pki: Pki) -> TlsPaths:
    pki.paths.private_key.unlink()
    return pki.paths


def _other_key(pki: Pki) -> TlsPaths:
    pki.write_chain(pki.issue())
    return pki.paths


def _no_certificate(pki: Pki) -> TlsPaths:
    pki.paths.chain.write_text("nothing")
    return pki.paths


def _no_authorities(pki: Pki) -> TlsPaths:
    pki.authority_file.write_text("nothing")
    return pki.mutual


def _authorities_not_ascii(pki: Pki) -> TlsPaths:
    pki.authority_file.write_bytes(b"\xff")
    return pki.mutual


def _locked_key(pki: Pki) -> TlsPaths:
    path = pki.paths.private_key
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    return pki.paths


@pytest.mark.parametrize(
    "spoil",
    [
        *(_no_key, _other_key, _no_certificate, _no_authorities),
        *(_authorities_not_ascii, _locked_key),
    ],
)
def test_bad_files_refused(pki: Pki, spoil: Callable[[Pki], TlsPaths]) -> None:
    """Files that make no TLS are refused by name, and nothing is asked of a person."""
    paths = spoil(pki)

    with pytest.raises(TlsFilesInvalidError) as caught:
        TlsFiles.open(paths)
    assert str(pki.folder) in str(caught.value)
    assert "PRIVATE" not in str(caught.value)


def test_unchanged_files(pki: Pki) -> None:
    """A look at files that are as they were changes nothing."""
    files = TlsFiles.open(pki.paths)
    before = files.context()

    assert TlsReload(changed=False) == files.reload()
    assert before is files.context()


def test_changed_files(pki: Pki) -> None:
    """New files come into force."""
    files = TlsFiles.open(pki.paths)
    before = files.material()
    pki.write(pki.issue())

    assert TlsReload(changed=True) == files.reload()
    assert before != files.material()
    assert pki.paths.chain.read_bytes() == files.material().chain


def test_half_of_a_change(pki: Pki) -> None:
    """While one file is new and the other is not, the old ones stay, as a fault."""
    files = TlsFiles.open(pki.paths)
    before = (files.material(), files.context())
    leaf = pki.issue()
    pki.write_chain(leaf)

    half = files.reload()
    assert before == (files.material(), files.context())
    pki.write(leaf)

    assert (False, True) == (half.changed, half.fault is not None)
    assert TlsReload(changed=True) == files.reload()


def test_files_that_vanish(pki: Pki) -> None:
    """Files that are gone are a fault, and the old ones stay."""
    files = TlsFiles.open(pki.paths)
    pki.paths.chain.unlink()

    assert files.reload().fault is not None
    assert files.material().chain


async def test_watching(pki: Pki) -> None:
    """A change is told once, a fault when it is new and when it is over."""
    files = TlsFiles.open(pki.paths)
    found: asyncio.Queue[TlsReload] = asyncio.Queue()
    old = pki.paths.chain.read_bytes()
    watching = asyncio.create_task(files.watch(report=found.put_nowait, interval=SOON))

    pki.paths.chain.write_text("nothing")
    fault = await found.get()
    pki.paths.chain.write_bytes(old)
    over = await found.get()
    leaf = trustme.CA().issue_cert("other.test")
    pki.write(leaf)
    changed = await found.get()
    while not changed.changed:
        changed = await found.get()
    watching.cancel()

    assert fault.fault is not None
    assert TlsReload(changed=False) == over
    assert leaf.cert_chain_pems[0].bytes() in files.material().chain
