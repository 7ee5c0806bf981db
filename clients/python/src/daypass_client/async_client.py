"""The awaiting client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeVar

import grpc

from daypass_client import access_operations, limits, operations
from daypass_client.access import (
    AccessDecision,
    AccessQuestion,
    AuthenticatedRequest,
    ReceivedRequest,
    SignatureRules,
    SimulationRequest,
)
from daypass_client.channel import open_async_channel
from daypass_client.clock import Clock, SystemClock
from daypass_client.credentials import Credentials
from daypass_client.errors import UnavailableError
from daypass_client.explanations import ExplainedDecision, Explanation
from daypass_client.operations import Operation
from daypass_client.preparation import no_credentials, role_chain, timeout_seconds
from daypass_client.profiles.profile import Profile
from daypass_client.role_chain import NextRole
from daypass_client.signing import Signer
from daypass_client.status import call_error
from daypass_client.values import (
    AssumedRole,
    CallerIdentity,
    KeySet,
    Revocation,
    RoleRequest,
    Session,
    VerifiedToken,
)

Answer = TypeVar("Answer")


class AsyncDaypassClient:
    """Calls Daypass on an event loop. Tasks of one loop may share one.

    Every method raises a `CallError` where the call fails. Use it in an `async
    with` statement, or close it.

    Args:
        profile: where calls go, and what signs them.
        timeout: how long one call may take, repetitions included; at most 60 s.
        clock: what signatures take the time from; None for this machine's.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        timeout: timedelta = limits.CALL_TIMEOUT_DEFAULT,
        clock: Clock | None = None,
    ) -> None:
        self._timeout = timeout_seconds(timeout)
        self._clock = clock or SystemClock()
        self._signer = Signer(profile.region, self._clock)
        self._target = profile.endpoint.target
        self._roles = role_chain(profile)
        self._roles_lock = asyncio.Lock()
        self._channel = open_async_channel(profile.endpoint, profile.ca_bundle)

    async def __aenter__(self) -> Self:
        """Returns the client itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the client."""
        await self.close()

    async def close(self) -> None:
        """Closes the connection; calls in flight fail."""
        await self._channel.close()

    async def get_caller_identity(self) -> CallerIdentity:
        """Returns who the credentials belong to."""
        return await self._call(operations.get_caller_identity())

    async def assume_role(self, role: RoleRequest) -> AssumedRole:
        """Returns new credentials for a role."""
        return await self._call(operations.assume_role(role, self._clock.now()))

    async def verify_token(self, token: str) -> VerifiedToken:
        """Returns what a good session token says.

        Raises:
            TokenRejectedError: the token is not good; its `reason` says why.
        """
        return await self._call(operations.verify_token(token))

    async def get_session(self, access_key_id: str) -> Session:
        """Returns one session of the caller's account."""
        return await self._call(operations.get_session(access_key_id))

    async def list_sessions(
        self,
        *,
        role_arn: str | None = None,
        user_arn: str | None = None,
        page_size: int = 0,
    ) -> AsyncIterator[Session]:
        """Yields live sessions, the first to expire first, page after page.

        Without a role or a user they are all of the caller's account.
        """
        page_token = ""
        while True:
            page = await self._call(
                operations.list_sessions(
                    role_arn=role_arn,
                    user_arn=user_arn,
                    page_size=page_size,
                    page_token=page_token,
                )
            )
            for session in page.sessions:
                yield session
            page_token = page.next_page_token
            if not page_token:
                return

    async def revoke_sessions(
        self,
        *,
        access_key_id: str | None = None,
        role_arn: str | None = None,
        user_arn: str | None = None,
        account_id: str | None = None,
        reason: str = "",
    ) -> Revocation:
        """Ends one session, or all of a role, a user or the caller's account.

        Raises:
            ValueError: not exactly one target is named.
        """
        return await self._call(
            operations.revoke_sessions(
                access_key_id=access_key_id,
                role_arn=role_arn,
                user_arn=user_arn,
                account_id=account_id,
                reason=reason,
            )
        )

    async def authorize(
        self,
        question: AccessQuestion,
        *,
        session_token: str | None = None,
        user_arn: str | None = None,
    ) -> AccessDecision:
        """Decides whether a principal may do something to a resource of yours.

        A denial is an answer, which is false. Name either the principal's session
        token or a user of your account.

        Raises:
            TokenRejectedError: the token is not good, or there is no such user.
            AccessDeniedError: you may not ask, or it is another account's user or
                resource.
            ValueError: not exactly one of them is given.
        """
        operation = access_operations.authorize(
            question, session_token=session_token, user_arn=user_arn
        )
        return await self._call(operation)

    async def simulate(self, request: SimulationRequest) -> tuple[Explanation, ...]:
        """Returns what policies would say: for each action each resource.

        Raises:
            ValueError: not exactly one kind of caller is given.
        """
        return await self._call(access_operations.simulate(request))

    async def explain_decision(self, decision_id: str) -> ExplainedDecision:
        """Returns why something was denied, as far as your account may know."""
        return await self._call(access_operations.explain_decision(decision_id))

    async def decode_authorization_message(self, message: str) -> str:
        """Returns what the encoded message of a denial says, as JSON."""
        return await self._call(access_operations.decode_authorization_message(message))

    async def authenticate_request(
        self,
        request: ReceivedRequest,
        rules: SignatureRules,
        *,
        question: AccessQuestion | None = None,
    ) -> AuthenticatedRequest:
        """Returns who signed a request that you have received.

        With a question it is answered as well; look at `decision` of the result.

        Raises:
            RequestRejectedError: nobody did; its `reason` is for the sender.
        """
        operation = access_operations.authenticate_request(request, rules, question)
        return await self._call(operation)

    async def get_key_set(self) -> KeySet:
        """Returns the public keys that verify tokens; it needs no credentials."""
        return await self._call(operations.get_key_set())

    async def _call(self, operation: Operation[Answer]) -> Answer:
        credentials = await self._credentials() if operation.signed else None
        return await self._send(operation, credentials)

    async def _send(
        self, operation: Operation[Answer], credentials: Credentials | None
    ) -> Answer:
        """Makes one call; the bytes that are signed are those that are sent."""
        metadata = (
            None
            if credentials is None
            else self._signer.sign(operation.method, operation.request, credentials)
        )
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
        method = self._channel.unary_unary(operation.method)
        try:
            data = await method(
                operation.request, timeout=self._timeout, metadata=metadata
            )
        except grpc.aio.AioRpcError as error:
            raise call_error(error, self._target) from error
        return operation.answer(data)

    async def _credentials(self) -> Credentials:
        """Returns what signs the next call; assumes the profile's roles first."""
        if self._roles is None:
            raise no_credentials()
        async with self._roles_lock:
            step = self._roles.next_step(self._clock.now())
            while isinstance(step, NextRole):
                try:
                    credentials = await self._assume(step)
                except UnavailableError:
                    last_resort = self._roles.last_resort(self._clock.now())
                    if last_resort is None:
                        raise
                    return last_resort
                step = self._roles.obtained(step, credentials, self._clock.now())
            return step

    async def _assume(self, step: NextRole) -> Credentials:
        operation = operations.assume_role(step.request, self._clock.now())
        return (await self._send(operation, step.credentials)).credentials
