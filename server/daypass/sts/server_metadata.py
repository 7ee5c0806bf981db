"""What the deployment's own issuer publishes about its OAuth endpoints.

Every member is said, because what is left out means a default that is not ours.
Nothing is named that is not served.

SPEC: sts-operations 6.3; RFC 8414 section 2; OpenID Connect Discovery 1.0 section 3.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from daypass.core.oauth import AuthenticationMethod, GrantType
from daypass.core.strict_json import JsonValue
from daypass.federation.client_assertion import CLIENT_ASSERTION_ALGORITHMS
from daypass.keyring.algorithm import Algorithm

TOKEN_PATH: Final = "/oauth2/token"  # noqa: S105 - a path.
INTROSPECTION_PATH: Final = "/oauth2/introspect"
REVOCATION_PATH: Final = "/oauth2/revoke"
METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
_ENDPOINTS: Final = ("token", "introspection", "revocation")
_CLAIMS: Final = (
    "iss",
    "sub",
    "sub_id",
    "aud",
    "iat",
    "exp",
    "jti",
    "client_id",
    "scope",
    "act",
    "token_use",
)


def origin_of(issuer: str) -> str:
    """Returns the scheme and host of an issuer, below which the endpoints are."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}"


def path_of(issuer: str) -> str:
    """Returns the path of an issuer, without a slash at its end."""
    return urlsplit(issuer).path.rstrip("/")


def server_metadata(
    issuer: str,
    *,
    key_set_path: str,
    signing: Algorithm,
    certificates: bool,
) -> dict[str, JsonValue]:
    """Returns the metadata of the authorization server.

    Args:
        issuer: as it stands in the tokens, byte for byte.
        key_set_path: where the key set is.
        signing: what signs tokens.
        certificates: whether clients are asked for certificates here.
    """
    origin = origin_of(issuer)
    methods: list[JsonValue] = [
        method.value
        for method in AuthenticationMethod
        if certificates or method is not AuthenticationMethod.TLS_CLIENT_AUTH
    ]
    algorithms: list[JsonValue] = [one.value for one in CLIENT_ASSERTION_ALGORITHMS]
    metadata: dict[str, JsonValue] = {
        "issuer": issuer,
        "token_endpoint": origin + TOKEN_PATH,
        "introspection_endpoint": origin + INTROSPECTION_PATH,
        "revocation_endpoint": origin + REVOCATION_PATH,
        "jwks_uri": origin + key_set_path,
        "grant_types_supported": [grant.value for grant in GrantType],
        # There is no endpoint at which people would sign in.
        "response_types_supported": [],
        "code_challenge_methods_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [signing.value],
        "tls_client_certificate_bound_access_tokens": False,
        "claims_supported": list(_CLAIMS),
    }
    for endpoint in _ENDPOINTS:
        name = f"{endpoint}_endpoint_auth"
        metadata[f"{name}_methods_supported"] = methods
        metadata[f"{name}_signing_alg_values_supported"] = algorithms
    return metadata
