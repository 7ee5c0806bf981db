"""Signs calls: AWS Signature Version 4 in the metadata of a gRPC call.

The signature covers the method and the exact bytes of the request, so a message
is serialized once, signed and sent as it is.

Specifications: the AWS reference "Signature Version 4 signing process" for the
algorithm; design 5.1 for the pseudo-request: method `POST`, the full gRPC method
as the path, no query, and the headers below, without `host`, because proxies
rewrite `:authority`. Left out: presigned forms, chunked payloads and SigV4a.

Beside what must be signed, `amz-sdk-invocation-id` is: without it two equal calls of
one second would have one signature, and the server would take them for one call.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass_client.chance import random_id
from daypass_client.clock import Clock
from daypass_client.credentials import Credentials

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SERVICE: Final = "sts"
_TERMINATOR: Final = "aws4_request"

Metadata = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs calls for one region.

    Attributes:
        region: the region.
        clock: what signatures take the time from.
        name_call: draws what tells one call from another.
    """

    region: str
    clock: Clock
    name_call: Callable[[], str] = random_id

    def proof(
        self, method: str, body: bytes, credentials: Credentials | None
    ) -> Metadata | None:
        """Returns the metadata of a call; None for one that needs no proof."""
        if credentials is None:
            return None
        return self.sign(method, body, credentials)

    def sign(self, method: str, body: bytes, credentials: Credentials) -> Metadata:
        """Returns the metadata that proves a call.

        Args:
            method: the full method, such as
                `/daypass.api.sts.v1.SecurityTokenService/AssumeRole`.
            body: the request as it is sent; empty for a call that streams.
            credentials: who calls.
        """
        now = self.clock.now()
        headers = _headers(body, credentials, now, self.name_call())
        scope = f"{now:%Y%m%d}/{self.region}/{SERVICE}/{_TERMINATOR}"
        signature = hmac.digest(
            _signing_key(credentials, scope),
            string_to_sign(canonical_request(method, headers), scope, now).encode(),
            "sha256",
        )
        names = ";".join(name for name, _ in headers)
        authorization = (
            f"{ALGORITHM} Credential={credentials.access_key_id}/{scope},"
            f" SignedHeaders={names}, Signature={signature.hex()}"
        )
        return ("authorization", authorization), *headers


def canonical_request(method: str, headers: Metadata) -> str:
    """Returns what is signed of a call, in the form that both ends agree on.

    NOTE: neither path nor values are escaped here: the characters of a method's
    name are all unreserved, and the values are printable and without blanks.
    """
    lines = "".join(f"{name}:{value}\n" for name, value in headers)
    names = ";".join(name for name, _ in headers)
    payload_hash = dict(headers)["x-amz-content-sha256"]
    return f"POST\n{method}\n\n{lines}\n{names}\n{payload_hash}"


def string_to_sign(request: str, scope: str, now: datetime) -> str:
    """Returns what the signing key signs: the request's hash, scope and time."""
    digest = hashlib.sha256(request.encode()).hexdigest()
    return f"{ALGORITHM}\n{_timestamp(now)}\n{scope}\n{digest}"


def _timestamp(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%SZ}"


def _headers(
    body: bytes, credentials: Credentials, now: datetime, call_name: str
) -> Metadata:
    """Returns the headers that are signed, sorted by name."""
    headers = [
        ("amz-sdk-invocation-id", call_name),
        ("x-amz-content-sha256", hashlib.sha256(body).hexdigest()),
        ("x-amz-date", _timestamp(now)),
    ]
    if credentials.session_token is not None:
        headers.append(("x-amz-security-token", credentials.session_token.reveal()))
    return tuple(headers)


def _signing_key(credentials: Credentials, scope: str) -> bytes:
    key = b"AWS4" + credentials.secret_access_key.reveal().encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
