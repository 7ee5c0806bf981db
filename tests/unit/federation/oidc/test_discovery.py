"""Discovery documents name their own issuer and a place for keys, or are refused."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import provider_limits as limits
from daypass.federation.oidc.algorithms import IdTokenAlgorithm
from daypass.federation.oidc.discovery import discovery_url, parse_discovery
from daypass.federation.oidc.errors import DocumentRefusedError
from support.oidc_issuer import ISSUER

KEYS = "https://keys.example/jwks"


def _document(**changes: object) -> str:
    members = {"issuer": ISSUER, "jwks_uri": KEYS, **changes}
    return json.dumps({name: members[name] for name in members})


def _refusal(text: str | bytes) -> str:
    with pytest.raises(DocumentRefusedError) as caught:
        parse_discovery(text, issuer=ISSUER)
    return caught.value.reason


@pytest.mark.parametrize(
    "issuer",
    [
        None,
        "",
        "https://idp.example",
        ISSUER + "/",
        ISSUER.upper(),
        ISSUER.replace("https", "http"),
        ISSUER[:-1],
        [ISSUER],
        {"issuer": ISSUER},
    ],
)
def test_other_issuer_refused(issuer: object) -> None:
    """A document of another issuer is refused, to the byte (attacks O03)."""
    assert "discovery_issuer_differs" == _refusal(_document(issuer=issuer))


@pytest.mark.parametrize(
    "uri",
    [
        "http://keys.example/",
        "file:///etc/passwd",
        "ftp://keys.example/",
        "gopher://keys.example/",
        "data:,",
        "unix:/run/x",
        "/jwks",
    ],
)
def test_keys_elsewhere_refused(uri: str) -> None:
    """Keys are fetched over https or not at all (attacks O04)."""
    assert "url_malformed" == _refusal(_document(jwks_uri=uri))


@pytest.mark.parametrize("uri", [None, 1, [KEYS], {}])
def test_place_of_keys_is_text(uri: object) -> None:
    """The place of the keys is a string."""
    assert "discovery_without_jwks_uri" == _refusal(_document(jwks_uri=uri))
    assert "discovery_without_jwks_uri" == _refusal(json.dumps({"issuer": ISSUER}))


@pytest.mark.parametrize(
    "text", ["", "<html>", "[]", b"\xff", '{"issuer":"a","issuer":"b"}']
)
def test_other_text_refused(text: str | bytes) -> None:
    """What is not an object in strict JSON is no document (attacks O10)."""
    assert "discovery_not_json" == _refusal(text)


def test_largest_document() -> None:
    """A document of 256 KiB passes, one of a byte more does not (attacks O08)."""
    largest = _document().ljust(limits.PROVIDER_DOCUMENT_BYTES_MAX)

    assert "discovery_not_json" == _refusal(largest + " ")
    assert ISSUER == parse_discovery(largest, issuer=ISSUER).issuer


@pytest.mark.parametrize("names", [None, "RS256", {"RS256": 1}])
def test_malformed_algorithms_refused(names: object) -> None:
    """The algorithms are a list."""
    text = _document(id_token_signing_alg_values_supported=names)

    assert "discovery_algorithms_malformed" == _refusal(text)


def test_unsafe_algorithms_ignored() -> None:
    """Of the algorithms that an issuer names, those are left that are taken (O20)."""
    names = ["none", "HS256", "PS256", "EdDSA", "rs256", 5, None, "ES256", "RS512"]

    found = parse_discovery(
        _document(id_token_signing_alg_values_supported=names), issuer=ISSUER
    )

    assert {IdTokenAlgorithm.ES256, IdTokenAlgorithm.RS512} == found.algorithms


def test_no_safe_algorithm_leaves_none() -> None:
    """An issuer that names none that is taken has none, and not all (attacks O20)."""
    text = _document(id_token_signing_alg_values_supported=["none", "HS256"])

    assert frozenset() == parse_discovery(text, issuer=ISSUER).algorithms


def test_good_document() -> None:
    """A document says where the keys are, and by default all algorithms are used."""
    found = parse_discovery(_document(token_endpoint="x"), issuer=ISSUER)

    assert (ISSUER, KEYS) == (found.issuer, found.jwks_uri.text)
    assert frozenset(IdTokenAlgorithm) == found.algorithms


@pytest.mark.parametrize(
    ("issuer", "target"),
    [
        ("https://idp.example", "/.well-known/openid-configuration"),
        ("https://idp.example/", "/.well-known/openid-configuration"),
        ("https://idp.example/a/b", "/a/b/.well-known/openid-configuration"),
        ("https://idp.example/a/b/", "/a/b/.well-known/openid-configuration"),
    ],
)
def test_place_of_document(issuer: str, target: str) -> None:
    """The document is below the issuer, whose last slash does not count."""
    assert target == discovery_url(issuer).target


@pytest.mark.parametrize("issuer", ["http://idp.example", "https://idp.example:8443"])
def test_no_place_for_others(issuer: str) -> None:
    """What is no issuer has no document (attacks O01, O02)."""
    with pytest.raises(DocumentRefusedError):
        discovery_url(issuer)


@given(
    st.dictionaries(
        st.sampled_from(
            ["issuer", "jwks_uri", "id_token_signing_alg_values_supported", "x"]
        ),
        st.none() | st.text(max_size=20) | st.just(ISSUER) | st.lists(st.text()),
    )
)
def test_nothing_but_refusals(members: dict[str, object]) -> None:
    """Whatever the document, it is read or refused."""
    with contextlib.suppress(DocumentRefusedError):
        found = parse_discovery(json.dumps(members), issuer=ISSUER)
        assert ISSUER == found.issuer == members["issuer"]
