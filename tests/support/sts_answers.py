"""Answers of STS that a fake server gives the client, beside AssumeRole's."""

from __future__ import annotations

from datetime import timedelta

from daypass_client import Credentials
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client._stubs.daypass.api.types.v1.credentials_pb2 import (
    Credentials as CredentialsMessage,
)
from support.client_answers import ROLE_ID, SESSION_ARN
from support.fake_daypass import credentials_of
from support.world import START

END = START + timedelta(hours=1)
FEDERATED_ARN = "arn:aws:sts::123456789012:federated-user/customer-7"
IDENTITY_TOKEN = "eyJhbGciOiJFUzM4NCJ9.e30.c2ln"


def issued(seed: int) -> CredentialsMessage:
    """Returns the credentials of a seed as they travel; they end after an hour."""
    credentials = credentials_of(seed)
    assert credentials.session_token is not None
    message = CredentialsMessage(
        access_key_id=credentials.access_key_id,
        secret_access_key=credentials.secret_access_key.reveal(),
        session_token=credentials.session_token.reveal(),
    )
    message.expiration.FromDatetime(END)
    return message


def read(seed: int) -> Credentials:
    """Returns the same credentials as the client reads them."""
    given = credentials_of(seed)
    return Credentials(
        given.access_key_id, given.secret_access_key, given.session_token, END
    )


_SESSION = sts.AssumedRoleUser(arn=SESSION_ARN, assumed_role_id=f"{ROLE_ID}:me")
BY_TOKEN = sts.AssumeRoleWithWebIdentityResponse(
    credentials=issued(5),
    assumed_role_user=_SESSION,
    packed_policy_size=3,
    subject_from_web_identity_token="build",
    provider="arn:aws:iam::123456789012:oidc-provider/ci.securecart.example",
    audience="daypass",
    source_identity="alice",
)
BY_ASSERTION = sts.AssumeRoleWithSAMLResponse(
    credentials=issued(5),
    assumed_role_user=_SESSION,
    subject="alice",
    subject_type="persistent",
    issuer="https://idp.securecart.example/saml",
    audience="https://signin.aws.amazon.com/saml",
    name_qualifier="1uAJanUnBc2XeUkHURMht+xam2c=",
)
ROOT = sts.AssumeRootResponse(credentials=issued(5), source_identity="alice")
OWN = sts.GetSessionTokenResponse(credentials=issued(5))
FEDERATED = sts.GetFederationTokenResponse(
    credentials=issued(5),
    federated_user=sts.FederatedUser(
        arn=FEDERATED_ARN, federated_user_id="123456789012:customer-7"
    ),
    packed_policy_size=7,
)
DELEGATED = sts.GetDelegatedAccessTokenResponse(
    credentials=issued(5),
    assumed_principal="arn:aws:iam::123456789012:role/Partner",
    packed_policy_size=7,
)
TRADE_IN = tokens.CreateTradeInTokenResponse(
    trade_in_token="traded.in.once", delegation_id="delegation-1"
)
TRADE_IN.expire_time.FromDatetime(END)
IDENTITY = sts.GetWebIdentityTokenResponse(web_identity_token=IDENTITY_TOKEN)
IDENTITY.expiration.FromDatetime(END)
ACCOUNT = sts.GetAccessKeyInfoResponse(account="029608264753")
DECODED = sts.DecodeAuthorizationMessageResponse(decoded_message='{"allowed": false}')
