"""Identity tokens of a simulated world: asked for here, and verified elsewhere.

Whoever is shown one has a key set and nothing else, so that the key sets of all
replicas are held to what was signed, whatever the algorithm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from daypass.core.errors import DaypassError, UnavailableError
from daypass.core.secret import Secret
from daypass.keyring.algorithm import Algorithm
from daypass.sts.get_web_identity_token import GetWebIdentityTokenRequest
from daypass.tokens import jws
from daypass.tokens.identity_token import IDENTITY_TOKEN_ALGORITHMS
from simulation import organisation
from simulation.calls import Call, CallingParty
from simulation.history import Given
from simulation.replica import Replica
from simulation.verdicts import require

_SECONDS: Final = (60, 900, 3600)


class Identities(CallingParty):
    """Users who tell others who they are; see `CallingParty`.

    Args:
        algorithms: what the keys of this world sign with.
        common: what every such party has.
    """

    prefix = "identity"

    def __init__(self, *, algorithms: Sequence[Algorithm], **common: Any) -> None:
        super().__init__(**common)
        self._algorithms = [
            each for each in IDENTITY_TOKEN_ALGORITHMS if each in algorithms
        ]

    def ask(self, replicas: Sequence[Replica]) -> None:
        """A user asks for a token, of an algorithm that there are keys of."""
        if not self._algorithms:
            return
        request = GetWebIdentityTokenRequest(
            audience=("https://partner.example",),
            signing_algorithm=self._chance.choice(self._algorithms).value,
            duration_seconds=self._chance.choice(_SECONDS),
        )
        call = self._signed(self._chance.choice(organisation.USERS))
        replica = self._chance.choice(replicas)
        replica.spawn(self._ask(call, request, replica))

    async def _ask(
        self, call: Call, request: GetWebIdentityTokenRequest, replica: Replica
    ) -> None:
        context, began_at = self._context(), asyncio.get_running_loop().time()
        run = replica.use_cases.identities.get_web_identity_token.run
        try:
            caller = await self._prove(call, replica, context)
            result = await run(request, caller, context)
        except DaypassError as error:
            self._refused_call(call, context, replica, error)
            return
        token, asked = result.web_identity_token, request.duration_seconds or 0
        given = Given(
            label=call.name,
            token=token,
            epoch=caller.epoch,
            issue_time=result.expiration - timedelta(seconds=asked),
            expire_time=result.expiration,
            parents=(),
            proven_at=began_at,
            proven_last=began_at,
            names=frozenset(),
            key_ids=(self._signer(token, request.signing_algorithm),),
        )
        self._checker.identified(given, context.request_id, replica)
        self._note(context, replica, f"identified {call.name}")

    def _signer(self, token: Secret, algorithm: str | None) -> str:
        """Returns the key that signed a token, which must be of the algorithm."""
        unverified = jws.parse(token.reveal())
        key = self._checker.rings.known.keys[unverified.kid]
        text = f"a token of {algorithm} by a key of {key.algorithm}"
        require(key.algorithm.value == algorithm, "keys", text)
        return unverified.kid

    def probe(self, replica: Replica, tokens: Sequence[Given]) -> None:
        """Holds the key set of a replica to a token that somebody was shown."""
        live = [each for each in tokens if each.expire_time > self._clock.now()]
        if not live:
            return
        given = self._chance.choice(live)
        try:
            # Who does not know of revocations may still tell keys: those who ask keep
            # them for longer than that (docs/operations.md).
            assert replica.view.epoch is not None
            keys = {key["kid"] for key in replica.use_cases.get_key_set.answer().keys}
        except UnavailableError:
            return
        name = f"the key of {given.label} at {replica.name}"
        now, history = asyncio.get_running_loop().time(), self._checker.history
        if history.must_be_revoked(given, now):
            require(given.key_id not in keys, "I1", f"{name} is revoked, and published")
        elif not (history.key_may_be_revoked(given) or self._checker.rings.is_unsure):
            require(given.key_id in keys, "published", f"{name} is not published")
