"""The words of OAuth that the directory, the use cases and the door share.

SPEC: sts-operations 6.1 to 6.5; RFC 6749, RFC 7523, RFC 8693; the registry "OAuth
Token Endpoint Authentication Methods".
"""

from __future__ import annotations

from enum import StrEnum


class AuthenticationMethod(StrEnum):
    """How a client proves who it is, by the names of the registry."""

    CLIENT_SECRET_BASIC = "client_secret_basic"  # noqa: S105 - a name.
    CLIENT_SECRET_POST = "client_secret_post"  # noqa: S105 - a name.
    PRIVATE_KEY_JWT = "private_key_jwt"
    TLS_CLIENT_AUTH = "tls_client_auth"


class GrantType(StrEnum):
    """What a client may ask for a token by: the values of `grant_type`."""

    TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name.
    CLIENT_CREDENTIALS = "client_credentials"
    JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


# Those that show a secret which both sides know.
SECRET_METHODS = frozenset(
    {
        AuthenticationMethod.CLIENT_SECRET_BASIC,
        AuthenticationMethod.CLIENT_SECRET_POST,
    }
)
# SPEC: RFC 7523 section 2.2.
CLIENT_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
