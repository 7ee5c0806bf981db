"""How a client says who it is, read off a request.

One way, and no more: a request that proves its client twice can be read in two ways.

SPEC: RFC 6749 section 2.3; RFC 7521 section 4.2; RFC 8705 section 2; sts-operations
6.5 and 6.7.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final
from urllib.parse import unquote_to_bytes

from daypass.core import oauth_limits as limits
from daypass.core.oauth import CLIENT_ASSERTION_TYPE, AuthenticationMethod
from daypass.core.oauth_errors import InvalidClientError, InvalidOAuthRequestError
from daypass.core.secret import Secret
from daypass.gateway.oauth.parameters import OAuthParameters
from daypass.sts.oauth_client import (
    AssertionProof,
    CertificateProof,
    ClientProof,
    SecretProof,
)

_BASIC: Final = "basic"


def read_client_proof(
    parameters: OAuthParameters,
    *,
    authorization: str | None,
    certificate: bytes | None,
) -> ClientProof | None:
    """Returns the proof of a request, or None where there is none.

    Args:
        parameters: of the form.
        authorization: the header, or None.
        certificate: the verified certificate of the client's connection, or None.

    Raises:
        InvalidOAuthRequestError: there are several, or one is not whole.
        InvalidClientError: a proof is in no form that is taken.
    """
    client_id = parameters.text("client_id")
    found: list[ClientProof] = []
    if authorization is not None:
        found.append(_basic(authorization))
    secret = parameters.secret("client_secret")
    if secret is not None:
        if client_id is None:
            raise InvalidOAuthRequestError(
                "client_id_missing", message="The parameter client_id is missing"
            )
        method = AuthenticationMethod.CLIENT_SECRET_POST
        found.append(SecretProof(client_id, secret, method))
    found.extend(_assertion(parameters, client_id))
    if len(found) > 1:
        raise InvalidOAuthRequestError(
            "proofs_several", message="The client is authenticated in several ways"
        )
    if not found:
        if client_id is None or certificate is None:
            return None
        return CertificateProof(client_id, certificate)
    (proof,) = found
    if isinstance(proof, SecretProof) and client_id not in (None, proof.client_id):
        raise InvalidOAuthRequestError(
            "client_id_contradicts", message="There are two client ids"
        )
    return proof


def _assertion(
    parameters: OAuthParameters, client_id: str | None
) -> list[AssertionProof]:
    kind = parameters.text("client_assertion_type")
    assertion = parameters.secret("client_assertion")
    if (kind is None) is not (assertion is None):
        raise InvalidOAuthRequestError(
            "client_assertion_half",
            message="client_assertion and client_assertion_type come together",
        )
    if assertion is None:
        return []
    if kind != CLIENT_ASSERTION_TYPE:
        raise InvalidClientError("client_assertion_type_unknown")
    return [AssertionProof(client_id, assertion)]


def _basic(header: str) -> SecretProof:
    """Reads the header: both parts are encoded as in a form, then joined."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != _BASIC:
        raise InvalidClientError("scheme_unknown")
    if len(value) > limits.BASIC_CHARACTERS_MAX:
        raise InvalidClientError("basic_too_long")
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidClientError("basic_malformed") from None
    name, colon, secret = text.partition(":")
    if not colon:
        raise InvalidClientError("basic_malformed")
    return SecretProof(
        _decode(name),
        Secret(_decode(secret)),
        AuthenticationMethod.CLIENT_SECRET_BASIC,
    )


def _decode(text: str) -> str:
    # NOTE: many clients do not encode. No client id and no secret of base64 has a
    # character that means two things, but for the plus: it stays one, because a
    # blank is in neither.
    try:
        return unquote_to_bytes(text).decode("utf-8", errors="strict")
    except UnicodeDecodeError:
        raise InvalidClientError("basic_malformed") from None
