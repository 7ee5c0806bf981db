"""What a signed HTTP request proves of its body.

SPEC: sts-operations 3.4 step 8 and 3.5; attacks V12.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from daypass.core.errors import IncompleteSignatureError
from daypass.sigv4.http_claims import HttpClaims
from daypass.sigv4.http_headers import Headers
from daypass.sigv4.http_request import HttpExpectations, HttpRequest

UNSIGNED: Final = "UNSIGNED-PAYLOAD"

_HASH_FORM: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_EMPTY: Final = hashlib.sha256(b"").hexdigest()
_BODILESS: Final = frozenset({"GET", "HEAD"})


def payload_hashes(
    request: HttpRequest,
    claims: HttpClaims,
    expectations: HttpExpectations,
    headers: Headers | None = None,
) -> tuple[str, ...]:
    """Returns what may have been signed as the hash of the body, most likely first.

    Args:
        request: as it was received.
        claims: what its proof claims.
        expectations: what its receiver asks of the signature.
        headers: those of the request; they are not looked at in the header form.

    Raises:
        IncompleteSignatureError: nothing proves the body, and that is not allowed.
    """
    given, claimed = request.payload_sha256, claims.content_sha256
    # Over plain HTTP anybody on the way could exchange a body that is not signed.
    unsigned = expectations.allow_unsigned_payload and request.scheme != "http"
    if claimed == UNSIGNED:
        if not unsigned:
            raise IncompleteSignatureError("payload_unsigned")
        return (UNSIGNED,)
    if claimed is not None:
        if _HASH_FORM.fullmatch(claimed) is None:
            raise IncompleteSignatureError("content_sha256_form")
        if given is None and not expectations.allow_unsigned_payload:
            raise IncompleteSignatureError("payload_not_available")
        return (claimed,)
    if claims.lifetime is not None:
        assert headers is not None, "the query form is read with its headers"
        unproven = given is None and not _is_bodiless(request, headers)
        if unproven and not expectations.allow_unsigned_payload:
            raise IncompleteSignatureError("payload_not_available")
        # Services like S3 sign the word where others sign the hash of nothing.
        return (given or _EMPTY, *((UNSIGNED,) if unsigned else ()))
    if given is None:
        raise IncompleteSignatureError("payload_not_available")
    return (given,)


def _is_bodiless(request: HttpRequest, headers: Headers) -> bool:
    """Tells whether a request of unknown body cannot have one."""
    return (
        request.method in _BODILESS
        and headers.single("content-length") in {None, "0"}
        and "transfer-encoding" not in headers
    )
