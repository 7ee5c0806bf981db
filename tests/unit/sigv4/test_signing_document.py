"""Every value that `docs/signing.md` shows is right, by three implementations."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from daypass.core import limits
from daypass.core.keyed_hash import KeyedHash
from daypass.core.secret import Secret
from daypass.sigv4.authorization import parse_authorization
from daypass.sigv4.canonical import (
    canonical_headers,
    canonical_path,
    canonical_request,
)
from daypass.sigv4.grpc_proof import read_proof
from daypass.sigv4.signature import (
    SigningKeyCache,
    derive_signing_key,
    string_to_sign,
)
from support.botocore_signer import sign_with_botocore
from support.proofs import check_scope_and_time
from support.sign import work_out

DOCUMENT = Path(__file__).parents[3] / "docs" / "signing.md"
BLOCK = re.compile(r"<!-- (\d): ([^>]+) -->\n```text\n(.*?)\n?```", re.DOTALL)
EXAMPLES = ["1", "2"]
VALUES = {
    "inputs",
    "payload hash",
    "canonical request",
    "string to sign",
    "signing key, in hexadecimal",
    "signature",
    "authorization",
}
each_example = pytest.mark.parametrize("number", EXAMPLES)


@dataclass(frozen=True)
class Example:
    """One worked example: its inputs, and what the document says comes out."""

    inputs: dict[str, str]
    values: dict[str, str]

    @property
    def body(self) -> bytes:
        """The serialized request."""
        return bytes.fromhex(self.inputs["request message, in hexadecimal"])

    @property
    def signed_at(self) -> datetime:
        """The time of signing."""
        return datetime.fromisoformat(self.inputs["time"])


def _example(number: str) -> Example:
    values = {
        name: text
        for found, name, text in BLOCK.findall(DOCUMENT.read_text())
        if found == number
    }
    lines = values["inputs"].splitlines()
    inputs = {
        name: value.strip() for name, _, value in (li.partition(":") for li in lines)
    }
    return Example(inputs, values)


@each_example
def test_every_value_is_shown(number: str) -> None:
    """An example shows each intermediate value once."""
    names = [
        name
        for found, name, _ in BLOCK.findall(DOCUMENT.read_text())
        if found == number
    ]

    assert sorted(VALUES) == sorted(names)


@each_example
def test_values_by_our_code(number: str) -> None:
    """Our own code arrives at every value of the example."""
    example = _example(number)
    claimed = parse_authorization(example.values["authorization"])
    timestamp = example.signed_at.strftime("%Y%m%dT%H%M%SZ")
    payload_hash = hashlib.sha256(example.body).hexdigest()
    metadata = [("x-amz-date", timestamp), ("x-amz-content-sha256", payload_hash)]
    if "session token" in example.inputs:
        metadata.append(("x-amz-security-token", example.inputs["session token"]))
    canonical = canonical_request(
        method="POST",
        path=canonical_path(example.inputs["method"], normalize=False),
        query="",
        headers=canonical_headers(metadata, claimed.signed_headers),
        signed_headers=";".join(claimed.signed_headers),
        payload_hash=payload_hash,
    )
    scope = claimed.credential.scope
    text = string_to_sign(timestamp, scope, canonical)
    key = derive_signing_key(Secret(example.inputs["secret access key"]), scope)

    assert {
        "payload hash": payload_hash,
        "canonical request": canonical,
        "string to sign": text,
        "signing key, in hexadecimal": key.reveal().hex(),
        "signature": KeyedHash(key).digest(text.encode()).hex(),
    } == {
        name: value
        for name, value in example.values.items()
        if name not in {"inputs", "authorization"}
    }


@each_example
def test_values_by_botocore(number: str) -> None:
    """Botocore arrives at the values of the example that it shows."""
    example = _example(number)

    signed = sign_with_botocore(
        method=example.inputs["method"],
        body=example.body,
        access_key_id=example.inputs["access key id"],
        secret_access_key=example.inputs["secret access key"],
        signed_at=example.signed_at,
        session_token=example.inputs.get("session token"),
        region=example.inputs["region"],
    )

    assert example.values["canonical request"] == signed.canonical_request
    assert example.values["string to sign"] == signed.string_to_sign
    assert example.values["signature"] == signed.signature
    assert example.values["authorization"] == signed.authorization


@each_example
def test_values_by_the_test_signer(number: str) -> None:
    """The signer of the other tests, written from the document, follows it."""
    example = _example(number)

    signed = work_out(
        method=example.inputs["method"],
        body=example.body,
        access_key_id=example.inputs["access key id"],
        secret_access_key=example.inputs["secret access key"],
        signed_at=example.signed_at,
        session_token=example.inputs.get("session token"),
        scope_words=(example.inputs["region"], "sts", "aws4_request"),
    )

    assert example.values["canonical request"] == signed.canonical_request
    assert example.values["string to sign"] == signed.string_to_sign
    assert example.values["signature"] == signed.signature
    assert example.values["authorization"] == signed.authorization
    assert example.values["signing key, in hexadecimal"] == signed.signing_key.hex()


@each_example
def test_example_is_taken(number: str) -> None:
    """The server takes each example as it stands."""
    example = _example(number)
    metadata = [
        ("authorization", example.values["authorization"]),
        ("x-amz-content-sha256", example.values["payload hash"]),
        ("x-amz-date", example.signed_at.strftime("%Y%m%dT%H%M%SZ")),
    ]
    if "session token" in example.inputs:
        metadata.append(("x-amz-security-token", example.inputs["session token"]))

    proof = read_proof(
        method=example.inputs["method"], metadata=metadata, body=example.body
    )

    assert proof is not None
    check_scope_and_time(proof, example.signed_at, {example.inputs["region"]})
    proof.verify(Secret(example.inputs["secret access key"]), SigningKeyCache())


def test_first_message_is_what_the_document_says() -> None:
    """The bytes of the first example hold the two fields that the text names."""
    role_arn = b"arn:aws:iam::123456789012:role/ReadOnlyRole"
    # Protobuf: field 1 and field 2, both strings, each with its length.
    message = b"\x0a" + bytes([len(role_arn)]) + role_arn + b"\x12\x04docs"

    assert message == _example("1").body
    assert role_arn.decode() in DOCUMENT.read_text()


def test_deadlines_as_kept() -> None:
    """The document tells the deadlines that the server keeps."""
    default, most = limits.CALL_DEADLINE_DEFAULT, limits.CALL_DEADLINE_MAX

    assert (
        f"gets {default.total_seconds():.0f} seconds, and one that asks for more than"
        f" {most.total_seconds():.0f} gets {most.total_seconds():.0f}."
    ) in DOCUMENT.read_text()
