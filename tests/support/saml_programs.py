"""Asks the identity provider that is not ours, and has xmlsec1 encrypt for us."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from support.saml_encryption import XENC, XENC11, XMLDSIG
from support.saml_idp import (
    ATTRIBUTES,
    RECIPIENT,
    SAML_NAMESPACES,
    Signer,
    certificate_for,
)

PROGRAM = Path(__file__).with_name("pysaml2_idp.py")
SECONDS_MAX = 15.0
_TEMPLATE = (
    f'<xenc:EncryptedData xmlns:xenc="{XENC}" xmlns:ds="{XMLDSIG}"'
    f' Type="{XENC}Element"><xenc:EncryptionMethod'
    f' Algorithm="{XENC11}aes256-gcm"/><ds:KeyInfo><xenc:EncryptedKey>'
    f'<xenc:EncryptionMethod Algorithm="{XENC}rsa-oaep-mgf1p"/>'
    "<ds:KeyInfo><ds:KeyName/></ds:KeyInfo><xenc:CipherData><xenc:CipherValue/>"
    "</xenc:CipherData></xenc:EncryptedKey></ds:KeyInfo><xenc:CipherData>"
    "<xenc:CipherValue/></xenc:CipherData></xenc:EncryptedData>"
)


def fresh_signer() -> Signer:
    """Returns a key whose certificate is good today."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    now, day = datetime.now(UTC), timedelta(days=1)
    return Signer(key, certificate_for(key, begin=now - day, end=now + day))


class ForeignIdp:
    """The identity provider, with a key of its own in a folder; to be closed."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        by = fresh_signer()
        (folder / "idp.key").write_bytes(by.key_pem)
        (folder / "idp.crt").write_bytes(by.certificate_pem)
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(PROGRAM), str(folder), RECIPIENT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def metadata(self) -> str:
        """Returns its metadata document."""
        return self._ask({})

    def response(
        self,
        *,
        roles: tuple[str, ...],
        sign_response: bool = False,
        subject: str = "alice@corp.example",
    ) -> bytes:
        """Returns a response that says that somebody has signed in."""
        said = {
            "attributes": {
                f"{ATTRIBUTES}Role": list(roles),
                f"{ATTRIBUTES}RoleSessionName": ["alice"],
                "eduPersonAffiliation": ["staff", "member"],
            },
            "recipient": RECIPIENT,
            "sign_response": sign_response,
            "subject": subject,
        }
        return self._ask(said).encode()

    def close(self) -> None:
        """Ends the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(SECONDS_MAX)

    def _ask(self, said: dict[str, object]) -> str:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        answer: str = json.loads(self._process.stdout.readline())
        return answer


def encrypted(response: bytes, certificate: bytes, folder: Path) -> bytes:
    """Returns a response whose assertion xmlsec1 has encrypted to a certificate."""
    root = etree.fromstring(response)
    (assertion,) = root.findall(f"{{{SAML_NAMESPACES['saml']}}}Assertion")
    (folder / "to.crt").write_bytes(certificate)
    (folder / "plain.xml").write_bytes(etree.tostring(assertion, with_tail=False))
    (folder / "template.xml").write_text(_TEMPLATE, encoding="utf-8")
    done = subprocess.run(
        [
            *("xmlsec1", "--encrypt", "--pubkey-cert-pem", str(folder / "to.crt")),
            *("--session-key", "aes-256", "--xml-data", str(folder / "plain.xml")),
            str(folder / "template.xml"),
        ],
        capture_output=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    assert 0 == done.returncode, done.stderr
    around = etree.SubElement(root, f"{{{SAML_NAMESPACES['saml']}}}EncryptedAssertion")
    around.append(etree.fromstring(done.stdout))
    root.remove(assertion)
    text: bytes = etree.tostring(root)
    return text
