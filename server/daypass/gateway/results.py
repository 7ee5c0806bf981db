"""From the results of the use cases to trees, one function an operation.

SPEC: sts-operations 0.5, 0.6 and 1; details 2, 23, 44, 45 and 47.
"""

from __future__ import annotations

from typing import Final

from daypass.core import limits
from daypass.core.credentials import Credentials
from daypass.gateway.render import Tree
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_with_saml import AssumeRoleWithSamlResult
from daypass.sts.assume_role_with_web_identity import AssumeRoleWithWebIdentityResult
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.decode_authorization_message import DecodedAuthorizationMessage
from daypass.sts.get_delegated_access_token import GetDelegatedAccessTokenResult
from daypass.sts.get_federation_token import GetFederationTokenResult
from daypass.sts.get_session_token import GetSessionTokenResult
from daypass.sts.get_web_identity_token import GetWebIdentityTokenResult

_PERCENT: Final = 100


def assume_role(result: AssumeRoleResult) -> Tree:
    """Shows the result of AssumeRole."""
    return {
        "Credentials": credentials(result.credentials),
        "AssumedRoleUser": _assumed(result.assumed_role_id, result.assumed_role_arn),
        "PackedPolicySize": result.packed_policy_percent,
        "SourceIdentity": result.source_identity,
        **token_size(result.session_token_bytes),
    }


def assume_role_with_saml(result: AssumeRoleWithSamlResult) -> Tree:
    """Shows the result of AssumeRoleWithSAML."""
    return {
        "Credentials": credentials(result.credentials),
        "AssumedRoleUser": _assumed(result.assumed_role_id, result.assumed_role_arn),
        "PackedPolicySize": result.packed_policy_percent,
        "Subject": result.subject,
        "SubjectType": result.subject_type,
        "Issuer": result.issuer,
        "Audience": result.audience,
        "NameQualifier": result.name_qualifier,
        "SourceIdentity": result.source_identity,
        **token_size(result.session_token_bytes),
    }


def assume_role_with_web_identity(result: AssumeRoleWithWebIdentityResult) -> Tree:
    """Shows the result of AssumeRoleWithWebIdentity."""
    return {
        "Credentials": credentials(result.credentials),
        "SubjectFromWebIdentityToken": result.subject,
        "AssumedRoleUser": _assumed(result.assumed_role_id, result.assumed_role_arn),
        "PackedPolicySize": result.packed_policy_percent,
        "Provider": result.provider_arn,
        "Audience": result.audience,
        "SourceIdentity": result.source_identity,
        **token_size(result.session_token_bytes),
    }


def assume_root(result: AssumeRootResult) -> Tree:
    """Shows the result of AssumeRoot."""
    return {
        "Credentials": credentials(result.credentials),
        "SourceIdentity": result.source_identity,
        **token_size(result.session_token_bytes),
    }


def decode_authorization_message(result: DecodedAuthorizationMessage) -> Tree:
    """Shows the result of DecodeAuthorizationMessage, which is text and no element."""
    return {"DecodedMessage": result.decoded_message}


def get_access_key_info(account_id: str) -> Tree:
    """Shows the result of GetAccessKeyInfo."""
    return {"Account": account_id}


def get_caller_identity(identity: CallerIdentity) -> Tree:
    """Shows the result of GetCallerIdentity."""
    return {
        "Arn": identity.arn,
        "UserId": identity.user_id,
        "Account": identity.account_id,
    }


def get_delegated_access_token(result: GetDelegatedAccessTokenResult) -> Tree:
    """Shows the result of GetDelegatedAccessToken."""
    return {
        "Credentials": credentials(result.credentials),
        "PackedPolicySize": result.packed_policy_percent,
        "AssumedPrincipal": result.assumed_principal,
    }


def get_federation_token(result: GetFederationTokenResult) -> Tree:
    """Shows the result of GetFederationToken."""
    return {
        "Credentials": credentials(result.credentials),
        "FederatedUser": {
            "FederatedUserId": result.federated_user_id,
            "Arn": result.federated_user_arn,
        },
        "PackedPolicySize": result.packed_policy_percent,
        **token_size(result.session_token_bytes),
    }


def get_session_token(result: GetSessionTokenResult) -> Tree:
    """Shows the result of GetSessionToken."""
    return {
        "Credentials": credentials(result.credentials),
        **token_size(result.session_token_bytes),
    }


def get_web_identity_token(result: GetWebIdentityTokenResult) -> Tree:
    """Shows the result of GetWebIdentityToken."""
    return {
        "WebIdentityToken": result.web_identity_token,
        "Expiration": result.expiration,
    }


def credentials(issued: Credentials) -> Tree:
    """Shows credentials; this is where secrets leave the process."""
    return {
        "AccessKeyId": issued.access_key_id,
        "SecretAccessKey": issued.secret_access_key,
        "SessionToken": issued.session_token,
        "Expiration": issued.expire_time,
    }


def _assumed(user_id: str, arn: str) -> Tree:
    return {"AssumedRoleId": user_id, "Arn": arn}


def token_size(size: int) -> Tree:
    """Shows how long a session token is, and how much of what it may be."""
    return {
        "SessionTokenSize": size,
        "SessionTokenUtilization": utilization(size),
    }


def utilization(size: int) -> int:
    """Returns how much of what a session token may be one is, in per cent, upwards."""
    return -(-_PERCENT * size // limits.SESSION_TOKEN_BYTES_MAX)
