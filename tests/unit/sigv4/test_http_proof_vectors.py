"""The published vectors, as requests that somebody received and describes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from daypass.core.errors import SignatureDoesNotMatchError
from daypass.core.secret import Secret
from daypass.sigv4.http_proof import HttpProof, read_http_proof
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sigv4.signature import SigningKeyCache
from support.proofs import check_scope_and_time
from support.sigv4_vectors import Vector, vectors_of

FORMS = ["header", "query"]


def _proof(vector: Vector, form: str) -> HttpProof:
    """Reads a vector; a folded line comes unfolded, as servers hand it on."""
    wire = vector.request(form)
    request = HttpRequest(
        method=wire.method,
        path=wire.path,
        query=wire.query,
        headers=tuple((name, value.replace("\n", " ")) for name, value in wire.headers),
        payload_sha256=hashlib.sha256(wire.body).hexdigest(),
    )
    return read_http_proof(
        request,
        HttpExpectations(
            service=vector.context["service"],
            normalize_path=vector.context["normalize"],
        ),
    )


def _verify(vector: Vector, form: str, secret: str) -> None:
    proof = _proof(vector, form)
    check_scope_and_time(proof, vector.signed_at, {vector.context["region"]})
    proof.verify(Secret(secret), SigningKeyCache())


@pytest.mark.parametrize("form", FORMS)
def test_another_secret_refused(vectors: Path, form: str) -> None:
    """No published request passes under another secret."""
    for vector in vectors_of(vectors):
        with pytest.raises(SignatureDoesNotMatchError):
            _verify(vector, form, "another")


@pytest.mark.parametrize(
    ("form", "reason"),
    [("header", "header_not_signed"), ("query", "wrong_signature")],
)
def test_v14_token_added_after_signing(vectors: Path, form: str, reason: str) -> None:
    """A token that no signature covers is refused, though services exist that take it."""
    added = [vector for vector in vectors_of(vectors) if vector.token_unsigned]

    assert ["post-sts-header-after"] == [vector.name for vector in added]
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        _verify(added[0], form, added[0].secret)
    assert reason == caught.value.detail


@pytest.mark.parametrize("form", FORMS)
def test_published_requests_taken(vectors: Path, form: str) -> None:
    """Every other published request is taken, from its description to the end."""
    taken = [vector for vector in vectors_of(vectors) if not vector.token_unsigned]

    assert 37 == len(taken)
    for vector in taken:
        _verify(vector, form, vector.secret)


@pytest.mark.parametrize("form", FORMS)
def test_session_token_read(vectors: Path, form: str) -> None:
    """The token of a published request is found in either form."""
    for vector in vectors_of(vectors):
        token = vector.context["credentials"].get("token")
        expected = None if token is None else Secret(token)
        assert expected == _proof(vector, form).session_token
