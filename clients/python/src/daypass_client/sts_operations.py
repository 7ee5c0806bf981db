"""The operations of STS: what each sends, and how its answer is read.

SPEC: sts-operations 1. Left out of each: `minimum_session_token_size`, which is for
those who test a server.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message

from daypass_client import sts_answers as answers
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.token.v1 import token_service_pb2 as tokens
from daypass_client.credentials import Credentials
from daypass_client.errors import CallError
from daypass_client.operations import Operation
from daypass_client.retries import Repetition
from daypass_client.sts_values import (
    DelegatedAccess,
    FederatedUser,
    FederationRequest,
    IdentityToken,
    RootSession,
    SamlRequest,
    SamlRole,
    TradeInRequest,
    TradeInToken,
    WebIdentityRequest,
    WebIdentityRole,
)
from daypass_client.values import AssumedRole, CallerIdentity, RoleRequest

Answer = TypeVar("Answer")

_STS: Final = "/daypass.api.sts.v1.SecurityTokenService"


def get_caller_identity() -> Operation[CallerIdentity]:
    """Asks who is calling."""
    return _operation(
        "GetCallerIdentity", sts.GetCallerIdentityRequest(), answers.caller_identity
    )


def get_access_key_info(access_key_id: str) -> Operation[str]:
    """Asks which account an access key id belongs to."""
    request = sts.GetAccessKeyInfoRequest(access_key_id=access_key_id)
    return _operation("GetAccessKeyInfo", request, answers.access_key_account)


def decode_authorization_message(message: str) -> Operation[str]:
    """Asks what the encoded message of a denial says."""
    request = sts.DecodeAuthorizationMessageRequest(encoded_message=message)
    return _operation("DecodeAuthorizationMessage", request, answers.decoded_message)


def assume_role(role: RoleRequest, now: datetime) -> Operation[AssumedRole]:
    """Asks for credentials of a role; the time names a session without a name."""
    return _operation(
        "AssumeRole",
        _role_request(role, now),
        answers.assumed_role,
        repetition=_unless_proven_once(role.token_code),
    )


def batch_assume_role(
    roles: Sequence[RoleRequest], now: datetime
) -> Operation[tuple[AssumedRole | CallError, ...]]:
    """Asks for credentials of many roles."""
    request = sts.BatchAssumeRoleRequest(
        requests=[_role_request(role, now) for role in roles]
    )
    codes = (role.token_code for role in roles)
    return _operation(
        "BatchAssumeRole",
        request,
        answers.assumed_roles,
        repetition=_unless_proven_once(*codes),
    )


def assume_role_with_web_identity(
    role: WebIdentityRequest, now: datetime
) -> Operation[WebIdentityRole]:
    """Asks for credentials of a role, by the token of a provider; nobody signs."""
    request = sts.AssumeRoleWithWebIdentityRequest(
        role_arn=role.role_arn,
        role_session_name=role.session_name or _session_name(now),
        web_identity_token=role.token,
        provider_id=role.provider_id,
        policy_arns=_policies(role.policy_arns),
        policy=role.policy,
        duration_seconds=_seconds(role.duration),
    )
    return _operation(
        "AssumeRoleWithWebIdentity",
        request,
        answers.web_identity_role,
        signed=False,
        repetition=Repetition.SCARCE,
    )


def assume_role_with_saml(role: SamlRequest) -> Operation[SamlRole]:
    """Asks for credentials of a role, by an assertion; nobody signs."""
    request = sts.AssumeRoleWithSAMLRequest(
        role_arn=role.role_arn,
        principal_arn=role.principal_arn,
        saml_assertion=role.assertion,
        policy_arns=_policies(role.policy_arns),
        policy=role.policy,
        duration_seconds=_seconds(role.duration),
    )
    return _operation(
        "AssumeRoleWithSAML",
        request,
        answers.saml_role,
        signed=False,
        repetition=Repetition.NONE,
    )


def assume_root(
    target: str, task_policy_arn: str, duration: timedelta | None
) -> Operation[RootSession]:
    """Asks for credentials for one task of the root user of an account."""
    request = sts.AssumeRootRequest(
        target_principal=target,
        task_policy_arn=sts.PolicyDescriptor(arn=task_policy_arn),
        duration_seconds=_seconds(duration),
    )
    return _operation(
        "AssumeRoot", request, answers.root_session, repetition=Repetition.SCARCE
    )


def get_session_token(
    duration: timedelta | None, serial_number: str | None, token_code: str | None
) -> Operation[Credentials]:
    """Asks for temporary credentials of the caller itself."""
    request = sts.GetSessionTokenRequest(
        duration_seconds=_seconds(duration),
        serial_number=serial_number,
        token_code=token_code,
    )
    return _operation(
        "GetSessionToken",
        request,
        answers.session_credentials,
        repetition=_unless_proven_once(token_code),
    )


def get_federation_token(user: FederationRequest) -> Operation[FederatedUser]:
    """Asks for credentials of a federated user."""
    request = sts.GetFederationTokenRequest(
        name=user.name,
        policy=user.policy,
        policy_arns=_policies(user.policy_arns),
        duration_seconds=_seconds(user.duration),
        tags=_tags(user.tags),
    )
    return _operation(
        "GetFederationToken",
        request,
        answers.federated_user,
        repetition=Repetition.SCARCE,
    )


def get_web_identity_token(
    audiences: Sequence[str],
    algorithm: str,
    duration: timedelta | None,
    tags: Mapping[str, str] | None,
) -> Operation[IdentityToken]:
    """Asks for a token that names the caller to other services.

    Raises:
        TypeError: the audiences are one text, which would be taken for letters.
    """
    if isinstance(audiences, str):
        raise TypeError("audiences are a sequence of texts, not a text")
    request = sts.GetWebIdentityTokenRequest(
        audience=audiences,
        signing_algorithm=algorithm,
        duration_seconds=_seconds(duration),
        tags=_tags(tags or {}),
    )
    return _operation(
        "GetWebIdentityToken",
        request,
        answers.identity_token,
        repetition=Repetition.SCARCE,
    )


def get_delegated_access_token(trade_in_token: str) -> Operation[DelegatedAccess]:
    """Asks for the credentials that a trade-in token stands for; it works once."""
    request = sts.GetDelegatedAccessTokenRequest(trade_in_token=trade_in_token)
    return _operation(
        "GetDelegatedAccessToken",
        request,
        answers.delegated_access,
        repetition=Repetition.NONE,
    )


def create_trade_in_token(approval: TradeInRequest) -> Operation[TradeInToken]:
    """Asks for a token by which another account may act as the caller."""
    request = tokens.CreateTradeInTokenRequest(
        partner_account_id=approval.partner_account_id,
        policy=approval.policy,
        policy_arns=approval.policy_arns,
        session_duration=_span(approval.session_duration),
        token_lifetime=_span(approval.token_lifetime),
    )
    return Operation(
        "/daypass.api.token.v1.TokenService/CreateTradeInToken",
        request.SerializeToString(),
        answers.trade_in_token,
        repetition=Repetition.SCARCE,
    )


def _operation(
    action: str,
    request: Message,
    read: Callable[[bytes], Answer],
    *,
    signed: bool = True,
    repetition: Repetition = Repetition.FREE,
) -> Operation[Answer]:
    data = request.SerializeToString()
    return Operation(f"{_STS}/{action}", data, read, signed, repetition)


def _role_request(role: RoleRequest, now: datetime) -> sts.AssumeRoleRequest:
    return sts.AssumeRoleRequest(
        role_arn=role.role_arn,
        role_session_name=role.session_name or _session_name(now),
        policy_arns=_policies(role.policy_arns),
        policy=role.policy,
        duration_seconds=_seconds(role.duration),
        tags=_tags(role.tags),
        transitive_tag_keys=role.transitive_tag_keys,
        external_id=role.external_id,
        serial_number=role.serial_number,
        token_code=role.token_code,
        source_identity=role.source_identity,
        provided_contexts=[
            sts.ProvidedContext(provider_arn=arn, context_assertion=assertion)
            for arn, assertion in role.provided_contexts
        ],
    )


def _unless_proven_once(*codes: str | None) -> Repetition:
    """Returns when a call that issues may be repeated: never with a spent code."""
    return Repetition.SCARCE if set(codes) <= {None} else Repetition.NONE


def _session_name(now: datetime) -> str:
    return f"daypass-{int(now.timestamp())}"


def _policies(arns: Sequence[str]) -> list[sts.PolicyDescriptor]:
    return [sts.PolicyDescriptor(arn=arn) for arn in arns]


def _tags(tags: Mapping[str, str]) -> list[sts.Tag]:
    return [sts.Tag(key=key, value=value) for key, value in tags.items()]


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())


def _span(duration: timedelta | None) -> Duration | None:
    if duration is None:
        return None
    message = Duration()
    message.FromTimedelta(duration)
    return message
