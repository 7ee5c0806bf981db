"""The published signature vectors, header and query form, every folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from daypass.core.keyed_hash import KeyedHash
from daypass.core.secret import Secret
from daypass.sigv4.authorization import parse_authorization
from daypass.sigv4.canonical import (
    canonical_headers,
    canonical_path,
    canonical_query,
    canonical_request,
)
from daypass.sigv4.signature import (
    CredentialScope,
    SigningKeyCache,
    derive_signing_key,
    string_to_sign,
    verify_signature,
)
from support.sigv4_vectors import Vector, WireRequest, vectors_of


def _scope(vector: Vector) -> tuple[str, CredentialScope]:
    timestamp = vector.signed_at.strftime("%Y%m%dT%H%M%SZ")
    return timestamp, CredentialScope(
        timestamp[:8], vector.context["region"], vector.context["service"]
    )


def _canonical(
    request: WireRequest, query: str, signed_headers: list[str], vector: Vector
) -> str:
    return canonical_request(
        method=request.method,
        path=canonical_path(request.path, normalize=vector.context["normalize"]),
        query=canonical_query(query),
        headers=canonical_headers(request.headers, signed_headers),
        signed_headers=";".join(signed_headers),
        payload_hash=hashlib.sha256(request.body).hexdigest(),
    )


def _check(vector: Vector, form: str, canonical: str) -> list[str]:
    """Returns which of the three published values differ from ours."""
    timestamp, scope = _scope(vector)
    key = derive_signing_key(Secret(vector.secret), scope)
    text = string_to_sign(timestamp, scope, canonical)
    ours = {
        "canonical-request": canonical,
        "string-to-sign": text,
        "signature": KeyedHash(key).digest(text.encode()).hex(),
    }
    return [
        f"{vector.name}/{form}-{name}"
        for name, value in ours.items()
        if vector.text(f"{form}-{name}") != value
    ]


def test_header_form(vectors: Path) -> None:
    """Every signed request of the header form gives the three published values."""
    wrong = []

    for vector in vectors_of(vectors):
        request = vector.request("header")
        value = dict(request.headers)["Authorization"]
        names = list(parse_authorization(value).signed_headers)
        canonical = _canonical(request, request.query, names, vector)
        wrong += _check(vector, "header", canonical)

    assert wrong == []


def test_header_form_verifies(vectors: Path) -> None:
    """Every Authorization value of the suite passes our verification."""
    keys = SigningKeyCache()

    for vector in vectors_of(vectors):
        request = vector.request("header")
        claimed = parse_authorization(dict(request.headers)["Authorization"])
        names = list(claimed.signed_headers)
        canonical = _canonical(request, request.query, names, vector)
        timestamp, scope = _scope(vector)

        assert scope == claimed.credential.scope
        verify_signature(
            claimed.signature,
            string_to_sign(timestamp, scope, canonical),
            credential=claimed.credential,
            secret=Secret(vector.secret),
            keys=keys,
        )

    assert len(keys) == 1


def test_query_form(vectors: Path) -> None:
    """Every signed request of the query form gives the three published values."""
    wrong = []

    for vector in vectors_of(vectors):
        request = vector.request("query")
        parameters = request.query.split("&")
        if vector.token_unsigned:
            parameters = [p for p in parameters if "Security-Token" not in p]
        signed = next(p for p in parameters if p.startswith("X-Amz-SignedHeaders="))
        names = signed.partition("=")[2].split("%3B")
        canonical = _canonical(request, "&".join(parameters), names, vector)
        wrong += _check(vector, "query", canonical)

    assert wrong == []
