"""What the clients of a simulated world do: they sign, send and repeat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass.core.credentials import Credentials
from daypass.core.errors import DaypassError
from daypass.core.ports import GuardKey
from daypass.federation.totp import code_of, step_at
from daypass.rpc.services import UseCases
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.caller import CallContext, Caller
from daypass.sts.get_session_token import GetSessionTokenRequest
from simulation import organisation
from simulation.calls import Call, CallingParty
from simulation.history import Issued
from simulation.replica import Replica

DURATIONS: Final = (900, 900, 1800, 3600)
# A call proves something for a quarter of an hour, and keys change meanwhile.
REPEATED_AFTER: Final = (0.0, 0.0, 0.002, 1.0, 60.0, 400.0)
# How a call is carried out by a replica, once its caller is proven.
Carry = Callable[[UseCases, Caller, CallContext], Awaitable[Credentials]]


@dataclass(frozen=True, slots=True)
class Order:
    """What a call asks for.

    Attributes:
        carry: how it is carried out.
        asked: how long the session may last at the most.
        one_time: the code that comes with it, or None.
    """

    carry: Carry
    asked: timedelta
    one_time: GuardKey | None = None


class Clients(CallingParty):
    """Those who ask for credentials; see `CallingParty`."""

    prefix = "call"

    def assume(self, replicas: Sequence[Replica]) -> None:
        """A user assumes a role, and perhaps sends the same call again."""
        self._assume(self._chance.choice(organisation.USERS), replicas)

    def chain(self, replicas: Sequence[Replica], parents: Sequence[Issued]) -> None:
        """The holder of a role's session assumes the next role."""
        able = [each for each in parents if each.session.session_name]
        if able:
            self._assume(self._chance.choice(able), replicas)

    def show_code(self, replicas: Sequence[Replica]) -> None:
        """A user shows the code of its device, at one replica or at several."""
        arn = self._chance.choice(organisation.USERS)
        serial = organisation.device_of(arn)
        step = step_at(self._clock.now()) + self._chance.choice((-1, 0, 0, 0, 1))
        account = organisation.directory().account(organisation.SHOP)
        assert account is not None
        code = code_of(account.mfa_devices[serial].seed, step)
        request = GetSessionTokenRequest(900, serial, code)

        async def carry(
            cases: UseCases, caller: Caller, context: CallContext
        ) -> Credentials:
            run = cases.credentials.get_session_token.run(request, caller, context)
            return (await run).credentials

        one_time = GuardKey("mfa-code", (serial, str(step)))
        order = Order(carry, timedelta(seconds=900), one_time)
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            # Each is signed by itself, so that the code alone is the same.
            (replica,) = self._chosen(replicas, (1,))
            replica.spawn(self._deliver(self._signed(arn), order, replica, 0.0))

    def _assume(self, who: str | Issued, replicas: Sequence[Replica]) -> None:
        seconds = self._chance.choice(DURATIONS)
        identity = self._chance.choice((None, "alice"))
        if isinstance(who, Issued):
            # Whoever says another one than its own is refused.
            own = who.session.source_identity
            identity = self._chance.choice((own, own, None, "mallory"))
        request = AssumeRoleRequest(
            role_arn=self._chance.choice(organisation.ROLES),
            role_session_name="job",
            duration_seconds=seconds,
            source_identity=identity,
        )

        async def carry(
            cases: UseCases, caller: Caller, context: CallContext
        ) -> Credentials:
            return (await cases.assume_role.run(request, caller, context)).credentials

        call, order = self._signed(who), Order(carry, timedelta(seconds=seconds))
        for replica in self._chosen(replicas, (1, 1, 2, 3)):
            pause = self._chance.choice(REPEATED_AFTER)
            replica.spawn(self._deliver(call, order, replica, pause))

    async def _deliver(
        self, call: Call, order: Order, replica: Replica, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        try:
            caller = await self._prove(call, replica, context)
            credentials = await order.carry(replica.use_cases, caller, context)
        except DaypassError as error:
            self._refused_call(call, context, replica, error)
            return
        if order.one_time is not None:
            self._checker.used(order.one_time)
        issued = self._issued(credentials, call.parent, began_at, order.asked)
        issued.proven_last = self._checker.history.proven[call.name]
        self._checker.answered(issued, call.name, context.request_id, replica)
        self._note(context, replica, f"issued {call.name} {issued.label}")
