"""The handlers of our methods, each of which converts, runs a use case, converts.

This is the whole list of what is built; `unimplemented.py` holds the rest.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

from daypass.api.access.v1 import access_service_pb2 as access_pb
from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_pb
from daypass.api.session.v1 import session_service_pb2 as session_pb
from daypass.api.sts.v1 import sts_service_pb2 as sts_pb
from daypass.core.secret import Secret
from daypass.core.session import SessionRecord
from daypass.rpc import convert_access, convert_http, convert_session, convert_sts
from daypass.rpc.assumed_answers import assume_role_answer, batch_answer
from daypass.rpc.convert_keyring import get_key_set_response
from daypass.rpc.credential_handlers import CredentialUseCases, credential_handlers
from daypass.rpc.delegation_handlers import DelegationUseCases, delegation_handlers
from daypass.rpc.exchange_handlers import ExchangeUseCases, exchange_handlers
from daypass.rpc.federation_handlers import FederationUseCases, federation_handlers
from daypass.rpc.identity_handlers import IdentityUseCases, identity_handlers
from daypass.rpc.keyring_handlers import KeyringUseCases, keyring_handlers
from daypass.rpc.methods import (
    ACCESS_SERVICE,
    KEYRING,
    SESSION,
    STS,
    Handlers,
    MethodHandler,
    RpcInvocation,
)
from daypass.rpc.remembered_requests import RememberedRequests
from daypass.rpc.verification_handlers import verification_handlers
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.authenticate_request import (
    AuthenticatedRequest,
    AuthenticateRequestQuery,
    RequestRejection,
)
from daypass.sts.authorize_access import AccessAnswer, AuthorizeRequest
from daypass.sts.batch import BatchAssumeRole, BatchItem
from daypass.sts.decode_authorization_message import (
    DecodeAuthorizationMessageRequest,
    DecodedAuthorizationMessage,
)
from daypass.sts.explain_decision import ExplainDecisionRequest, ExplainedDecision
from daypass.sts.key_set import GetKeySet
from daypass.sts.pipeline import Pipeline
from daypass.sts.revoke_sessions import RevokeSessionsRequest, RevokeSessionsResult
from daypass.sts.sessions import ListSessionsRequest, SessionList
from daypass.sts.simulate import SimulateRequest, Simulation
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """What the methods run, ready to be called."""

    assume_role: Pipeline[AssumeRoleRequest, AssumeRoleResult]
    authenticate_request: Pipeline[
        AuthenticateRequestQuery, AuthenticatedRequest | RequestRejection
    ]
    authorize: Pipeline[AuthorizeRequest, AccessAnswer | Verdict]
    batch_assume_role: BatchAssumeRole[Any]
    batch_verify_tokens: Pipeline[tuple[Secret, ...], tuple[Judgement, ...]]
    credentials: CredentialUseCases
    decode_authorization_message: Pipeline[
        DecodeAuthorizationMessageRequest, DecodedAuthorizationMessage
    ]
    delegations: DelegationUseCases
    exchange: ExchangeUseCases
    explain_decision: Pipeline[ExplainDecisionRequest, ExplainedDecision]
    federation: FederationUseCases
    get_access_key_info: Pipeline[str, str]
    get_caller_identity: Pipeline[None, CallerIdentity]
    get_key_set: GetKeySet
    get_session: Pipeline[str, SessionRecord]
    identities: IdentityUseCases
    keyring: KeyringUseCases
    list_sessions: Pipeline[ListSessionsRequest, SessionList]
    revoke_sessions: Pipeline[RevokeSessionsRequest, RevokeSessionsResult]
    simulate: Pipeline[SimulateRequest, Simulation]
    verify_token: Pipeline[Secret, Judgement]


def service_handlers(use_cases: UseCases) -> Handlers:
    """Returns the handlers of all methods of our services that are built."""
    sts = _SecurityTokenService(use_cases)
    access = _AccessService(use_cases)
    session = _SessionService(use_cases)
    keyring = _KeyringService(use_cases)
    assume_role_requests = RememberedRequests()
    return {
        **credential_handlers(use_cases.credentials),
        **delegation_handlers(use_cases.delegations),
        **federation_handlers(use_cases.federation),
        **exchange_handlers(use_cases.exchange),
        **identity_handlers(use_cases.identities),
        **keyring_handlers(use_cases.keyring),
        **verification_handlers(use_cases.verify_token, use_cases.batch_verify_tokens),
        f"{STS}AssumeRole": MethodHandler(
            sts_pb.AssumeRoleRequest,
            sts.assume_role,
            read=assume_role_requests.read,
            write=assume_role_answer,
        ),
        f"{STS}BatchAssumeRole": MethodHandler(
            sts_pb.BatchAssumeRoleRequest,
            sts.batch_assume_role,
            read=assume_role_requests.read_batch,
            write=batch_answer,
        ),
        f"{STS}DecodeAuthorizationMessage": MethodHandler(
            sts_pb.DecodeAuthorizationMessageRequest, sts.decode_authorization_message
        ),
        f"{STS}GetAccessKeyInfo": MethodHandler(
            sts_pb.GetAccessKeyInfoRequest, sts.get_access_key_info
        ),
        f"{STS}GetCallerIdentity": MethodHandler(
            sts_pb.GetCallerIdentityRequest,
            sts.get_caller_identity,
            write=convert_sts.caller_identity_answer,
        ),
        f"{ACCESS_SERVICE}Authorize": MethodHandler(
            access_pb.AuthorizeRequest, access.authorize
        ),
        f"{ACCESS_SERVICE}Simulate": MethodHandler(
            access_pb.SimulateRequest, access.simulate
        ),
        f"{ACCESS_SERVICE}ExplainDecision": MethodHandler(
            access_pb.ExplainDecisionRequest, access.explain_decision
        ),
        f"{ACCESS_SERVICE}AuthenticateRequest": MethodHandler(
            access_pb.AuthenticateRequestRequest, access.authenticate_request
        ),
        f"{SESSION}GetSession": MethodHandler(
            session_pb.GetSessionRequest, session.get_session
        ),
        f"{SESSION}ListSessions": MethodHandler(
            session_pb.ListSessionsRequest, session.list_sessions
        ),
        f"{SESSION}RevokeSessions": MethodHandler(
            session_pb.RevokeSessionsRequest, session.revoke_sessions
        ),
        f"{KEYRING}GetKeySet": MethodHandler(
            keyring_pb.GetKeySetRequest, keyring.get_key_set
        ),
    }


class _SecurityTokenService:
    def __init__(self, use_cases: UseCases) -> None:
        self._run = use_cases

    def assume_role(
        self, invocation: RpcInvocation, request: AssumeRoleRequest
    ) -> Awaitable[AssumeRoleResult]:
        return self._run.assume_role.run(request, invocation.caller, invocation.call)

    def batch_assume_role(
        self, invocation: RpcInvocation, requests: tuple[AssumeRoleRequest, ...]
    ) -> Awaitable[tuple[BatchItem, ...]]:
        return self._run.batch_assume_role.run(
            requests, invocation.proven, invocation.call
        )

    async def decode_authorization_message(
        self,
        invocation: RpcInvocation,
        message: sts_pb.DecodeAuthorizationMessageRequest,
    ) -> sts_pb.DecodeAuthorizationMessageResponse:
        result = await self._run.decode_authorization_message.run(
            DecodeAuthorizationMessageRequest(message.encoded_message),
            invocation.proven,
            invocation.call,
        )
        return sts_pb.DecodeAuthorizationMessageResponse(
            decoded_message=result.decoded_message
        )

    async def get_access_key_info(
        self, invocation: RpcInvocation, message: sts_pb.GetAccessKeyInfoRequest
    ) -> sts_pb.GetAccessKeyInfoResponse:
        account = await self._run.get_access_key_info.run(
            message.access_key_id, invocation.proven, invocation.call
        )
        return sts_pb.GetAccessKeyInfoResponse(account=account)

    def get_caller_identity(
        self, invocation: RpcInvocation, _: sts_pb.GetCallerIdentityRequest
    ) -> Awaitable[CallerIdentity]:
        return self._run.get_caller_identity.run(
            None, invocation.caller, invocation.call
        )


class _AccessService:
    def __init__(self, use_cases: UseCases) -> None:
        self._run = use_cases

    async def authorize(
        self, invocation: RpcInvocation, message: access_pb.AuthorizeRequest
    ) -> access_pb.AuthorizeResponse:
        outcome = await self._run.authorize.run(
            convert_access.authorize_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert_access.authorize_response(outcome)

    async def simulate(
        self, invocation: RpcInvocation, message: access_pb.SimulateRequest
    ) -> access_pb.SimulateResponse:
        simulation = await self._run.simulate.run(
            convert_access.simulate_request(message), invocation.proven, invocation.call
        )
        return convert_access.simulate_response(simulation)

    async def explain_decision(
        self, invocation: RpcInvocation, message: access_pb.ExplainDecisionRequest
    ) -> access_pb.ExplainDecisionResponse:
        explained = await self._run.explain_decision.run(
            ExplainDecisionRequest(message.decision_id),
            invocation.proven,
            invocation.call,
        )
        return convert_access.explain_decision_response(explained)

    async def authenticate_request(
        self, invocation: RpcInvocation, message: access_pb.AuthenticateRequestRequest
    ) -> access_pb.AuthenticateRequestResponse:
        outcome = await self._run.authenticate_request.run(
            convert_http.authenticate_request_query(message),
            invocation.proven,
            invocation.call,
        )
        return convert_http.authenticate_request_response(outcome)


class _SessionService:
    def __init__(self, use_cases: UseCases) -> None:
        self._run = use_cases

    async def get_session(
        self, invocation: RpcInvocation, message: session_pb.GetSessionRequest
    ) -> session_pb.GetSessionResponse:
        record = await self._run.get_session.run(
            message.access_key_id, invocation.proven, invocation.call
        )
        return session_pb.GetSessionResponse(session=convert_session.session(record))

    async def list_sessions(
        self, invocation: RpcInvocation, message: session_pb.ListSessionsRequest
    ) -> session_pb.ListSessionsResponse:
        page = await self._run.list_sessions.run(
            convert_session.list_sessions_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert_session.list_sessions_response(page)

    async def revoke_sessions(
        self, invocation: RpcInvocation, message: session_pb.RevokeSessionsRequest
    ) -> session_pb.RevokeSessionsResponse:
        result = await self._run.revoke_sessions.run(
            convert_session.revoke_sessions_request(message),
            invocation.proven,
            invocation.call,
        )
        return convert_session.revoke_sessions_response(result)


class _KeyringService:
    def __init__(self, use_cases: UseCases) -> None:
        self._run = use_cases

    async def get_key_set(
        self, _: RpcInvocation, __: keyring_pb.GetKeySetRequest
    ) -> keyring_pb.GetKeySetResponse:
        return get_key_set_response(self._run.get_key_set.answer())
