"""What those who bring a proof of their provider do: a token, or an assertion."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from daypass.core.credentials import Credentials
from daypass.core.errors import DaypassError
from daypass.core.ports import GuardKey
from daypass.core.secret import Secret
from daypass.rpc.services import UseCases
from daypass.sts.assume_role_with_saml import AssumeRoleWithSamlRequest
from daypass.sts.assume_role_with_web_identity import (
    ONCE_PURPOSE,
    AssumeRoleWithWebIdentityRequest,
)
from daypass.sts.caller import CallContext
from simulation import organisation
from simulation.calls import CallingParty
from simulation.replica import Replica
from support import saml_idp
from support.oidc_issuer import claims, sign
from support.world import START

_ASKED: Final = timedelta(seconds=900)
# Some come back with the same proof when the clocks of servers begin to differ on it.
_PAUSES: Final = (0.0, 0.001, 0.5, 20.0)
Show = Callable[[UseCases, CallContext], Awaitable[Credentials]]


class Federated(CallingParty):
    """Those whom a provider vouches for; see `CallingParty`."""

    prefix = "proof"

    def show_token(self, replicas: Sequence[Replica]) -> None:
        """Somebody presents a one-time token, at one replica or at several."""
        name = f"token-{next(self._numbers)}"
        lasts = self._chance.choice((60, 600, 3600))
        text = identity_token(name, self._clock.now(), lasts)
        request = AssumeRoleWithWebIdentityRequest(
            role_arn=organisation.ONCE_ROLE,
            role_session_name="job",
            web_identity_token=Secret(text),
            duration_seconds=int(_ASKED.total_seconds()),
        )

        async def show(cases: UseCases, context: CallContext) -> Credentials:
            run = cases.federation.assume_role_with_web_identity.run
            return (await run(request, None, context)).credentials

        self._show(replicas, name, once_of(text), show)

    def show_assertion(self, replicas: Sequence[Replica]) -> None:
        """Somebody presents a SAML assertion, at one replica or at several."""
        name = f"_assertion-{next(self._numbers)}"
        response = assertion(name, self._clock.now() - START, self._chance.choice)
        request = AssumeRoleWithSamlRequest(
            role_arn=organisation.STAFF_ROLE,
            principal_arn=organisation.SAML_PROVIDER,
            saml_assertion=Secret(saml_idp.encode(response)),
            duration_seconds=int(_ASKED.total_seconds()),
        )

        async def show(cases: UseCases, context: CallContext) -> Credentials:
            run = cases.federation.assume_role_with_saml.run
            return (await run(request, None, context)).credentials

        parts = (saml_idp.ENTITY, name, organisation.saml_key_id())
        self._show(replicas, name, GuardKey("saml-assertion", parts), show)

    def _show(
        self, replicas: Sequence[Replica], name: str, once: GuardKey, show: Show
    ) -> None:
        for replica in self._chosen(replicas, (1, 2, 3)):
            pause = self._chance.choice(_PAUSES)
            replica.spawn(self._deliver(replica, name, once, show, pause))

    async def _deliver(
        self, replica: Replica, name: str, once: GuardKey, show: Show, pause: float
    ) -> None:
        await asyncio.sleep(pause)
        context, began_at = self._context(), asyncio.get_running_loop().time()
        try:
            credentials = await show(replica.use_cases, context)
        except DaypassError as error:
            self._refused(context, replica, error)
            return
        self._checker.used(once)
        issued = self._issued(credentials, None, began_at, _ASKED)
        self._checker.answered(issued, None, context.request_id, replica)
        self._note(context, replica, f"took {name} for {issued.label}")


def identity_token(name: str, now: datetime, lasts: int) -> str:
    """Returns a one-time token of the provider, for so many seconds."""
    issued = int(now.timestamp())
    return sign(
        claims(iss=organisation.ISSUER, iat=issued, exp=issued + lasts, jti=name)
    )


def once_of(text: str) -> GuardKey:
    """Returns what a one-time token of the provider is used up as."""
    token_id = hashlib.sha256(text.rpartition(".")[0].encode()).hexdigest()
    return GuardKey(ONCE_PURPOSE, (organisation.PROVIDER, token_id))


def assertion(name: str, now: timedelta, choose: Callable[[Sequence[int]], int]) -> str:
    """Returns a response of the SAML provider, signed now."""
    now -= timedelta(microseconds=now.microseconds)
    ends = now + timedelta(seconds=choose((60, 300)))
    old, whole = saml_idp.instant, timedelta(minutes=10)
    before = timedelta(minutes=-5)
    return saml_idp.response(
        (f'ID="{saml_idp.ASSERTION_ID}"', f'ID="{name}"'),
        (f'IssueInstant="{old()}"', f'IssueInstant="{old(now)}"'),
        (f'NotOnOrAfter="{old(-before)}"', f'NotOnOrAfter="{old(ends)}"'),
        (f'NotBefore="{old(before)}"', f'NotBefore="{old(now)}"'),
        (f'NotOnOrAfter="{old(whole)}"', f'NotOnOrAfter="{old(ends)}"'),
        (f'AuthnInstant="{old()}"', f'AuthnInstant="{old(now)}"'),
        (saml_idp.ROLE, organisation.SAML_ROLES),
        recipe=saml_idp.Recipe(organisation.saml_signer(), method_uri=ECDSA_SHA256),
    )


ECDSA_SHA256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
