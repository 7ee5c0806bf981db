"""Signs HTTP requests with botocore, and describes them as a server receives them.

Nothing of `daypass.sigv4` is used to sign, so that the two check each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from daypass.sigv4.http_request import HttpRequest


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who signs, for what and when; how long presigned requests are good for."""

    access_key_id: str
    secret_access_key: str
    signed_at: datetime
    session_token: str | None = None
    region: str = "us-east-1"
    service: str = "execute-api"
    expires: int = 300
    like_s3: bool = False

    def sign(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> HttpRequest:
        """Returns a request with an Authorization header."""
        auth = S3SigV4Auth if self.like_s3 else SigV4Auth
        signer = auth(self._credentials(), self.service, self.region)
        return self._signed(signer, AWSRequest(method, url, data=body), headers, body)

    def presign(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> HttpRequest:
        """Returns a request whose query carries the signature of an empty body."""
        auth = S3SigV4QueryAuth if self.like_s3 else SigV4QueryAuth
        signer = auth(
            self._credentials(), self.service, self.region, expires=self.expires
        )
        return self._signed(signer, AWSRequest(method, url), headers, body)

    def _credentials(self) -> Credentials:
        return Credentials(
            self.access_key_id, self.secret_access_key, self.session_token
        )

    def _signed(
        self,
        signer: SigV4Auth,
        request: AWSRequest,
        headers: Iterable[tuple[str, str]],
        body: bytes,
    ) -> HttpRequest:
        for name, value in headers:
            request.headers[name] = value
        request.context["timestamp"] = self.signed_at.strftime("%Y%m%dT%H%M%SZ")
        signer._modify_request_before_signing(request)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        signer._inject_signature_to_request(request, signer.signature(text, request))
        target = urlsplit(request.url)
        return HttpRequest(
            method=request.method,
            path=target.path,
            query=target.query,
            headers=(("Host", target.netloc), *request.headers.items()),
            payload_sha256=hashlib.sha256(body).hexdigest(),
            scheme=target.scheme,
        )
