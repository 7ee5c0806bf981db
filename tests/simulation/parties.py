"""What all clients of a simulated world have in common: they sign, and are told."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count
from typing import ClassVar, Final

from daypass.core.errors import DaypassError, InternalFailureError
from daypass.sts.caller import CallContext
from simulation import organisation
from simulation.checker import Checker
from simulation.clocks import SkewedClock
from simulation.history import Issued
from simulation.replica import Replica
from support.sign import Metadata, sign_grpc

METHOD: Final = "/daypass.api.sts.v1.SecurityTokenService/AssumeRole"


class Party:
    """Somebody who calls.

    Args:
        clock: the one that all of them have in common, which is right.
        chance: draws what they do.
        checker: is told of what they were told.
        trace: takes a line for each outcome.
    """

    # Begins the names of its requests.
    prefix: ClassVar[str]

    def __init__(
        self,
        *,
        clock: SkewedClock,
        chance: random.Random,
        checker: Checker,
        trace: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._checker = checker
        self._trace = trace
        self._numbers = count(1)
        self._requests = count(1)

    def _signature(self, who: str | Issued, body: bytes) -> Metadata:
        if isinstance(who, Issued):
            key, secret = who.access_key_id, who.secret
            token: str | None = who.token.reveal_text()
        else:
            long_term = organisation.key_of(who)
            key, secret = long_term.access_key_id, long_term.secret_access_key
            token = None
        return sign_grpc(
            method=METHOD,
            body=body,
            access_key_id=key,
            secret_access_key=secret.reveal_text(),
            session_token=token,
            signed_at=self._clock.now(),
        )

    def _context(self) -> CallContext:
        name = f"{self.prefix}-{next(self._requests)}"
        return CallContext(name, "203.0.113.7", "client/1", secure_transport=True)

    def _refused(
        self, context: CallContext, replica: Replica, error: DaypassError
    ) -> None:
        if isinstance(error, InternalFailureError):
            raise error
        self._note(context, replica, error.detail)

    def _note(self, context: CallContext, replica: Replica, text: str) -> None:
        self._trace(f"{context.request_id} {replica.name} {text}")
