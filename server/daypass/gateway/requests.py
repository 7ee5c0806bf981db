"""From parameters to the requests of the use cases, one function an operation.

What was not sent is None, so that absent and zero differ; what the values may be is
for the use cases to say.

SPEC: sts-operations 1 and 3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from daypass.core.secret import Secret
from daypass.gateway.parameters import ACTION, VERSION, Parameters
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.assume_role_with_saml import AssumeRoleWithSamlRequest
from daypass.sts.assume_role_with_web_identity import AssumeRoleWithWebIdentityRequest
from daypass.sts.assume_root_request import AssumeRootRequest
from daypass.sts.decode_authorization_message import DecodeAuthorizationMessageRequest
from daypass.sts.get_federation_token import GetFederationTokenRequest
from daypass.sts.get_session_token import GetSessionTokenRequest
from daypass.sts.get_web_identity_token import GetWebIdentityTokenRequest
from daypass.sts.tags import Tag

_USUAL_OF_ROLES: Final = frozenset(
    {
        *(ACTION, VERSION, "RoleArn", "RoleSessionName", "DurationSeconds"),
        *("ExternalId", "SourceIdentity"),
    }
)
# Of 32 bits, whatever the digits are.
_USUAL_INTEGER: Final = re.compile(r"[0-9]{1,9}", re.ASCII)


def usual_assume_role(values: Mapping[str, str]) -> AssumeRoleRequest | None:
    """Reads the scalars that AssumeRole mostly has, or returns None.

    It is a short cut and decides nothing: the request is that of `assume_role`.
    """
    if not values.keys() <= _USUAL_OF_ROLES:
        return None
    find = values.get
    seconds = find("DurationSeconds")
    if seconds is not None and _USUAL_INTEGER.fullmatch(seconds) is None:
        return None
    return AssumeRoleRequest(
        role_arn=find("RoleArn"),
        role_session_name=find("RoleSessionName"),
        duration_seconds=None if seconds is None else int(seconds),
        external_id=find("ExternalId"),
        source_identity=find("SourceIdentity"),
    )


def assume_role(sent: Parameters) -> AssumeRoleRequest:
    """Reads the parameters of AssumeRole."""
    return AssumeRoleRequest(
        role_arn=sent.text("RoleArn"),
        role_session_name=sent.text("RoleSessionName"),
        duration_seconds=sent.integer("DurationSeconds"),
        policy=sent.text("Policy"),
        policy_arns=policy_arns(sent),
        tags=tags(sent),
        transitive_tag_keys=sent.texts("TransitiveTagKeys", "transitive_tag_keys"),
        external_id=sent.text("ExternalId"),
        serial_number=sent.text("SerialNumber"),
        token_code=sent.secret("TokenCode"),
        source_identity=sent.text("SourceIdentity"),
        provided_contexts=_provided_contexts(sent),
        minimum_session_token_size=sent.integer("MinimumSessionTokenSize"),
    )


def assume_role_with_saml(sent: Parameters) -> AssumeRoleWithSamlRequest:
    """Reads the parameters of AssumeRoleWithSAML."""
    return AssumeRoleWithSamlRequest(
        role_arn=sent.text("RoleArn"),
        principal_arn=sent.text("PrincipalArn"),
        saml_assertion=_proof(sent, "SAMLAssertion"),
        policy=sent.text("Policy"),
        policy_arns=policy_arns(sent),
        duration_seconds=sent.integer("DurationSeconds"),
        minimum_session_token_size=sent.integer("MinimumSessionTokenSize"),
    )


def assume_role_with_web_identity(
    sent: Parameters,
) -> AssumeRoleWithWebIdentityRequest:
    """Reads the parameters of AssumeRoleWithWebIdentity."""
    return AssumeRoleWithWebIdentityRequest(
        role_arn=sent.text("RoleArn"),
        role_session_name=sent.text("RoleSessionName"),
        web_identity_token=_proof(sent, "WebIdentityToken"),
        provider_id=sent.text("ProviderId"),
        policy=sent.text("Policy"),
        policy_arns=policy_arns(sent),
        duration_seconds=sent.integer("DurationSeconds"),
        minimum_session_token_size=sent.integer("MinimumSessionTokenSize"),
    )


def assume_root(sent: Parameters) -> AssumeRootRequest:
    """Reads the parameters of AssumeRoot."""
    return AssumeRootRequest(
        target_principal=sent.text("TargetPrincipal"),
        task_policy_arn=sent.structure("TaskPolicyArn").text("arn"),
        duration_seconds=sent.integer("DurationSeconds"),
        minimum_session_token_size=sent.integer("MinimumSessionTokenSize"),
    )


def decode_authorization_message(
    sent: Parameters,
) -> DecodeAuthorizationMessageRequest:
    """Reads the parameter of DecodeAuthorizationMessage."""
    return DecodeAuthorizationMessageRequest(sent.text("EncodedMessage") or "")


def get_access_key_info(sent: Parameters) -> str:
    """Reads the parameter of GetAccessKeyInfo."""
    return sent.text("AccessKeyId") or ""


def get_caller_identity(sent: Parameters) -> None:
    """Reads nothing: GetCallerIdentity has no parameter."""
    del sent


def get_delegated_access_token(sent: Parameters) -> Secret:
    """Reads the parameter of GetDelegatedAccessToken."""
    return sent.secret("TradeInToken") or Secret("")


def get_federation_token(sent: Parameters) -> GetFederationTokenRequest:
    """Reads the parameters of GetFederationToken."""
    return GetFederationTokenRequest(
        name=sent.text("Name"),
        policy=sent.text("Policy"),
        policy_arns=policy_arns(sent),
        duration_seconds=sent.integer("DurationSeconds"),
        tags=tags(sent),
        minimum_session_token_size=sent.integer("MinimumSessionTokenSize"),
    )


def get_session_token(sent: Parameters) -> GetSessionTokenRequest:
    """Reads the parameters of GetSessionToken."""
    return GetSessionTokenRequest(
        duration_seconds=sent.integer("DurationSeconds"),
        serial_number=sent.text("SerialNumber"),
        token_code=sent.secret("TokenCode"),
        minimum_session_token_size=sent.integer("MinimumSessionTokenSize"),
    )


def get_web_identity_token(sent: Parameters) -> GetWebIdentityTokenRequest:
    """Reads the parameters of GetWebIdentityToken."""
    return GetWebIdentityTokenRequest(
        audience=sent.texts("Audience", "audience"),
        signing_algorithm=sent.text("SigningAlgorithm"),
        duration_seconds=sent.integer("DurationSeconds"),
        tags=tags(sent),
    )


def policy_arns(sent: Parameters) -> tuple[str, ...]:
    """Reads the ARNs of managed session policies."""
    members = sent.structures("PolicyArns", "policy_arns")
    return tuple(member.required("arn", "arn") for member in members)


def tags(sent: Parameters) -> tuple[Tag, ...]:
    """Reads session tags."""
    members = sent.structures("Tags", "tags")
    return tuple(
        Tag(member.required("Key", "key"), member.required("Value", "value"))
        for member in members
    )


def _proof(sent: Parameters, name: str) -> Secret | None:
    """Reads the proof that a request is; an empty one is none."""
    return sent.secret(name) if sent.text(name) else None


def _provided_contexts(sent: Parameters) -> tuple[ProvidedContext, ...]:
    members = sent.structures("ProvidedContexts", "provided_contexts")
    return tuple(
        ProvidedContext(
            member.required("ProviderArn", "provider_arn"),
            Secret(member.required("ContextAssertion", "context_assertion")),
        )
        for member in members
    )
