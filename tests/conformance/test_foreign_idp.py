"""An identity provider that is not ours, and a running `daypassd` that trusts it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import grpc
import pytest

from support.daypassd import ACCOUNT, Daypassd, Keys
from support.saml_federation import PAIR, PROVIDER, SESSION, Federation, trusting
from support.saml_programs import ForeignIdp, encrypted
from support.saml_rewrapping import PART, WHOLE, rewrapped


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Yields a server that trusts the provider, and may decrypt."""
    folder = tmp_path_factory.mktemp("federation")
    made = trusting(folder)
    with closing(made.idp), Daypassd(made.organisation).init() as server:
        yield Federation(server, made.idp, folder, made.certificate)


@pytest.mark.parametrize("sign_response", [False, True])
def test_response_becomes_credentials(
    federation: Federation,
    sign_response: bool,  # noqa: FBT001
) -> None:
    """A response of the provider opens a session that proves its holder."""
    text = federation.idp.response(roles=(PAIR,), sign_response=sign_response)

    answer = federation.exchange(text)
    issued = answer.credentials
    keys = Keys(issued.access_key_id, issued.secret_access_key, issued.session_token)
    assert ("alice@corp.example", "persistent", SESSION) == (
        answer.subject,
        answer.subject_type,
        answer.assumed_role_user.arn,
    )
    assert SESSION == federation.server.caller(keys)
    assert "verified" == federation.server.verdict(keys)


def test_encrypted_response(federation: Federation) -> None:
    """An assertion that xmlsec1 has encrypted to our key opens a session, too."""
    plain = federation.idp.response(roles=(PAIR,))
    text = encrypted(plain, federation.certificate, federation.folder)

    assert b"alice@corp.example" not in text
    assert SESSION == federation.exchange(text).assumed_role_user.arn


@pytest.mark.parametrize(
    "authorization", ["garbage", "AWS4-HMAC-SHA256 Credential=x", "Bearer x"]
)
def test_signature_of_the_call_is_ignored(
    federation: Federation, authorization: str
) -> None:
    """A garbage signature of the call changes nothing (detail 13)."""
    text = federation.idp.response(roles=(PAIR,))

    answer = federation.exchange(text, metadata=[("authorization", authorization)])
    assert SESSION == answer.assumed_role_user.arn


@pytest.mark.parametrize("name", [*WHOLE, *PART])
def test_wrapped(federation: Federation, name: str) -> None:
    """A wrapped response is refused over the wire, and the original is not used up."""
    original = federation.idp.response(roles=(PAIR,), sign_response=name in WHOLE)
    wrap = {**WHOLE, **PART}[name]

    assert (grpc.StatusCode.UNAUTHENTICATED, "InvalidIdentityToken") == (
        federation.refused(rewrapped(original, wrap))
    )
    assert "alice@corp.example" == federation.exchange(original).subject


def test_replayed(federation: Federation) -> None:
    """A response is good once (S43)."""
    text = federation.idp.response(roles=(PAIR,))
    federation.exchange(text)

    assert (grpc.StatusCode.UNAUTHENTICATED, "InvalidIdentityToken") == (
        federation.refused(text)
    )


def test_other_role(federation: Federation) -> None:
    """A role that the provider does not name is denied."""
    other = f"arn:aws:iam::{ACCOUNT}:role/Reader,{PROVIDER}"

    assert (grpc.StatusCode.PERMISSION_DENIED, "AccessDenied") == (
        federation.refused(federation.idp.response(roles=(other,)))
    )


def test_stranger(federation: Federation, tmp_path: Path) -> None:
    """Another provider that says the same is not believed."""
    with closing(ForeignIdp(tmp_path / "idp")) as stranger:
        text = stranger.response(roles=(PAIR,))

    assert (grpc.StatusCode.UNAUTHENTICATED, "InvalidIdentityToken") == (
        federation.refused(text)
    )
