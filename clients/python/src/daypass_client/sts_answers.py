"""Reads the answers of STS into values."""

from __future__ import annotations

from types import MappingProxyType

import grpc

from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client._stubs.daypass.api.types.v1 import error_pb2
from daypass_client.answers import read_credentials, read_time
from daypass_client.credentials import Credentials
from daypass_client.errors import CallError, Failure
from daypass_client.secret import Secret
from daypass_client.status import failure_error
from daypass_client.sts_values import (
    DelegatedAccess,
    FederatedUser,
    IdentityToken,
    RootSession,
    SamlRole,
    TradeInToken,
    WebIdentityRole,
)
from daypass_client.values import AssumedRole, CallerIdentity


def caller_identity(data: bytes) -> CallerIdentity:
    """Reads the answer of `GetCallerIdentity`."""
    answer = sts.GetCallerIdentityResponse.FromString(data)
    return CallerIdentity(answer.user_id, answer.account, answer.arn)


def access_key_account(data: bytes) -> str:
    """Reads the answer of `GetAccessKeyInfo`."""
    return sts.GetAccessKeyInfoResponse.FromString(data).account


def decoded_message(data: bytes) -> str:
    """Reads the answer of `DecodeAuthorizationMessage`."""
    return sts.DecodeAuthorizationMessageResponse.FromString(data).decoded_message


def assumed_role(data: bytes) -> AssumedRole:
    """Reads the answer of `AssumeRole`."""
    return _assumed_role(sts.AssumeRoleResponse.FromString(data))


def assumed_roles(data: bytes) -> tuple[AssumedRole | CallError, ...]:
    """Reads the answer of `BatchAssumeRole`."""
    answer = sts.BatchAssumeRoleResponse.FromString(data)
    return tuple(map(_result, answer.results))


def web_identity_role(data: bytes) -> WebIdentityRole:
    """Reads the answer of `AssumeRoleWithWebIdentity`."""
    answer = sts.AssumeRoleWithWebIdentityResponse.FromString(data)
    sized = answer.HasField("packed_policy_size")
    return WebIdentityRole(
        credentials=read_credentials(answer.credentials),
        arn=answer.assumed_role_user.arn,
        assumed_role_id=answer.assumed_role_user.assumed_role_id,
        source_identity=answer.source_identity,
        packed_policy_size=answer.packed_policy_size if sized else None,
        subject=answer.subject_from_web_identity_token,
        provider=answer.provider,
        audience=answer.audience,
    )


def saml_role(data: bytes) -> SamlRole:
    """Reads the answer of `AssumeRoleWithSAML`."""
    answer = sts.AssumeRoleWithSAMLResponse.FromString(data)
    sized = answer.HasField("packed_policy_size")
    return SamlRole(
        credentials=read_credentials(answer.credentials),
        arn=answer.assumed_role_user.arn,
        assumed_role_id=answer.assumed_role_user.assumed_role_id,
        source_identity=answer.source_identity,
        packed_policy_size=answer.packed_policy_size if sized else None,
        subject=answer.subject,
        subject_type=answer.subject_type,
        issuer=answer.issuer,
        audience=answer.audience,
        name_qualifier=answer.name_qualifier,
    )


def root_session(data: bytes) -> RootSession:
    """Reads the answer of `AssumeRoot`."""
    answer = sts.AssumeRootResponse.FromString(data)
    return RootSession(read_credentials(answer.credentials), answer.source_identity)


def session_credentials(data: bytes) -> Credentials:
    """Reads the answer of `GetSessionToken`."""
    return read_credentials(sts.GetSessionTokenResponse.FromString(data).credentials)


def federated_user(data: bytes) -> FederatedUser:
    """Reads the answer of `GetFederationToken`."""
    answer = sts.GetFederationTokenResponse.FromString(data)
    sized = answer.HasField("packed_policy_size")
    return FederatedUser(
        credentials=read_credentials(answer.credentials),
        arn=answer.federated_user.arn,
        federated_user_id=answer.federated_user.federated_user_id,
        packed_policy_size=answer.packed_policy_size if sized else None,
    )


def identity_token(data: bytes) -> IdentityToken:
    """Reads the answer of `GetWebIdentityToken`.

    Raises:
        ValueError: there is no token in it.
    """
    answer = sts.GetWebIdentityTokenResponse.FromString(data)
    if not answer.web_identity_token:
        raise ValueError("no token")
    return IdentityToken(
        Secret(answer.web_identity_token), read_time(answer.expiration)
    )


def delegated_access(data: bytes) -> DelegatedAccess:
    """Reads the answer of `GetDelegatedAccessToken`."""
    answer = sts.GetDelegatedAccessTokenResponse.FromString(data)
    sized = answer.HasField("packed_policy_size")
    return DelegatedAccess(
        credentials=read_credentials(answer.credentials),
        assumed_principal_arn=answer.assumed_principal,
        packed_policy_size=answer.packed_policy_size if sized else None,
    )


def trade_in_token(data: bytes) -> TradeInToken:
    """Reads the answer of `CreateTradeInToken`.

    Raises:
        ValueError: there is no token in it.
    """
    answer = tokens.CreateTradeInTokenResponse.FromString(data)
    if not answer.trade_in_token:
        raise ValueError("no token")
    return TradeInToken(
        Secret(answer.trade_in_token),
        answer.delegation_id,
        read_time(answer.expire_time),
    )


def _assumed_role(answer: sts.AssumeRoleResponse) -> AssumedRole:
    sized = answer.HasField("packed_policy_size")
    return AssumedRole(
        credentials=read_credentials(answer.credentials),
        arn=answer.assumed_role_user.arn,
        assumed_role_id=answer.assumed_role_user.assumed_role_id,
        source_identity=answer.source_identity,
        packed_policy_size=answer.packed_policy_size if sized else None,
    )


def _result(item: sts.BatchAssumeRoleResult) -> AssumedRole | CallError:
    """Reads what became of an item; one without an outcome has failed."""
    if item.WhichOneof("outcome") == "response":
        return _assumed_role(item.response)
    return failure_error(_failure(item.error))


def _failure(error: error_pb2.Error) -> Failure:
    waits = error.HasField("retry_delay")
    code = _code(error.code)
    return Failure(
        code=code,
        reason=error.reason or code,
        message=error.message or "The item failed without a message.",
        metadata=MappingProxyType(dict(error.metadata)),
        retry_delay=error.retry_delay.ToTimedelta() if waits else None,
    )


def _code(number: int) -> str:
    """Returns the canonical code of a number; one that there is not is UNKNOWN."""
    for code in grpc.StatusCode:
        if code.value[0] == number and code is not grpc.StatusCode.OK:
            return code.name
    return grpc.StatusCode.UNKNOWN.name
