"""Authorities and certificates for the doors, made on the spot by trustme."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme

from daypass.adapters.tls_files import TlsPaths


@dataclass(frozen=True)
class Pki:
    """An authority, and the files of a server that it vouches for.

    Attributes:
        folder: where the files are.
        authority: who vouches.
    """

    folder: Path
    authority: trustme.CA

    @property
    def paths(self) -> TlsPaths:
        """The files of the server, which asks no client for a certificate."""
        return TlsPaths(self.folder / "cert.pem", self.folder / "key.pem")

    @property
    def mutual(self) -> TlsPaths:
        """The files of the server, which asks clients for certificates."""
        paths = self.paths
        return TlsPaths(paths.chain, paths.private_key, self.authority_file)

    @property
    def authority_file(self) -> Path:
        """The certificate of the authority."""
        return self.folder / "ca.pem"

    def issue(self, *names: str) -> trustme.LeafCert:
        """Returns a new certificate for these names."""
        return self.authority.issue_cert(*(names or ("localhost", "127.0.0.1")))

    def write(self, leaf: trustme.LeafCert) -> None:
        """Writes the files of the server anew."""
        self.write_chain(leaf)
        leaf.private_key_pem.write_to_path(self.paths.private_key)

    def write_chain(self, leaf: trustme.LeafCert) -> None:
        """Writes the certificate of the server alone."""
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        self.paths.chain.write_bytes(chain)

    def client_files(self, name: str) -> tuple[Path, Path]:
        """Writes a certificate for a client, and returns it and its key."""
        return write_client(self.authority, self.folder, name)

    def context(self, client: tuple[Path, Path] | None = None) -> ssl.SSLContext:
        """Returns what a client trusts this authority with."""
        context = ssl.create_default_context(cafile=str(self.authority_file))
        if client is not None:
            context.load_cert_chain(*client)
        return context


def new_pki(folder: Path) -> Pki:
    """Makes an authority, and files of a server that it vouches for."""
    pki = Pki(folder, trustme.CA())
    pki.authority.cert_pem.write_to_path(pki.authority_file)
    pki.write(pki.issue())
    return pki


def write_client(authority: trustme.CA, folder: Path, name: str) -> tuple[Path, Path]:
    """Writes a certificate for a client of any authority, and returns the files."""
    leaf = authority.issue_cert(name)
    chain, key = folder / f"{name}.pem", folder / f"{name}.key"
    leaf.cert_chain_pems[0].write_to_path(chain)
    leaf.private_key_pem.write_to_path(key)
    return chain, key
