"""A signer of gRPC calls, written from `docs/signing.md` and not from the server.

It shares no code with `daypass.sigv4`, so that the two check each other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

Metadata = list[tuple[str, str]]


@dataclass(frozen=True)
class SignedCall:
    """A signed call, with every intermediate value."""

    canonical_request: str
    string_to_sign: str
    signing_key: bytes
    signature: str
    authorization: str
    metadata: Metadata


def sign_grpc(
    *,
    method: str,
    body: bytes,
    access_key_id: str,
    secret_access_key: str,
    signed_at: datetime,
    session_token: str | None = None,
    region: str = "us-east-1",
    service: str = "sts",
    extra: Iterable[tuple[str, str]] = (),
) -> Metadata:
    """Returns the metadata of a signed call.

    Args:
        method: the full method.
        body: the serialized request; empty for a stream.
        access_key_id: who signs.
        secret_access_key: with what.
        signed_at: when.
        session_token: goes with temporary credentials.
        region: the region of the scope.
        service: the service of the scope.
        extra: further metadata, which is signed as well.
    """
    return work_out(
        method=method,
        body=body,
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        signed_at=signed_at,
        session_token=session_token,
        scope_words=(region, service, "aws4_request"),
        extra=extra,
    ).metadata


def work_out(
    *,
    method: str,
    body: bytes,
    access_key_id: str,
    secret_access_key: str,
    signed_at: datetime,
    session_token: str | None = None,
    scope_words: Sequence[str] = ("us-east-1", "sts", "aws4_request"),
    extra: Iterable[tuple[str, str]] = (),
) -> SignedCall:
    """Signs a call and shows every step; see `sign_grpc` for the arguments."""
    timestamp = signed_at.strftime("%Y%m%dT%H%M%SZ")
    body_hash = hashlib.sha256(body).hexdigest()
    metadata: Metadata = [
        ("x-amz-content-sha256", body_hash),
        ("x-amz-date", timestamp),
    ]
    if session_token is not None:
        metadata.append(("x-amz-security-token", session_token))
    metadata += extra
    metadata.sort()
    names = ";".join(dict(metadata))
    lines = "".join(f"{name}:{value}\n" for name, value in metadata)
    request = f"POST\n{method}\n\n{lines}\n{names}\n{body_hash}"
    scope = "/".join([timestamp[:8], *scope_words])
    request_hash = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{request_hash}"
    key = ("AWS4" + secret_access_key).encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={access_key_id}/{scope},"
        f" SignedHeaders={names}, Signature={signature}"
    )
    signed = [("authorization", authorization), *metadata]
    return SignedCall(request, text, key, signature, authorization, signed)
