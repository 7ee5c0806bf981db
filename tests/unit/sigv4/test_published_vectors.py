"""The published signature vectors, header and query form, every folder.

Source: awslabs/aws-c-auth, tests/aws-signing-test-suite/v4. The services of the
vectors encode a path once more than it came; the vectors hold it unencoded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

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
    sign,
    string_to_sign,
    verify_signature,
)

FOLDERS = 38
SECRET = "secret_access_key"


@dataclass(frozen=True)
class Request:
    """A request of the suite, taken apart as it stands on the wire."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes


def _request(text: str) -> Request:
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0]
    path, _, query = target.partition("?")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(" "):
            name, value = headers.pop()
            headers.append((name, f"{value}\n{line}"))
        else:
            name, _, value = line.partition(":")
            headers.append((name, value))
    return Request(method, path, query, headers, body.encode())


def _folders(vectors: Path) -> list[tuple[Path, dict[str, Any]]]:
    folders = sorted(path for path in (vectors / "sigv4").iterdir() if path.is_dir())
    assert len(folders) == FOLDERS
    return [
        (folder, json.loads((folder / "context.json").read_text()))
        for folder in folders
    ]


def _scope(context: dict[str, Any]) -> tuple[str, CredentialScope]:
    instant = datetime.fromisoformat(context["timestamp"])
    timestamp = instant.strftime("%Y%m%dT%H%M%SZ")
    return timestamp, CredentialScope(
        timestamp[:8], context["region"], context["service"]
    )


def _canonical(
    request: Request, query: str, signed_headers: list[str], context: dict[str, Any]
) -> str:
    return canonical_request(
        method=request.method,
        path=canonical_path(request.path, normalize=context["normalize"]),
        query=canonical_query(query),
        headers=canonical_headers(request.headers, signed_headers),
        signed_headers=";".join(signed_headers),
        payload_hash=hashlib.sha256(request.body).hexdigest(),
    )


def _check(
    folder: Path, form: str, canonical: str, context: dict[str, Any]
) -> list[str]:
    """Returns which of the three published values differ from ours."""
    timestamp, scope = _scope(context)
    key = derive_signing_key(Secret(context["credentials"][SECRET]), scope)
    text = string_to_sign(timestamp, scope, canonical)
    ours = {
        "canonical-request": canonical,
        "string-to-sign": text,
        "signature": sign(key, text),
    }
    return [
        f"{folder.name}/{form}-{name}"
        for name, value in ours.items()
        if (folder / f"{form}-{name}.txt").read_text() != value
    ]


def test_header_form(vectors: Path) -> None:
    """Every signed request of the header form gives the three published values."""
    wrong = []

    for folder, context in _folders(vectors):
        request = _request((folder / "header-signed-request.txt").read_text())
        value = dict(request.headers)["Authorization"]
        names = list(parse_authorization(value).signed_headers)
        canonical = _canonical(request, request.query, names, context)
        wrong += _check(folder, "header", canonical, context)

    assert wrong == []


def test_header_form_verifies(vectors: Path) -> None:
    """Every Authorization value of the suite passes our verification."""
    keys = SigningKeyCache()

    for folder, context in _folders(vectors):
        request = _request((folder / "header-signed-request.txt").read_text())
        claimed = parse_authorization(dict(request.headers)["Authorization"])
        names = list(claimed.signed_headers)
        canonical = _canonical(request, request.query, names, context)
        timestamp, scope = _scope(context)

        assert scope == claimed.scope
        verify_signature(
            signature=claimed.signature,
            text=string_to_sign(timestamp, scope, canonical),
            access_key_id=claimed.access_key_id,
            scope=claimed.scope,
            secret=Secret(context["credentials"][SECRET]),
            keys=keys,
        )

    assert len(keys) == 1


def test_query_form(vectors: Path) -> None:
    """Every signed request of the query form gives the three published values."""
    wrong = []

    for folder, context in _folders(vectors):
        request = _request((folder / "query-signed-request.txt").read_text())
        parameters = request.query.split("&")
        if context.get("omit_session_token"):
            # The suite appends the token after signing there.
            parameters = [p for p in parameters if "Security-Token" not in p]
        signed = next(p for p in parameters if p.startswith("X-Amz-SignedHeaders="))
        names = signed.partition("=")[2].split("%3B")
        canonical = _canonical(request, "&".join(parameters), names, context)
        wrong += _check(folder, "query", canonical, context)

    assert wrong == []
