"""Unsigned exchanges of tokens at a real `daypassd`, and the organisation for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from daypass.api.sts.v1 import sts_service_pb2 as api
from daypass.rpc.methods import STS
from support.daypassd import ACCOUNT, Daypassd, Keys, Organisation, refusal_of

METHOD = f"{STS}AssumeRoleWithWebIdentity"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Deployer"
SUBJECT = "repo:shop/app:ref:refs/heads/main"
AUDIENCE = "daypass"
_SECONDS_MAX = 10.0


class TrustingOrganisation(Organisation):
    """An organisation with a role that trusts an OpenID provider.

    Args:
        folder: where its files go.
        issuer: the provider.
        fields: further fields of the provider, in YAML.
    """

    def __init__(self, folder: Path, issuer: str, fields: str = "") -> None:
        super().__init__(folder)
        self._issuer = issuer
        self._fields = fields
        self.write(self.declared())

    def declared(self, *, provider: bool = True) -> str:
        """Returns the file of the account, with or without provider and role."""
        if not provider:
            return self.text()
        name = self._issuer.removeprefix("https://")
        statement = {
            "Effect": "Allow",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}"},
            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            "Condition": {
                "StringEquals": {f"{name}:aud": AUDIENCE},
                "StringLike": {f"{name}:sub": "repo:shop/app:*"},
            },
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        return (
            f"{self.text()}  Deployer: {{trust: {trust}}}\n"
            f"oidc_providers:\n  {self._issuer}:"
            f" {{client_ids: [{AUDIENCE}]{self._fields}}}\n"
        )


def exchange(server: Daypassd, token: str, **fields: Any) -> Any:
    """Exchanges a token without any signature, and returns the answer."""
    request = api.AssumeRoleWithWebIdentityRequest(
        **{
            "role_arn": ROLE,
            "role_session_name": "job-7",
            "web_identity_token": token,
            **fields,
        }
    )
    with server.channel() as channel:
        ask: Any = channel.unary_unary(
            METHOD,
            response_deserializer=api.AssumeRoleWithWebIdentityResponse.FromString,
        )
        return ask(request.SerializeToString(), timeout=_SECONDS_MAX)


def reason_of(server: Daypassd, token: str, **fields: Any) -> str:
    """Exchanges a token, which must fail, and returns the AWS code of the error."""
    status = rpc_status.from_call(refusal_of(lambda: exchange(server, token, **fields)))
    info = ErrorInfo()
    (found,) = (one for one in status.details if one.Is(ErrorInfo.DESCRIPTOR))
    found.Unpack(info)
    return str(info.reason)


def keys_of(answer: Any) -> Keys:
    """Returns the credentials of an answer."""
    issued = answer.credentials
    return Keys(issued.access_key_id, issued.secret_access_key, issued.session_token)
