"""The awaiting client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from daypass_client import limits, operations
from daypass_client.async_access_calls import AsyncAccessCalls
from daypass_client.async_key_calls import AsyncKeyCalls
from daypass_client.async_profile_credentials import (
    AsyncAskCode,
    AsyncProfileCredentials,
)
from daypass_client.async_refreshing import AsyncRefreshingCredentials
from daypass_client.async_sts_calls import AsyncStsCalls
from daypass_client.async_token_calls import AsyncTokenCalls
from daypass_client.async_transport import AsyncTransport
from daypass_client.clock import Clock, SystemClock
from daypass_client.credentials import Credentials
from daypass_client.errors import DaypassError
from daypass_client.operations import Operation
from daypass_client.preparation import (
    are_spent,
    no_credentials,
    role_chain,
    timeout_seconds,
)
from daypass_client.profiles.profile import Profile
from daypass_client.streams import AsyncStream
from daypass_client.values import KeySet, Revocation, Session

Answer = TypeVar("Answer")


class AsyncDaypassClient(
    AsyncStsCalls, AsyncTokenCalls, AsyncAccessCalls, AsyncKeyCalls
):
    """Calls Daypass on an event loop. Tasks of one loop may share one.

    Every method raises a `CallError` where the call fails. Use it in an `async
    with` statement, or close it.

    Args:
        profile: where calls go, and what signs them.
        timeout: how long one call may take, repetitions included; at most 60 s.
        clock: what signatures take the time from; None for this machine's.
        ask_code: asks for the code of a second factor, where a role of the profile
            needs one: it is given the serial number and returns six digits.
    """

    def __init__(
        self,
        profile: Profile,
        *,
        timeout: timedelta = limits.CALL_TIMEOUT_DEFAULT,
        clock: Clock | None = None,
        ask_code: AsyncAskCode | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._transport = AsyncTransport(
            profile, timeout=timeout_seconds(timeout), clock=self._clock
        )
        self._own = profile.credentials
        self._provider: AsyncRefreshingCredentials | None = None
        if (chain := role_chain(profile)) is not None:
            source = AsyncProfileCredentials(
                chain,
                transport=self._transport,
                clock=self._clock,
                ask_code=ask_code,
            )
            self._provider = AsyncRefreshingCredentials(
                source.obtain, clock=self._clock
            )

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
        await self._transport.close()

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

    async def get_key_set(self) -> KeySet:
        """Returns the public keys that verify tokens; it needs no credentials."""
        return await self._call(operations.get_key_set())

    async def credentials(self) -> Credentials:
        """Returns what signs calls: of a profile with roles, renewed as needed.

        Raises:
            ConfigurationError: the profile has none.
            CallError: a role of the profile cannot be had.
        """
        if self._provider is not None:
            return await self._provider.credentials()
        if self._own is None:
            raise no_credentials()
        return self._own

    async def _call(self, operation: Operation[Answer]) -> Answer:
        if not operation.signed:
            return await self._transport.send(operation, None)
        credentials = await self.credentials()
        try:
            return await self._transport.send(operation, credentials)
        except DaypassError as error:
            await self._forget_if_spent(credentials, error)
            raise

    async def _open(self, operation: Operation[Answer]) -> AsyncStream[Answer]:
        credentials = await self.credentials()
        return self._transport.open(
            operation, credentials, failed=partial(self._forget_if_spent, credentials)
        )

    async def _forget_if_spent(
        self, credentials: Credentials, error: DaypassError
    ) -> None:
        """Gives up credentials that were revoked, perhaps: the next call gets new."""
        if self._provider is not None and are_spent(error):
            await self._provider.discard(credentials)
