"""The proof of an HTTP request that somebody else received and describes.

What a signature of this kind does not cover is as important as what it does: the
proof says which headers, which path and which body it is good for.

SPEC: sts-operations 3.4 and 3.5; attacks V02 to V06, V10 to V17, V19.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from daypass.core import limits
from daypass.core.errors import MalformedInputError, SignatureDoesNotMatchError
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.sigv4.authorization import check_coverage
from daypass.sigv4.canonical import (
    canonical_object_path,
    canonical_path,
    canonical_request,
    check_path,
    encode_parameters,
    normalized_path,
    read_parameters,
)
from daypass.sigv4.http_claims import HttpClaims, read_claims
from daypass.sigv4.http_headers import HOST, read_headers
from daypass.sigv4.http_payload import UNSIGNED, payload_hashes
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sigv4.http_usual import usual_claims
from daypass.sigv4.signature import (
    Credential,
    SigningKeyCache,
    string_to_sign,
    verify_decoy,
    verify_signature,
)

_USUAL_METHODS: Final = frozenset({"GET", "POST"})
_METHOD: Final = re.compile(r"[A-Z][A-Z-]{0,31}", re.ASCII)


@quick_init
@dataclass(frozen=True, slots=True)
class HttpProof:
    """A proof in the right form, of which nothing is known to be true.

    Attributes:
        credential: whose key it claims to be signed with, and within which scope.
        signature: the signature, 64 characters of lower-case hex.
        session_token: the token that came with it, in ASCII, or None.
        timestamp: when it says it was signed, as it was signed.
        signed_at: the same instant.
        signed_headers: the names of the headers that it covers, in lower case and
            sorted.
        service: the service that it has to be signed for.
        signed_path: the path that it claims to cover.
        lifetime: how long it is good for.
    """

    credential: Credential
    signature: str = field(repr=False)
    session_token: Secret | None
    timestamp: str = field(repr=False)
    signed_at: datetime
    signed_headers: tuple[str, ...]
    service: str
    signed_path: str
    lifetime: timedelta
    _claims: HttpClaims = field(repr=False)
    _request: HttpRequest = field(repr=False)
    _expectations: HttpExpectations = field(repr=False)
    _query: str = field(repr=False)
    # The signed headers in their form, and the names, sorted, of what came of those
    # that are signed or must be.
    _headers: str = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)
    # What may stand as the hash of the body, most likely first.
    _payload_hashes: tuple[str, ...] = field(repr=False)

    @property
    def expire_time(self) -> datetime | None:
        """The last instant that a presigned request is good at; otherwise None.

        Meaningful once the time of signing has been checked.
        """
        presigned = self._claims.lifetime is not None
        return self.signed_at + self.lifetime if presigned else None

    def verify(self, secret_access_key: Secret, keys: SigningKeyCache) -> str | None:
        """Returns the hash of the body that this secret signed, None for no body.

        Args:
            secret_access_key: the secret of the access key id.
            keys: remembered signing keys.

        Raises:
            SignatureDoesNotMatchError: it did not sign this very request, or not
                all that must be signed.
        """
        given, claimed = self._request.payload_sha256, self._claims.content_sha256
        if claimed not in {None, UNSIGNED} and given not in {None, claimed}:
            raise SignatureDoesNotMatchError("payload_hash")
        check_coverage(self.signed_headers, self._names, required=HOST)
        *others, last = self._payload_hashes
        for payload_hash in others:
            try:
                return self._verify_one(payload_hash, secret_access_key, keys)
            except SignatureDoesNotMatchError:
                continue
        return self._verify_one(last, secret_access_key, keys)

    def verify_decoy(self, decoy: Secret) -> None:
        """Takes as long as a refusal does, and says nothing.

        Called where the access key id is unknown, so that time does not tell
        (attacks V15).
        """
        for payload_hash in self._payload_hashes:
            verify_decoy(
                self.signature,
                self._string_to_sign(payload_hash),
                scope=self.credential.scope,
                decoy=decoy,
            )

    def _verify_one(
        self, payload_hash: str, secret: Secret, keys: SigningKeyCache
    ) -> str | None:
        verify_signature(
            self.signature,
            self._string_to_sign(payload_hash),
            credential=self.credential,
            secret=secret,
            keys=keys,
        )
        return None if payload_hash == UNSIGNED else payload_hash

    def _string_to_sign(self, payload_hash: str) -> str:
        path = self._request.path
        normalize = self._expectations.normalize_path
        request = canonical_request(
            method=self._request.method,
            path=canonical_path(path) if normalize else canonical_object_path(path),
            query=self._query,
            headers=self._headers,
            signed_headers=";".join(self.signed_headers),
            payload_hash=payload_hash,
        )
        return string_to_sign(self.timestamp, self.credential.scope, request)


def read_http_proof(request: HttpRequest, expectations: HttpExpectations) -> HttpProof:
    """Finds the proof of a request.

    Args:
        request: as it was received.
        expectations: what its receiver asks of the signature.

    Raises:
        MissingAuthenticationTokenError: there is none, or of a kind not taken.
        IncompleteSignatureError: it is malformed, or leaves the body unproven.
        MalformedInputError: its target can be read in two ways.
        SignatureDoesNotMatchError: its two dates disagree.
    """
    _check_target(request)
    return _read_usual(request, expectations) or _read_any(request, expectations)


def _read_usual(
    request: HttpRequest, expectations: HttpExpectations
) -> HttpProof | None:
    """Returns the proof of a request as most clients send it, or None.

    It is a short cut and decides nothing; see `usual_claims`.

    Raises:
        IncompleteSignatureError: in the same words as `_read_any`.
    """
    usual = usual_claims(request)
    if usual is None:
        return None
    claims, headers = usual
    authorization, path = claims.authorization, request.path
    return HttpProof(
        authorization.credential,
        authorization.signature,
        claims.session_token,
        claims.timestamp,
        claims.signed_at,
        authorization.signed_headers,
        expectations.service,
        normalized_path(path) if expectations.normalize_path else path,
        limits.SIGNATURE_SKEW_MAX,
        claims,
        request,
        expectations,
        "",
        headers,
        authorization.signed_headers,
        payload_hashes(request, claims, expectations),
    )


def _read_any(request: HttpRequest, expectations: HttpExpectations) -> HttpProof:
    """Returns the proof of any request; see `read_http_proof`."""
    parameters = read_parameters(request.query)
    headers = read_headers(request)
    claims = read_claims(
        headers, parameters, expires_optional=expectations.ignore_expires
    )
    authorization, normalize = claims.authorization, expectations.normalize_path
    signed, names = headers.signed(authorization.signed_headers)
    return HttpProof(
        credential=authorization.credential,
        signature=authorization.signature,
        session_token=claims.session_token,
        timestamp=claims.timestamp,
        signed_at=claims.signed_at,
        signed_headers=authorization.signed_headers,
        service=expectations.service,
        signed_path=normalized_path(request.path) if normalize else request.path,
        lifetime=_lifetime(claims, expectations),
        _claims=claims,
        _request=request,
        _expectations=expectations,
        _query=encode_parameters(parameters),
        _headers=signed,
        _names=names,
        _payload_hashes=payload_hashes(request, claims, expectations, headers),
    )


def _lifetime(claims: HttpClaims, expectations: HttpExpectations) -> timedelta:
    """Returns how long a request is good for, which a presigned one says itself."""
    claimed, longest = claims.lifetime, expectations.presigned_lifetime_max
    if claimed is None:
        return limits.SIGNATURE_SKEW_MAX
    return longest if expectations.ignore_expires else min(claimed, longest)


def _check_target(request: HttpRequest) -> None:
    if request.path == "/" and not request.query and request.method in _USUAL_METHODS:
        return
    if _METHOD.fullmatch(request.method) is None:
        raise MalformedInputError("method_form")
    if len(request.path) + len(request.query) > limits.HTTP_TARGET_CHARACTERS_MAX:
        raise MalformedInputError("target_too_long")
    if request.query.count("&") >= limits.HTTP_QUERY_PARAMETERS_MAX:
        raise MalformedInputError("query_parameters_too_many")
    check_path(request.path)
