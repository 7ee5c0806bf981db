"""A signed HTTP request that a test bends, and what the server says to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from daypass.core.errors import DaypassError
from daypass.core.secret import Secret
from daypass.sigv4.http_proof import HttpProof, read_http_proof
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sigv4.signature import SigningKeyCache
from support.http_signer import Signer
from support.proofs import check_scope_and_time
from support.world import START

ID = "DAYPASSEXAMPLEKEY001"
SECRET = "example-secret-access-key-0123456789abcd"
TOKEN = "example.session.token"
SERVICE = "execute-api"
URL = "https://api.example.com/orders/7?state=open&page=2"
BODY = b'{"amount": 3}'
REGIONS = frozenset({"us-east-1"})
EXPECTATIONS = HttpExpectations(SERVICE)
SIGNER = Signer(access_key_id=ID, secret_access_key=SECRET, signed_at=START)


@dataclass(frozen=True)
class HttpCall:
    """A request as its receiver describes it, and what the receiver expects."""

    request: HttpRequest
    expectations: HttpExpectations = EXPECTATIONS

    def proof(self) -> HttpProof:
        """Reads the proof."""
        return read_http_proof(self.request, self.expectations)

    def but(self, **parts: Any) -> HttpCall:
        """Returns the call with other parts of the request."""
        return replace(self, request=replace(self.request, **parts))

    def expecting(self, **changes: Any) -> HttpCall:
        """Returns the call with other expectations of its receiver."""
        return replace(self, expectations=replace(self.expectations, **changes))

    def without(self, name: str) -> HttpCall:
        """Returns the call less one header."""
        kept = (entry for entry in self.request.headers if entry[0].lower() != name)
        return self.but(headers=tuple(kept))

    def plus(self, *entries: tuple[str, str]) -> HttpCall:
        """Returns the call with more headers behind."""
        return self.but(headers=self.request.headers + entries)

    def having(self, name: str, value: str) -> HttpCall:
        """Returns the call with another value of a header, in its place."""
        return self.but(
            headers=tuple(
                (key, value if key.lower() == name else old)
                for key, old in self.request.headers
            )
        )

    def header(self, name: str) -> str:
        """Returns the value of a header that is there."""
        values = {key.lower(): value for key, value in self.request.headers}
        return values[name]

    def parameter(self, name: str, value: str | None) -> HttpCall:
        """Returns the call with another value of a parameter, encoded; None: none."""
        kept = [
            (key, old if key != name else value)
            for key, _, old in (p.partition("=") for p in self.request.query.split("&"))
        ]
        query = "&".join(f"{key}={old}" for key, old in kept if old is not None)
        return self.but(query=query)

    def plus_query(self, text: str) -> HttpCall:
        """Returns the call with more parameters behind."""
        return self.but(query=f"{self.request.query}&{text}")


def signed(method: str = "POST", url: str = URL, **changes: Any) -> HttpCall:
    """Returns a call with an Authorization header that is right."""
    headers, body = changes.pop("headers", ()), changes.pop("body", BODY)
    signer = replace(SIGNER, **changes)
    return HttpCall(signer.sign(method, url, headers=headers, body=body))


def presigned(method: str = "GET", url: str = URL, **changes: Any) -> HttpCall:
    """Returns a call with a query that is signed rightly."""
    headers, body = changes.pop("headers", ()), changes.pop("body", b"")
    signer = replace(SIGNER, **changes)
    return HttpCall(signer.presign(method, url, headers=headers, body=body))


def verify(
    call: HttpCall, secret: str = SECRET, *, now: datetime = START
) -> str | None:
    """Checks a call from beginning to end; returns the hash of the body covered."""
    proof = call.proof()
    check_scope_and_time(proof, now, REGIONS)
    return proof.verify(Secret(secret), SigningKeyCache())


def refusal(
    call: HttpCall, secret: str = SECRET, *, now: datetime = START
) -> tuple[str, str]:
    """Returns the AWS code and the inner reason of a refusal."""
    with pytest.raises(DaypassError) as caught:
        verify(call, secret, now=now)
    return caught.value.row.reason, caught.value.detail
