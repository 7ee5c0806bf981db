"""An organisation that trusts an identity provider that is not ours."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status

from daypass.api.sts.v1 import sts_service_pb2 as api
from daypass.rpc.methods import STS
from support.daypassd import ACCOUNT, Daypassd, Organisation, refusal_of
from support.saml_programs import ForeignIdp, fresh_signer

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


@dataclass(frozen=True)
class Trusting:
    """An organisation, the provider that it trusts, and the key that it decrypts with."""

    organisation: Organisation
    idp: ForeignIdp
    certificate: bytes


def trusting(folder: Path) -> Trusting:
    """Returns an organisation in a folder that trusts a provider of its own."""
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
    return Trusting(organisation, idp, ours.certificate_pem)
