"""Gets the credentials that a profile stands for, for the blocking client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from daypass_client import sts_operations
from daypass_client.clock import Clock
from daypass_client.credentials import Credentials
from daypass_client.errors import DaypassError
from daypass_client.foreign_credentials import ContainerSource, ProcessSource
from daypass_client.foreign_sources import ask
from daypass_client.preparation import are_spent, nobody_to_ask, read_token
from daypass_client.role_chain import NextRole, RoleChain
from daypass_client.sts_values import WebIdentitySource
from daypass_client.transport import Transport

# Takes the serial number or ARN of a second factor, and returns the code it shows.
AskCode = Callable[[str], str]


class ProfileCredentials:
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
        transport: Transport,
        clock: Clock,
        ask_code: AskCode | None,
    ) -> None:
        self._chain = chain
        self._transport = transport
        self._clock = clock
        self._ask_code = ask_code

    def obtain(self) -> Credentials:
        """Returns new credentials of the last role; one call at a time.

        Raises:
            DaypassError: a role cannot be had.
        """
        step: Credentials | NextRole = self._chain.begin(self._clock.now())
        while isinstance(step, NextRole):
            try:
                credentials = self._assume(step)
            except DaypassError as error:
                if are_spent(error):
                    self._chain.forget()
                raise
            step = self._chain.obtained(step, credentials, self._clock.now())
        return step

    def _assume(self, step: NextRole) -> Credentials:
        role, now = step.request, self._clock.now()
        if isinstance(role, ProcessSource | ContainerSource):
            return ask(role)
        if isinstance(role, WebIdentitySource):
            request = role.request(read_token(role.token_file))
            by_token = sts_operations.assume_role_with_web_identity(request, now)
            return self._transport.send(by_token, None).credentials
        if role.serial_number is not None and role.token_code is None:
            if self._ask_code is None:
                raise nobody_to_ask(role.serial_number)
            role = replace(role, token_code=self._ask_code(role.serial_number))
        operation = sts_operations.assume_role(role, self._clock.now())
        return self._transport.send(operation, step.credentials).credentials
