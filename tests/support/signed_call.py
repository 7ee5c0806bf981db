"""A signed gRPC call that a test bends, and what the server says to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from daypass.core.errors import IncompleteSignatureError, SignatureDoesNotMatchError
from daypass.core.secret import Secret
from daypass.sigv4.grpc_proof import GrpcProof, read_proof
from daypass.sigv4.signature import SigningKeyCache
from support.proofs import check_scope_and_time
from support.sign import sign_grpc
from support.world import START

METHOD = "/daypass.api.sts.v1.SecurityTokenService/AssumeRole"
BODY = b"\x0a\x03arn\x12\x05alice"
ID = "DAYPASSEXAMPLEKEY001"
SECRET = "example-secret-access-key-0123456789abcd"
TOKEN = "example.session.token"
REGIONS = frozenset({"us-east-1"})


@dataclass(frozen=True)
class Call:
    """A call as the server sees it."""

    metadata: tuple[tuple[str, str | bytes], ...]
    method: str = METHOD
    body: bytes = BODY

    def proof(self) -> GrpcProof:
        """Reads the proof, which must be there."""
        proof = read_proof(method=self.method, metadata=self.metadata, body=self.body)
        assert proof is not None
        return proof

    def without(self, name: str) -> Call:
        """Returns the call less one entry."""
        return replace(self, metadata=tuple(e for e in self.metadata if e[0] != name))

    def plus(self, *entries: tuple[str, str | bytes]) -> Call:
        """Returns the call with more entries behind."""
        return replace(self, metadata=self.metadata + entries)

    def having(self, name: str, value: str | bytes) -> Call:
        """Returns the call with another value of an entry, in its place."""
        entries = tuple(
            (key, value if key == name else old) for key, old in self.metadata
        )
        return replace(self, metadata=entries)


def signed(**changes: Any) -> Call:
    """Returns a call that was signed correctly."""
    facts: dict[str, Any] = {
        "method": METHOD,
        "body": BODY,
        "access_key_id": ID,
        "secret_access_key": SECRET,
        "signed_at": START,
    }
    return Call(tuple(sign_grpc(**facts | changes)))


def verify(call: Call, secret: str = SECRET) -> None:
    """Checks a call from beginning to end."""
    proof = call.proof()
    check_scope_and_time(proof, START, REGIONS)
    proof.verify(Secret(secret), SigningKeyCache())


def mismatch(call: Call, secret: str = SECRET) -> str:
    """Returns why the signature of a call does not match."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        verify(call, secret)
    return caught.value.detail


def incomplete(call: Call) -> str:
    """Returns why a proof is malformed."""
    with pytest.raises(IncompleteSignatureError) as caught:
        call.proof()
    return caught.value.detail
