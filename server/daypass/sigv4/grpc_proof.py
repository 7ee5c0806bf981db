"""The proof that a gRPC call carries in its metadata.

The signed request is `POST`, the full method as its path, no query, and the signed
metadata as its headers. `host` need not be signed, because proxies rewrite
`:authority`. `docs/signing.md` says all of it to those who write clients.

What most clients send is read in one go (`_read_usual`). It is a short cut and decides
nothing: it reads what `_read_any` would read, or leaves it to that, which knows every
rule and every refusal.

SPEC: design 5; sts-operations 0.12 and 3.4; attacks V03, V05, V06, V12, V14, V16,
V19.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Final

from daypass.core.errors import IncompleteSignatureError, SignatureDoesNotMatchError
from daypass.core.limits import SIGNATURE_SKEW_MAX
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.sigv4.authorization import (
    check_coverage,
    parse_authorization,
    usual_parts,
)
from daypass.sigv4.canonical import (
    canonical_headers,
    canonical_path,
    canonical_request,
)
from daypass.sigv4.grpc_metadata import TOKEN, Received, signable, single
from daypass.sigv4.layout import USUAL_NAMES_MAX, Layout, usual_layout
from daypass.sigv4.scope import SERVICE, parse_timestamp
from daypass.sigv4.signature import (
    Credential,
    SigningKeyCache,
    string_to_sign,
    verify_decoy,
    verify_signature,
)

_AUTHORIZATION: Final = "authorization"
_DATE: Final = "x-amz-date"
_HASH: Final = "x-amz-content-sha256"
# There are few kinds of client and few methods; see `layout`.
_LAYOUTS_KEPT: Final = 256
_HASH_FORM: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@quick_init
@dataclass(frozen=True, slots=True)
class GrpcProof:
    """A proof in the right form, of which nothing is known to be true.

    Attributes:
        credential: whose key it claims to be signed with, and within which scope.
        signature: the signature, 64 characters of lower-case hex.
        session_token: the token that came with it, in ASCII, or None.
        timestamp: when it says it was signed, as it was signed.
        signed_at: the same instant.
        service: the service that it has to be signed for.
        lifetime: how long it is good for.
    """

    service: ClassVar[str] = SERVICE
    lifetime: ClassVar[timedelta] = SIGNATURE_SKEW_MAX

    credential: Credential
    signature: str = field(repr=False)
    session_token: Secret | None
    timestamp: str
    signed_at: datetime
    _payload_hash: str = field(repr=False)
    _string_to_sign: str = field(repr=False)
    # Why it proves nothing, whoever has signed it: what is refused when it is verified.
    _fault: str | None

    def verify(self, secret_access_key: Secret, keys: SigningKeyCache) -> str:
        """Returns the hash of the message, if this secret signed this very call.

        Args:
            secret_access_key: the secret of the access key id.
            keys: remembered signing keys.

        Raises:
            SignatureDoesNotMatchError: it did not, or not all that must be signed.
        """
        if self._fault is not None:
            raise SignatureDoesNotMatchError(self._fault)
        verify_signature(
            self.signature,
            self._string_to_sign,
            credential=self.credential,
            secret=secret_access_key,
            keys=keys,
        )
        return self._payload_hash

    def verify_decoy(self, decoy: Secret) -> None:
        """Takes as long as a refusal does, and says nothing.

        Called where the access key id is unknown, so that time does not tell
        (attacks V15).
        """
        verify_decoy(
            self.signature,
            self._string_to_sign,
            scope=self.credential.scope,
            decoy=decoy,
        )


def read_proof(
    *, method: str, metadata: Iterable[tuple[str, str | bytes]], body: bytes
) -> GrpcProof | None:
    """Finds the proof of a call.

    Args:
        method: the full method, such as `/daypass.api.sts.v1.…/AssumeRole`.
        metadata: as received. Binary metadata is no part of a proof.
        body: the request message as received; empty for a stream.

    Returns:
        The proof, or None where the call brings no proof of any kind.

    Raises:
        MissingAuthenticationTokenError: the proof is of a kind that is not taken.
        IncompleteSignatureError: it is malformed.
    """
    received = tuple(metadata)
    return _read_usual(method, received, body) or _read_any(method, received, body)


def _read_usual(method: str, metadata: Received, body: bytes) -> GrpcProof | None:
    """Returns the proof of a call as most clients send it, or None.

    All names stand once, in lower case and with all signed that must be, all that is
    signed is text that is signed as it stands, and the message is the one whose hash
    was signed. So each rule that `_read_any` has for other calls has been kept, in
    whatever order they were looked at.
    """
    entries: dict[str, Any] = dict(metadata)
    value = entries.get(_AUTHORIZATION)
    once = len(entries) == len(metadata) <= USUAL_NAMES_MAX
    parts = usual_parts(value) if once and isinstance(value, str) else None
    if parts is None:
        return None
    credential, signed_headers, signature = parts
    layout = _usual_request(method, tuple(entries), signed_headers)
    request = layout.fill(entries) if layout is not None else None
    if request is None:
        return None
    timestamp, payload_hash, token = entries[_DATE], entries[_HASH], entries.get(TOKEN)
    if payload_hash != hashlib.sha256(body).hexdigest():
        return None
    return GrpcProof(
        credential,
        signature,
        None if token is None else Secret(token),
        timestamp,
        # NOTE: what this refuses, it refuses in the same words below; there is
        # nothing left to refuse before it.
        parse_timestamp(timestamp),
        payload_hash,
        string_to_sign(timestamp, credential.scope, request),
        None,
    )


@lru_cache(maxsize=_LAYOUTS_KEPT)
def _usual_request(
    method: str, names: tuple[str, ...], signed_headers: tuple[str, ...]
) -> Layout | None:
    """Returns the layout of a whole canonical request.

    None where the names need a rule, or not all are there that must be.
    """
    headers = usual_layout(names, signed_headers)
    if headers is None or _DATE not in names or _HASH not in names:
        return None
    request = canonical_request(
        method="POST",
        # NOTE: what is filled in is marked by per cent signs, and a path may have some.
        path=canonical_path(method, normalize=False).replace("%", "%%"),
        query="",
        headers=headers.template,
        signed_headers=";".join(signed_headers),
        payload_hash="%s",
    )
    return Layout((*headers.names, _HASH), request)


def _read_any(method: str, metadata: Received, body: bytes) -> GrpcProof | None:
    """Returns the proof of any call, or None where there is none of any kind.

    Raises:
        MissingAuthenticationTokenError: the proof is of a kind that is not taken.
        IncompleteSignatureError: it is malformed.
    """
    received = [(name.lower(), value) for name, value in metadata]
    if not any(name == _AUTHORIZATION for name, _ in received):
        return None
    authorization = parse_authorization(single(received, _AUTHORIZATION))
    timestamp = single(received, _DATE)
    payload_hash = single(received, _HASH)
    if _HASH_FORM.fullmatch(payload_hash) is None:
        raise IncompleteSignatureError("content_sha256_form")
    has_token = any(name == TOKEN for name, _ in received)
    session_token = Secret(single(received, TOKEN)) if has_token else None
    signed_at = parse_timestamp(timestamp)
    credential, signed_headers = authorization.credential, authorization.signed_headers
    entries = signable(received, signed_headers)
    request = canonical_request(
        method="POST",
        path=canonical_path(method, normalize=False),
        query="",
        headers=canonical_headers(entries, signed_headers),
        signed_headers=";".join(signed_headers),
        payload_hash=payload_hash,
    )
    return GrpcProof(
        credential=credential,
        signature=authorization.signature,
        session_token=session_token,
        timestamp=timestamp,
        signed_at=signed_at,
        _payload_hash=payload_hash,
        _string_to_sign=string_to_sign(timestamp, credential.scope, request),
        _fault=_fault(
            payload_hash, body, signed_headers, {name for name, _ in entries}
        ),
    )


def _fault(
    payload_hash: str,
    body: bytes,
    signed_headers: tuple[str, ...],
    received: Collection[str],
) -> str | None:
    """Returns why a proof is of another message, or leaves out what must be signed.

    None where it does not. NOTE: whoever sends message and hash knows both, so that
    the time that they are compared in tells nothing.
    """
    if payload_hash != hashlib.sha256(body).hexdigest():
        return "payload_hash"
    try:
        check_coverage(signed_headers, received)
    except SignatureDoesNotMatchError as error:
        return error.detail
    return None
