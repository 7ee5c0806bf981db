"""Gets the credentials that a profile stands for, for the awaiting client."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from daypass_client import sts_operations
from daypass_client.async_transport import AsyncTransport
from daypass_client.clock import Clock
from daypass_client.credentials import Credentials
from daypass_client.errors import DaypassError
from daypass_client.foreign_credentials import ContainerSource, ProcessSource
from daypass_client.foreign_sources import ask
from daypass_client.preparation import are_spent, nobody_to_ask, read_token
from daypass_client.role_chain import NextRole, RoleChain
from daypass_client.sts_values import WebIdentitySource

# Takes the serial number or ARN of a second factor, and returns the code it shows.
AsyncAskCode = Callable[[str], Awaitable[str]]


class AsyncProfileCredentials:
    """Assumes the roles of a profile, one after the other.

    Args:
        chain: the roles.
        transport: how calls travel.
        clock: names sessions, and tells when roles on the way are renewed.
        ask_code: asks for the code of a second factor; None where nobody can be
            asked.
    """

    def __init__(
        self,
        chain: RoleChain,
        *,
        transport: AsyncTransport,
        clock: Clock,
        ask_code: AsyncAskCode | None,
    ) -> None:
        self._chain = chain
        self._transport = transport
        self._clock = clock
        self._ask_code = ask_code

    async def obtain(self) -> Credentials:
        """Returns new credentials of the last role; one call at a time.

        Raises:
            DaypassError: a role cannot be had.
        """
        step: Credentials | NextRole = self._chain.begin(self._clock.now())
        while isinstance(step, NextRole):
            try:
                credentials = await self._assume(step)
            except DaypassError as error:
                if are_spent(error):
                    self._chain.forget()
                raise
            step = self._chain.obtained(step, credentials, self._clock.now())
        return step

    async def _assume(self, step: NextRole) -> Credentials:
        role, now = step.request, self._clock.now()
        if isinstance(role, ProcessSource | ContainerSource):
            return await asyncio.to_thread(ask, role)
        if isinstance(role, WebIdentitySource):
            token = await asyncio.to_thread(read_token, role.token_file)
            by_token = sts_operations.assume_role_with_web_identity(
                role.request(token), now
            )
            return (await self._transport.send(by_token, None)).credentials
        if role.serial_number is not None and role.token_code is None:
            if self._ask_code is None:
                raise nobody_to_ask(role.serial_number)
            role = replace(role, token_code=await self._ask_code(role.serial_number))
        operation = sts_operations.assume_role(role, self._clock.now())
        return (await self._transport.send(operation, step.credentials)).credentials
