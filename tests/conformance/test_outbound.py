"""Tokens for others and delegated access, by a client without any code of ours."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import jwt
import pytest
from botocore.credentials import Credentials
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from support.foreign_client import SERVICE, ForeignClient, keys_of
from support.running import DaypassServer

TOKENS = "daypass.api.token.v1.TokenService"
KEYRING = "daypass.api.keyring.v1.KeyringService"
STOREFRONT = "arn:aws:iam::123456789012:role/workloads/StorefrontRole"
ISSUER = "https://tokens.securecart.example/production"
PAYMENTS = "https://payments.example"
READ = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}'
)


class Api:
    """The services of a server, learnt from it."""

    def __init__(self, channel: grpc.Channel) -> None:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        self.sts, self.tokens, self.keyring = (
            ForeignClient(channel, pool.FindServiceByName(name))
            for name in (SERVICE, TOKENS, KEYRING)
        )


@pytest.fixture
def api(daypass_server: DaypassServer) -> Iterator[Api]:
    """Yields clients that have learnt the API from the server."""
    with grpc.insecure_channel(daypass_server.address) as channel:
        yield Api(channel)


def _storefront(api: Api, server: DaypassServer) -> Credentials:
    fields: dict[str, object] = {
        "role_arn": STOREFRONT,
        "role_session_name": "shop",
    }
    found = api.sts.call("AssumeRole", keys_of(server, "storefront"), fields)
    issued = found.credentials
    return Credentials(
        issued.access_key_id, issued.secret_access_key, issued.session_token
    )


def test_storefront_is_known_to_payments_alone(
    api: Api, daypass_server: DaypassServer
) -> None:
    """The example's workload gets no token for anybody but the payment company."""
    storefront = _storefront(api, daypass_server)
    fields: dict[str, object] = {
        "audience": ["https://other.example"],
        "signing_algorithm": "ES384",
    }

    with pytest.raises(grpc.RpcError) as caught:
        api.sts.call("GetWebIdentityToken", storefront, fields)

    assert grpc.StatusCode.PERMISSION_DENIED == caught.value.code()


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_payments_verify_by_key_set(
    api: Api, daypass_server: DaypassServer, algorithm: str
) -> None:
    """The payment company verifies the token with published keys and PyJWT alone."""
    storefront = _storefront(api, daypass_server)
    answer = api.sts.call(
        "GetWebIdentityToken",
        storefront,
        {"audience": [PAYMENTS], "signing_algorithm": algorithm},
    )
    published = api.keyring.call("GetKeySet", storefront, {})

    keys = jwt.PyJWKSet.from_dict(MessageToDict(published))
    token = answer.web_identity_token
    claims = jwt.decode(
        token,
        keys[jwt.get_unverified_header(token)["kid"]],
        algorithms=[algorithm],
        audience=PAYMENTS,
        issuer=ISSUER,
    )

    assert STOREFRONT == claims["sub"]
    assert answer.expiration.seconds == claims["exp"] == claims["iat"] + 300


def test_partner_acts_as_the_approver(api: Api, daypass_server: DaypassServer) -> None:
    """An approval is traded in once, and its credentials name the approver only."""
    admin = keys_of(daypass_server, "admin")
    auditor = keys_of(daypass_server, "auditor")
    approval = api.tokens.call(
        "CreateTradeInToken",
        admin,
        {"partner_account_id": "987654321098", "policy": READ},
    )
    fields: dict[str, object] = {"trade_in_token": approval.trade_in_token}

    answer = api.sts.call("GetDelegatedAccessToken", auditor, fields)

    issued = answer.credentials
    acting = Credentials(
        issued.access_key_id, issued.secret_access_key, issued.session_token
    )
    named = "arn:aws:iam::123456789012:user/admin"
    assert named == answer.assumed_principal
    assert named == api.sts.call("GetCallerIdentity", acting, {}).arn
    for name, caller, sent, code in (
        ("GetDelegatedAccessToken", auditor, fields, grpc.StatusCode.UNAUTHENTICATED),
        ("GetDelegatedAccessToken", acting, fields, grpc.StatusCode.PERMISSION_DENIED),
        ("GetSessionToken", acting, {}, grpc.StatusCode.PERMISSION_DENIED),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            api.sts.call(name, caller, sent)
        assert code == caught.value.code()
