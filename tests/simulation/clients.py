"""What the clients of a simulated world do: they sign, send and repeat."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from daypass.core.credentials import Credentials
from daypass.core.errors import DaypassError
from daypass.core.ports import GuardKey
from daypass.core.secret import Secret
from daypass.federation.totp import code_of, step_at
from daypass.rpc.services import UseCases
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.assume_role_with_web_identity import (
    ONCE_PURPOSE,
    AssumeRoleWithWebIdentityRequest,
)
from daypass.sts.caller import CallContext, Caller
from daypass.sts.get_session_token import GetSessionTokenRequest
from daypass.sts.revocation_view import RevocationView, SessionRevokedError
from daypass.tokens import jws
from daypass.tokens.session_token import SessionTokenVerifier
from simulation import organisation
from simulation.checker import names_of
from simulation.history import Issued
from simulation.parties import METHOD, Party
from simulation.replica import Replica
from support.oidc_issuer import claims, sign
from support.sign import Metadata

DURATIONS: Final = (900, 900, 1800, 3600)
# How a call is carried out by a replica, once its caller is proven.
Carry = Callable[[UseCases, Caller, CallContext], Awaitable[Credentials]]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that issues credentials, as often as it is sent.

    Attributes:
        number: tells it from others.
        metadata: its signature.
        body: its message.
        carry: how it is carried out.
        parent: the session that signed it, or None.
        asked: how long the session may last at the most.
        one_time: the code that comes with it, or None.
    """

    number: int
    metadata: Metadata
    body: bytes
    carry: Carry
    parent: Issued | None
    asked: timedelta
    one_time: GuardKey | None = None


class Doorway:
    """What a door does between the proof of a call and its use.

    Planted bugs do it otherwise.
    """

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns the caller as the use case gets it."""
        del view
        return caller


class Clients(Party):
    """Those who ask for credentials; see `Party`.

    Args:
        tokens: reads what they were given.
        doorway: what lets their calls in.
        common: what every party has.
    """

    prefix = "call"

    def __init__(
        self, *, tokens: SessionTokenVerifier, doorway: Doorway, **common: Any
    ) -> None:
        super().__init__(**common)
        self._tokens = tokens
        self._doorway = doorway

    def assume(self, replicas: Sequence[Replica]) -> None:
        """A user assumes a role, and perhaps sends the same call again."""
        self._send(self._assumption(self._chance.choice(organisation.USERS)), replicas)

    def chain(self, replicas: Sequence[Replica], parents: Sequence[Issued]) -> None:
        """The holder of a role's session assumes the next role."""
        able = [each for each in parents if each.session.session_name]
        if able:
            self._send(self._assumption(self._chance.choice(able)), replicas)

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

        seconds = timedelta(seconds=900)
        one_time = GuardKey("mfa-code", (serial, str(step)))
        for _ in range(self._chance.choice((1, 1, 2, 3))):
            # Each is signed by itself, so that the code alone is the same.
            call = self._signed(arn, carry, asked=seconds)
            self._send(replace(call, one_time=one_time), replicas, again=False)

    def exchange(self, replicas: Sequence[Replica]) -> None:
        """Somebody presents a one-time token, at one replica or at several."""
        number = next(self._numbers)
        issued = int(self._clock.now().timestamp())
        text = sign(
            claims(
                iss=organisation.ISSUER,
                iat=issued,
                exp=issued + self._chance.choice((60, 600, 3600)),
                jti=f"token-{number}",
            )
        )
        for replica in self._chosen(replicas, (1, 2, 3)):
            pause = self._chance.choice((0.0, 0.001, 0.5, 20.0))
            replica.spawn(self._exchange(replica, f"token-{number}", text, pause))

    async def _exchange(
        self, replica: Replica, name: str, text: str, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        request = AssumeRoleWithWebIdentityRequest(
            role_arn=organisation.ONCE_ROLE,
            role_session_name="job",
            web_identity_token=Secret(text),
            duration_seconds=900,
        )
        run = replica.use_cases.federation.assume_role_with_web_identity.run
        try:
            result = await run(request, None, context)
        except DaypassError as error:
            self._refused(context, replica, error)
            return
        signed_text = text.rpartition(".")[0].encode()
        token_id = hashlib.sha256(signed_text).hexdigest()
        self._checker.used(GuardKey(ONCE_PURPOSE, (organisation.PROVIDER, token_id)))
        asked = timedelta(seconds=900)
        issued = self._issued(result.credentials, None, began_at, asked)
        self._checker.answered(issued, None, context.request_id, replica)
        self._note(context, replica, f"exchanged {name} {issued.access_key_id}")

    def _assumption(self, who: str | Issued) -> Call:
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

        return self._signed(who, carry, asked=timedelta(seconds=seconds))

    def _signed(self, who: str | Issued, carry: Carry, *, asked: timedelta) -> Call:
        number = next(self._numbers)
        body = f"call-{number}".encode()
        parent = who if isinstance(who, Issued) else None
        return Call(number, self._signature(who, body), body, carry, parent, asked)

    def _send(
        self, call: Call, replicas: Sequence[Replica], *, again: bool = True
    ) -> None:
        for replica in self._chosen(replicas, (1, 1, 2, 3) if again else (1,)):
            pause = self._chance.choice((0.0, 0.0, 0.002, 1.0, 60.0)) if again else 0.0
            replica.spawn(self._deliver(call, replica, pause))

    def _chosen(
        self, replicas: Sequence[Replica], counts: Sequence[int]
    ) -> Iterable[Replica]:
        return self._chance.choices(replicas, k=self._chance.choice(counts))

    async def _deliver(self, call: Call, replica: Replica, pause: float) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        try:
            caller = await replica.authenticator.authenticate(
                METHOD, call.metadata, call.body, call=context
            )
            proven = self._checker.history.proven
            proven[call.number] = max(began_at, proven.get(call.number, began_at))
            if call.parent is not None:
                self._checker.proven(call.parent, began_at)
            # A replica with much to do lets a call wait here.
            await asyncio.sleep(self._chance.choice((0.0, 0.0, 0.0, 0.02, 0.3)))
            caller = self._doorway.let_in(caller, replica.view)
            credentials = await call.carry(replica.use_cases, caller, context)
        except DaypassError as error:
            if isinstance(error, SessionRevokedError) and call.parent is not None:
                self._checker.refused_as_revoked(call.parent, replica)
            self._refused(context, replica, error)
            return
        if call.one_time is not None:
            self._checker.used(call.one_time)
        issued = self._issued(credentials, call.parent, began_at, call.asked)
        issued.proven_last = proven[call.number]
        self._checker.answered(issued, call.number, context.request_id, replica)
        self._note(context, replica, f"issued {call.number} {issued.access_key_id}")

    def _issued(
        self,
        credentials: Credentials,
        parent: Issued | None,
        proven_at: float,
        asked: timedelta,
    ) -> Issued:
        text = credentials.session_token.reveal_text()
        issue_time = credentials.expire_time - asked
        session = self._tokens.verify(text, issue_time)
        return Issued(
            session=session,
            secret=credentials.secret_access_key,
            token=credentials.session_token,
            parent=parent,
            proven_at=proven_at,
            proven_last=proven_at,
            answered_at=asyncio.get_running_loop().time(),
            asked=asked,
            names=names_of(session),
            key_id=jws.parse(text).kid,
        )
