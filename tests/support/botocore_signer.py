"""Signs gRPC calls with botocore's implementation of version 4."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from support.sign import Metadata, SignedCall


class _GrpcAuth(SigV4Auth):  # type: ignore[misc]
    """botocore's signer, less the `host` that a gRPC call does not sign."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """Returns what is signed."""
        headers = super().headers_to_sign(request)
        del headers["host"]
        return headers


def sign_with_botocore(
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
) -> SignedCall:
    """Signs a call; the arguments are those of `support.sign.sign_grpc`."""
    timestamp = signed_at.strftime("%Y%m%dT%H%M%SZ")
    metadata: Metadata = [
        ("x-amz-content-sha256", hashlib.sha256(body).hexdigest()),
        ("x-amz-date", timestamp),
        *extra,
    ]
    if session_token is not None:
        metadata.append(("x-amz-security-token", session_token))
    auth = _GrpcAuth(Credentials(access_key_id, secret_access_key), service, region)
    request = AWSRequest("POST", f"http://localhost{method}", data=body)
    for name, value in metadata:
        request.headers[name] = value
    request.context["timestamp"] = timestamp
    canonical = auth.canonical_request(request)
    text = auth.string_to_sign(request, canonical)
    signature = auth.signature(text, request)
    auth._inject_signature_to_request(request, signature)
    authorization = request.headers["Authorization"]
    return SignedCall(
        canonical_request=canonical,
        string_to_sign=text,
        signing_key=b"",
        signature=signature,
        authorization=authorization,
        metadata=[("authorization", authorization), *metadata],
    )
