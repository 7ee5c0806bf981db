"""The blocking client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from types import TracebackType
from typing import Self, TypeVar

from daypass_client import limits, operations
from daypass_client.access_calls import AccessCalls
from daypass_client.clock import Clock, SystemClock
from daypass_client.credentials import Credentials
from daypass_client.errors import DaypassError
from daypass_client.key_calls import KeyCalls
from daypass_client.operations import Operation
from daypass_client.preparation import (
    are_spent,
    no_credentials,
    role_chain,
    timeout_seconds,
)
from daypass_client.profile_credentials import AskCode, ProfileCredentials
from daypass_client.profiles.profile import Profile
from daypass_client.refreshing import RefreshingCredentials
from daypass_client.streams import Stream
from daypass_client.sts_calls import StsCalls
from daypass_client.token_calls import TokenCalls
from daypass_client.transport import Transport
from daypass_client.values import KeySet, Revocation, Session

Answer = TypeVar("Answer")


class DaypassClient(StsCalls, TokenCalls, AccessCalls, KeyCalls):
    """Calls Daypass, and waits for each answer. Threads may share one.

    Every method raises a `CallError` where the call fails. Use it in a `with`
    statement, or close it.

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
        ask_code: AskCode | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._transport = Transport(
            profile, timeout=timeout_seconds(timeout), clock=self._clock
        )
        self._own = profile.credentials
        self._provider: RefreshingCredentials | None = None
        if (chain := role_chain(profile)) is not None:
            source = ProfileCredentials(
                chain,
                transport=self._transport,
                clock=self._clock,
                ask_code=ask_code,
            )
            self._provider = RefreshingCredentials(source.obtain, clock=self._clock)

    def __enter__(self) -> Self:
        """Returns the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the client."""
        self.close()

    def close(self) -> None:
        """Closes the connection; calls in flight fail."""
        self._transport.close()

    def get_session(self, access_key_id: str) -> Session:
        """Returns one session of the caller's account."""
        return self._call(operations.get_session(access_key_id))

    def list_sessions(
        self,
        *,
        role_arn: str | None = None,
        user_arn: str | None = None,
        page_size: int = 0,
    ) -> Iterator[Session]:
        """Yields live sessions, the first to expire first, page after page.

        Without a role or a user they are all of the caller's account.
        """
        page_token = ""
        while True:
            page = self._call(
                operations.list_sessions(
                    role_arn=role_arn,
                    user_arn=user_arn,
                    page_size=page_size,
                    page_token=page_token,
                )
            )
            yield from page.sessions
            page_token = page.next_page_token
            if not page_token:
                return

    def revoke_sessions(
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
        return self._call(
            operations.revoke_sessions(
                access_key_id=access_key_id,
                role_arn=role_arn,
                user_arn=user_arn,
                account_id=account_id,
                reason=reason,
            )
        )

    def get_key_set(self) -> KeySet:
        """Returns the public keys that verify tokens; it needs no credentials."""
        return self._call(operations.get_key_set())

    def credentials(self) -> Credentials:
        """Returns what signs calls: of a profile with roles, renewed as needed.

        Raises:
            ConfigurationError: the profile has none.
            CallError: a role of the profile cannot be had.
        """
        if self._provider is not None:
            return self._provider.credentials()
        if self._own is None:
            raise no_credentials()
        return self._own

    def _call(self, operation: Operation[Answer]) -> Answer:
        if not operation.signed:
            return self._transport.send(operation, None)
        credentials = self.credentials()
        try:
            return self._transport.send(operation, credentials)
        except DaypassError as error:
            self._forget_if_spent(credentials, error)
            raise

    def _open(self, operation: Operation[Answer]) -> Stream[Answer]:
        credentials = self.credentials()
        return self._transport.open(
            operation, credentials, failed=partial(self._forget_if_spent, credentials)
        )

    def _forget_if_spent(self, credentials: Credentials, error: DaypassError) -> None:
        """Gives up credentials that were revoked, perhaps: the next call gets new."""
        if self._provider is not None and are_spent(error):
            self._provider.discard(credentials)
