"""The table of the operations that the Query protocol offers.

An operation is an entry: how its parameters are read, what runs, and how the result
is shown. Who may call it says `sts.access_rules`; an operation without a row there
is refused.

SPEC: sts-operations 0.3, 1 and 3.3; detail 51.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

from daypass.core.errors import InvalidActionError
from daypass.core.secret import Secret
from daypass.gateway import requests, results, usual_answers
from daypass.gateway.errors import MissingActionError, cut
from daypass.gateway.parameters import ACTION, VERSION, Parameters
from daypass.gateway.render import Body, Tree
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.assume_role_with_saml import (
    AssumeRoleWithSamlRequest,
    AssumeRoleWithSamlResult,
)
from daypass.sts.assume_role_with_web_identity import (
    AssumeRoleWithWebIdentityRequest,
    AssumeRoleWithWebIdentityResult,
)
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.assume_root_request import AssumeRootRequest
from daypass.sts.decode_authorization_message import (
    DecodeAuthorizationMessageRequest,
    DecodedAuthorizationMessage,
)
from daypass.sts.get_delegated_access_token import GetDelegatedAccessTokenResult
from daypass.sts.get_federation_token import (
    GetFederationTokenRequest,
    GetFederationTokenResult,
)
from daypass.sts.get_session_token import (
    GetSessionTokenRequest,
    GetSessionTokenResult,
)
from daypass.sts.get_web_identity_token import (
    GetWebIdentityTokenRequest,
    GetWebIdentityTokenResult,
)
from daypass.sts.pipeline import Pipeline

API_VERSION: Final = "2011-06-15"
_NO_VERSION: Final = "NO_VERSION_SPECIFIED"

Request = TypeVar("Request")
Result = TypeVar("Result")
_REPEATED_BY_ANY: Final = frozenset({ACTION, VERSION})
# What neither proves nor tells anything that is not in the records of the call.
_REPEATED_BY_ROLES: Final = frozenset(
    {
        *(*_REPEATED_BY_ANY, "RoleArn", "RoleSessionName", "DurationSeconds", "Policy"),
        *("ExternalId", "SerialNumber", "SourceIdentity", "MinimumSessionTokenSize"),
        *("PolicyArns", "Tags", "TransitiveTagKeys"),
    }
)


@dataclass(frozen=True, slots=True)
class QueryOperation(Generic[Request, Result]):
    """One operation.

    Attributes:
        pipeline: what runs.
        read: reads its request from parameters.
        show: makes the tree of its result.
        repeated: the parameters of forms that are remembered, none of which is a
            secret; empty for an operation whose forms never are.
        read_usual: reads the same request from scalars, where they are few and plain;
            otherwise None.
        write_usual: makes the same answer in XML, where it has the usual elements, and
            takes the request id for it; otherwise None.
    """

    pipeline: Pipeline[Request, Result]
    read: Callable[[Parameters], Request]
    show: Callable[[Result], Tree]
    repeated: frozenset[str] = frozenset()
    read_usual: Callable[[Mapping[str, str]], Request | None] | None = None
    write_usual: Callable[[Result, str], Body | None] | None = None

    def request_of(self, parameters: Parameters) -> Request:
        """Reads the parameters.

        Raises:
            MalformedInputError: one of them cannot be read.
            ValidationError: a structure lacks a part; it names all that are missing.
        """
        request = self.read(parameters)
        parameters.missing.raise_if_any()
        return request


AnyOperation = QueryOperation[Any, Any]
Operations = Mapping[str, AnyOperation]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryUseCases:
    """What the operations run, ready to be called."""

    assume_role: Pipeline[AssumeRoleRequest, AssumeRoleResult]
    assume_role_with_saml: Pipeline[AssumeRoleWithSamlRequest, AssumeRoleWithSamlResult]
    assume_role_with_web_identity: Pipeline[
        AssumeRoleWithWebIdentityRequest, AssumeRoleWithWebIdentityResult
    ]
    assume_root: Pipeline[AssumeRootRequest, AssumeRootResult]
    decode_authorization_message: Pipeline[
        DecodeAuthorizationMessageRequest, DecodedAuthorizationMessage
    ]
    get_access_key_info: Pipeline[str, str]
    get_caller_identity: Pipeline[None, CallerIdentity]
    get_delegated_access_token: Pipeline[Secret, GetDelegatedAccessTokenResult]
    get_federation_token: Pipeline[GetFederationTokenRequest, GetFederationTokenResult]
    get_session_token: Pipeline[GetSessionTokenRequest, GetSessionTokenResult]
    get_web_identity_token: Pipeline[
        GetWebIdentityTokenRequest, GetWebIdentityTokenResult
    ]


def query_operations(run: QueryUseCases) -> Operations:
    """Returns the table, by the names of the operations."""
    return MappingProxyType(
        {
            "AssumeRole": QueryOperation(
                run.assume_role,
                requests.assume_role,
                results.assume_role,
                _REPEATED_BY_ROLES,
                requests.usual_assume_role,
                usual_answers.assume_role,
            ),
            "AssumeRoleWithSAML": QueryOperation(
                run.assume_role_with_saml,
                requests.assume_role_with_saml,
                results.assume_role_with_saml,
            ),
            "AssumeRoleWithWebIdentity": QueryOperation(
                run.assume_role_with_web_identity,
                requests.assume_role_with_web_identity,
                results.assume_role_with_web_identity,
            ),
            "AssumeRoot": QueryOperation(
                run.assume_root, requests.assume_root, results.assume_root
            ),
            "DecodeAuthorizationMessage": QueryOperation(
                run.decode_authorization_message,
                requests.decode_authorization_message,
                results.decode_authorization_message,
            ),
            "GetAccessKeyInfo": QueryOperation(
                run.get_access_key_info,
                requests.get_access_key_info,
                results.get_access_key_info,
            ),
            "GetCallerIdentity": QueryOperation(
                run.get_caller_identity,
                requests.get_caller_identity,
                results.get_caller_identity,
                _REPEATED_BY_ANY,
                write_usual=usual_answers.get_caller_identity,
            ),
            "GetDelegatedAccessToken": QueryOperation(
                run.get_delegated_access_token,
                requests.get_delegated_access_token,
                results.get_delegated_access_token,
            ),
            "GetFederationToken": QueryOperation(
                run.get_federation_token,
                requests.get_federation_token,
                results.get_federation_token,
            ),
            "GetSessionToken": QueryOperation(
                run.get_session_token,
                requests.get_session_token,
                results.get_session_token,
            ),
            "GetWebIdentityToken": QueryOperation(
                run.get_web_identity_token,
                requests.get_web_identity_token,
                results.get_web_identity_token,
            ),
        }
    )


def find_operation(
    parameters: Parameters, operations: Operations
) -> tuple[str, AnyOperation]:
    """Returns the operation that a request names, and its name.

    Raises:
        MissingActionError: it names none.
        InvalidActionError: there is none of that name in that version.
    """
    action = parameters.text(ACTION)
    if not action:
        raise MissingActionError("action_missing")
    version = parameters.text(VERSION) or _NO_VERSION
    operation = operations.get(action)
    if operation is None or version != API_VERSION:
        raise InvalidActionError(
            "action_unknown",
            message=cut(f"Could not find operation {action} for version {version}"),
        )
    return action, operation
