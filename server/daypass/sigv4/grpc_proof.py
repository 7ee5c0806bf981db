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
import hmac
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, cast

from daypass.core.errors import IncompleteSignatureError, SignatureDoesNotMatchError
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.sigv4.authorization import (
    AMZ_PREFIX,
    Authorization,
    check_coverage,
    parse_authorization,
    usual_authorization,
)
from daypass.sigv4.canonical import (
    canonical_headers,
    canonical_path,
    canonical_request,
)
from daypass.sigv4.layout import USUAL_NAMES_MAX, usual_layout
from daypass.sigv4.scope import check_scope, check_time, parse_timestamp
from daypass.sigv4.signature import (
    SigningKeyCache,
    string_to_sign,
    verify_decoy,
    verify_signature,
)

_AUTHORIZATION: Final = "authorization"
_DATE: Final = "x-amz-date"
_HASH: Final = "x-amz-content-sha256"
_TOKEN: Final = "x-amz-security-token"  # noqa: S105 - the name of a header.
_BINARY_SUFFIX: Final = "-bin"
_HASH_FORM: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)

_Received = Sequence[tuple[str, str | bytes]]
_Entries = tuple[tuple[str, str], ...]


@quick_init
@dataclass(frozen=True, slots=True)
class GrpcProof:
    """A proof in the right form, of which nothing is known to be true.

    Attributes:
        access_key_id: whose key it claims to be signed with.
        session_token: the token that came with it, in ASCII, or None.
        signed_at: when it says it was signed.
    """

    access_key_id: str
    session_token: Secret | None
    signed_at: datetime
    _authorization: Authorization = field(repr=False)
    _timestamp: str = field(repr=False)
    _payload_hash: str = field(repr=False)
    _method: str = field(repr=False)
    # The signed entries in their form, and the names, sorted, of what came of those
    # that are signed or must be.
    _headers: str = field(repr=False)
    _names: tuple[str, ...] = field(repr=False)
    _body: bytes = field(repr=False)

    @property
    def region(self) -> str:
        """The region of its scope."""
        return self._authorization.scope.region

    @property
    def signature(self) -> str:
        """The signature, 64 characters of lower-case hex."""
        return self._authorization.signature

    @property
    def expire_time(self) -> None:
        """A call over gRPC is never presigned."""
        return None

    def check_scope_and_time(self, now: datetime, regions: Collection[str]) -> None:
        """Returns when the proof is meant for us and for now.

        Args:
            now: the time.
            regions: the regions that a scope may name; empty means any.

        Raises:
            SignatureDoesNotMatchError: it is not.
        """
        check_scope(self._authorization.scope, self._timestamp, regions)
        check_time(self.signed_at, now)

    def verify(self, secret_access_key: Secret, keys: SigningKeyCache) -> str:
        """Returns the hash of the message, if this secret signed this very call.

        Args:
            secret_access_key: the secret of the access key id.
            keys: remembered signing keys.

        Raises:
            SignatureDoesNotMatchError: it did not, or not all that must be signed.
        """
        text = self._string_to_sign()
        body_hash = hashlib.sha256(self._body).hexdigest()
        if not hmac.compare_digest(body_hash, self._payload_hash):
            raise SignatureDoesNotMatchError("payload_hash")
        check_coverage(self._authorization.signed_headers, self._names)
        verify_signature(
            signature=self._authorization.signature,
            text=text,
            access_key_id=self.access_key_id,
            scope=self._authorization.scope,
            secret=secret_access_key,
            keys=keys,
        )
        return self._payload_hash

    def verify_decoy(self, decoy: Secret) -> None:
        """Takes as long as a refusal does, and says nothing.

        Called where the access key id is unknown, so that time does not tell
        (attacks V15).
        """
        hashlib.sha256(self._body).hexdigest()
        verify_decoy(
            signature=self._authorization.signature,
            text=self._string_to_sign(),
            scope=self._authorization.scope,
            decoy=decoy,
        )

    def _string_to_sign(self) -> str:
        signed_headers = self._authorization.signed_headers
        request = canonical_request(
            method="POST",
            path=canonical_path(self._method, normalize=False),
            query="",
            headers=self._headers,
            signed_headers=";".join(signed_headers),
            payload_hash=self._payload_hash,
        )
        return string_to_sign(self._timestamp, self._authorization.scope, request)


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


def _read_usual(method: str, metadata: _Received, body: bytes) -> GrpcProof | None:
    """Returns the proof of a call as most clients send it, or None.

    All names stand once, in lower case and with all signed that must be, and all that
    is signed is text that is signed as it stands. So each rule that `_read_any` has for
    other calls has been kept, in whatever order they were looked at.
    """
    entries = dict(metadata)
    value = entries.get(_AUTHORIZATION)
    once = len(entries) == len(metadata) <= USUAL_NAMES_MAX
    if not (once and isinstance(value, str) and _DATE in entries and _HASH in entries):
        return None
    authorization = usual_authorization(value)
    if authorization is None:
        return None
    names = authorization.signed_headers
    layout = usual_layout(tuple(entries), names)
    headers = layout.fill(entries) if layout is not None else None
    if headers is None:
        return None
    texts = cast("dict[str, str]", entries)
    timestamp, payload_hash, token = texts[_DATE], texts[_HASH], texts.get(_TOKEN)
    if _HASH_FORM.fullmatch(payload_hash) is None:
        return None
    return GrpcProof(
        authorization.access_key_id,
        None if token is None else Secret(token),
        # NOTE: what this refuses, it refuses in the same words below; there is
        # nothing left to refuse before it.
        parse_timestamp(timestamp),
        authorization,
        timestamp,
        payload_hash,
        method,
        headers,
        names,
        body,
    )


def _read_any(method: str, metadata: _Received, body: bytes) -> GrpcProof | None:
    """Returns the proof of any call, or None where there is none of any kind.

    Raises:
        MissingAuthenticationTokenError: the proof is of a kind that is not taken.
        IncompleteSignatureError: it is malformed.
    """
    received = [(name.lower(), value) for name, value in metadata]
    if not any(name == _AUTHORIZATION for name, _ in received):
        return None
    authorization = parse_authorization(_single(received, _AUTHORIZATION))
    timestamp = _single(received, _DATE)
    payload_hash = _single(received, _HASH)
    if _HASH_FORM.fullmatch(payload_hash) is None:
        raise IncompleteSignatureError("content_sha256_form")
    has_token = any(name == _TOKEN for name, _ in received)
    session_token = Secret(_single(received, _TOKEN)) if has_token else None
    signed_at = parse_timestamp(timestamp)
    entries = _signable(received, authorization.signed_headers)
    return GrpcProof(
        access_key_id=authorization.access_key_id,
        session_token=session_token,
        signed_at=signed_at,
        _authorization=authorization,
        _timestamp=timestamp,
        _payload_hash=payload_hash,
        _method=method,
        _headers=canonical_headers(entries, authorization.signed_headers),
        _names=tuple(sorted({name for name, _ in entries})),
        _body=body,
    )


def _single(received: list[tuple[str, str | bytes]], wanted: str) -> str:
    """Returns the value of an entry that must stand exactly once.

    NOTE: a token that stands twice in the same words counts once, because some
    proxies repeat it (sts-operations 3.4).
    """
    values = [_text(value) for name, value in received if name == wanted]
    if wanted == _TOKEN:
        values = list(dict.fromkeys(values))
    if len(values) != 1:
        raise IncompleteSignatureError("metadata_missing_or_repeated")
    return values[0]


def _signable(
    received: list[tuple[str, str | bytes]], signed_headers: tuple[str, ...]
) -> _Entries:
    """Keeps what is signed or must be, once where one value stands repeatedly."""
    entries: list[tuple[str, str]] = []
    for name, value in received:
        amz = name.startswith(AMZ_PREFIX)
        if name.endswith(_BINARY_SUFFIX):
            if amz:
                raise IncompleteSignatureError("metadata_binary")
        elif amz or name in signed_headers:
            entry = (name, _text(value))
            if name != _TOKEN or entry not in entries:
                entries.append(entry)
    return tuple(entries)


def _text(value: str | bytes) -> str:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if not (text.isascii() and text.isprintable()):
        raise IncompleteSignatureError("metadata_not_ascii")
    return text
