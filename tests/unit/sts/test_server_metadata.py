"""Metadata of the authorization server, for issuers with and without a path.

SPEC: sts-operations 6.3; RFC 8414 sections 2 and 3.
"""

from __future__ import annotations

import pytest

from daypass.keyring.algorithm import Algorithm
from daypass.sts.server_metadata import origin_of, path_of, server_metadata


@pytest.mark.parametrize(
    ("issuer", "path"),
    [
        ("https://a.example", ""),
        ("https://a.example/", ""),
        ("https://a.example:8443/sts", "/sts"),
        ("https://a.example/sts/", "/sts"),
    ],
)
def test_parts_of_issuer(issuer: str, path: str) -> None:
    """An issuer has an origin and a path, which has no slash at its end."""
    assert path == path_of(issuer)
    assert origin_of(issuer) + path == issuer.rstrip("/")


def test_endpoints_below_host() -> None:
    """Endpoints lie below the host, and the issuer stays as it is."""
    body = server_metadata(
        "https://a.example/sts",
        key_set_path="/keys",
        signing=Algorithm.ES256,
        certificates=True,
    )

    assert "https://a.example/sts" == body["issuer"]
    assert "https://a.example/oauth2/token" == body["token_endpoint"]
    assert "https://a.example/keys" == body["jwks_uri"]
    assert ["ES256"] == body["id_token_signing_alg_values_supported"]


@pytest.mark.parametrize(
    "name",
    [
        "grant_types_supported",
        "response_types_supported",
        "code_challenge_methods_supported",
        "token_endpoint_auth_methods_supported",
        "introspection_endpoint_auth_methods_supported",
        "revocation_endpoint_auth_methods_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "tls_client_certificate_bound_access_tokens",
    ],
)
def test_no_default_is_left(name: str) -> None:
    """What has a default that is not ours is said."""
    assert name in server_metadata(
        "https://a.example",
        key_set_path="/keys",
        signing=Algorithm.EDDSA,
        certificates=False,
    )
