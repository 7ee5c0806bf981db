"""Parameters and client proofs off the wire: one reading each, or none.

SPEC: RFC 6749 sections 2.3.1, 3.1 and appendix B; attacks V08, L30.
"""

from __future__ import annotations

import base64
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import oauth_limits
from daypass.core.errors import MalformedInputError
from daypass.core.exchange_errors import InvalidScopeError
from daypass.core.oauth import AuthenticationMethod
from daypass.core.oauth_errors import InvalidClientError, InvalidOAuthRequestError
from daypass.gateway.oauth.client_proof import read_client_proof
from daypass.gateway.oauth.parameters import TARGETS, OAuthParameters
from daypass.sts.oauth_client import CertificateProof, ClientProof, SecretProof

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def read(body: str | bytes) -> OAuthParameters:
    """Reads a body in which audiences and resources may be repeated."""
    raw = body.encode() if isinstance(body, str) else body
    return OAuthParameters.read(raw, repeatable=TARGETS)


@given(st.dictionaries(TEXTS, TEXTS, max_size=10))
def test_every_form_is_read(sent: dict[str, str]) -> None:
    """What a client encodes as a form is read as it was meant."""
    found = read(urlencode(sent))

    assert sent == {name: found.text(name) for name in sent}
    assert found.text("") is None


@given(TEXTS.filter(lambda name: name not in TARGETS), TEXTS, st.text(max_size=5))
def test_no_parameter_twice(name: str, value: str, other: str) -> None:
    """No parameter but a target stands twice, whatever its values are."""
    body = urlencode([(name, value), (name, other)], errors="surrogatepass")
    try:
        read(body)
    except (InvalidOAuthRequestError, MalformedInputError):
        return
    pytest.fail("a parameter was read twice")


@given(st.binary(max_size=60))
def test_any_body(raw: bytes) -> None:
    """Any bytes are read in one way, or refused."""
    try:
        found = read(raw)
    except (InvalidOAuthRequestError, MalformedInputError):
        return
    assert found.text("x") == next(iter(found.all("x")), None)


def test_targets_in_order() -> None:
    """Targets may be repeated, and stay in the order of the wire."""
    found = read("audience=b&audience=a&resource=r")

    assert (("b", "a"), ("r",)) == (found.all("audience"), found.all("resource"))
    assert () == found.all("scope")


@pytest.mark.parametrize("body", ["a=%zz", "a=b;c=d", "a=\x00", "a=\xff", "a=%ff"])
def test_two_readings(body: str) -> None:
    """A body that could be read in two ways is refused (V08)."""
    with pytest.raises(MalformedInputError):
        read(body.encode("latin-1"))


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [("", ()), ("read", ("read",)), ("read+write", ("read", "write"))],
)
def test_scopes(scope: str, scopes: tuple[str, ...]) -> None:
    """Scopes are parted by one blank."""
    assert scopes == read(f"scope={scope}").scopes()


@pytest.mark.parametrize("scope", ["+", "read+", "+read", "a++b"])
def test_scopes_malformed(scope: str) -> None:
    """A blank that parts nothing is malformed."""
    with pytest.raises(InvalidScopeError):
        read(f"scope={scope}").scopes()


@pytest.mark.parametrize("body", ["", "token="])
def test_required(body: str) -> None:
    """What must be sent, and was sent without a value, is missing."""
    with pytest.raises(InvalidOAuthRequestError) as caught:
        read(body).required("token")

    assert "The parameter token is missing" == caught.value.message


def proof(header: str | None, body: str = "", der: bytes | None = None) -> object:
    """Returns the proof of a request."""
    return read_client_proof(read(body), authorization=header, certificate=der)


def basic(text: bytes | str) -> str:
    """Returns a header."""
    raw = text.encode() if isinstance(text, str) else text
    return f"Basic {base64.b64encode(raw).decode()}"


@given(st.text("abcXYZ019._-+=,@", min_size=1, max_size=30), TEXTS)
def test_basic_is_read(name: str, secret: str) -> None:
    """What a client encodes into the header is read as it was meant."""
    header = basic(f"{quote(name, safe='')}:{quote(secret, safe='')}")

    found = proof(header)

    assert isinstance(found, SecretProof)
    assert (name, secret) == (found.client_id, found.secret.reveal_text())
    assert AuthenticationMethod.CLIENT_SECRET_BASIC is found.method


@given(st.text("abcXYZ019+/=", min_size=32, max_size=60))
def test_basic_without_encoding(secret: str) -> None:
    """A secret in base64 may stand in the header as it is, as many clients have it."""
    found = proof(basic(f"web:{secret}"))

    assert isinstance(found, SecretProof)
    assert secret == found.secret.reveal_text()


@given(st.text(max_size=80))
def test_any_header(header: str) -> None:
    """Any header is a proof of the form of Basic, or none that is taken."""
    try:
        found = proof(header)
    except InvalidClientError:
        return
    assert isinstance(found, SecretProof)


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_scheme_in_any_case(scheme: str) -> None:
    """The scheme may be written in any case."""
    assert proof(basic("web:x").replace("Basic", scheme))


def test_header_length() -> None:
    """A header beyond its bound is not decoded."""
    size = oauth_limits.BASIC_CHARACTERS_MAX
    value = base64.b64encode(b"w:" + b"x" * (size * 3 // 4 - 2)).decode()
    assert size == len(value)

    assert proof(f"Basic {value}")
    with pytest.raises(InvalidClientError, match="basic_too_long"):
        proof(f"Basic {value}AAAA")


@pytest.mark.parametrize(
    ("body", "der", "expected"),
    [
        ("client_id=web", b"c", CertificateProof("web", b"c")),
        ("client_id=web", None, None),
        ("", b"c", None),
        ("", None, None),
    ],
)
def test_certificate_needs_name(
    body: str, der: bytes | None, expected: ClientProof | None
) -> None:
    """A certificate is a proof where a client names itself, and none otherwise."""
    assert expected == proof(None, body, der)
