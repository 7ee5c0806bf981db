"""An identity provider that is not ours, and a running `daypassd` that trusts it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from daypass.api.sts.v1 import sts_service_pb2 as api
from daypass.rpc.methods import STS
from support.daypassd import ACCOUNT, Daypassd, Keys, Organisation, refusal_of
from support.saml_programs import ForeignIdp, encrypted, fresh_signer
from support.saml_rewrapping import PART, WHOLE, rewrapped

ROLE = f"arn:aws:iam::{ACCOUNT}:role/Staff"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/CorpIdP"
PAIR = f"{ROLE},{PROVIDER}"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Staff/alice"
_TRUST = (
    '{Version: "2012-10-17", Statement: [{Effect: Allow,'
    f' Principal: {{Federated: "{PROVIDER}"}}, Action: "sts:AssumeRoleWithSAML",'
    ' Condition: {"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": staff},'
    ' StringEquals: {"saml:sub_type": persistent,'
    ' "saml:aud": "https://signin.aws.amazon.com/saml"}}}]}'
)


@dataclass(frozen=True)
class Federation:
    """A running server, and the provider that it trusts."""

    server: Daypassd
    idp: ForeignIdp
    folder: Path
    certificate: bytes

    def exchange(self, response: bytes, *, metadata: Any = ()) -> Any:
        """Exchanges a response for credentials, without a signature of the call."""
        request = api.AssumeRoleWithSAMLRequest(
            role_arn=ROLE,
            principal_arn=PROVIDER,
            saml_assertion=base64.b64encode(response).decode(),
        )
        with self.server.channel() as channel:
            ask: Any = channel.unary_unary(
                f"{STS}AssumeRoleWithSAML",
                response_deserializer=api.AssumeRoleWithSAMLResponse.FromString,
            )
            return ask(request.SerializeToString(), metadata=metadata, timeout=10)

    def refused(self, response: bytes) -> tuple[grpc.StatusCode, str]:
        """Returns how a response is refused."""
        error = refusal_of(lambda: self.exchange(response))
        (detail,) = (
            value
            for key, value in error.trailing_metadata()
            if key == "grpc-status-details-bin"
        )
        info = ErrorInfo()
        for each in Status.FromString(detail).details:
            if each.Is(ErrorInfo.DESCRIPTOR):
                each.Unpack(info)
        return error.code(), info.reason


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    """Yields a server that trusts the provider, and may decrypt."""
    folder = tmp_path_factory.mktemp("federation")
    idp = ForeignIdp(folder / "idp")
    organisation = Organisation(folder)
    ours = fresh_signer()
    key = organisation.secrets / "ours.pem"
    key.touch(mode=0o600)
    key.write_bytes(ours.key_pem)
    (organisation.directory / "idp.xml").write_text(idp.metadata())
    organisation.write(
        organisation.text()
        + f"  Staff:\n    trust: {_TRUST}\n"
        + "saml_providers:\n  CorpIdP:\n    metadata: {file: idp.xml}\n"
        + "    private_keys: [{file: ours.pem}]\n"
    )
    with Daypassd(organisation).init() as server:
        yield Federation(server, idp, folder, ours.certificate_pem)


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
    text = ForeignIdp(tmp_path / "idp").response(roles=(PAIR,))

    assert (grpc.StatusCode.UNAUTHENTICATED, "InvalidIdentityToken") == (
        federation.refused(text)
    )
