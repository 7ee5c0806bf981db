"""One endpoint of OAuth: the steps of a request, in the one order they are taken.

Form, load, parameters, client, the parameters of the endpoint, operation, answer. A
client that is not proven learns nothing of its other parameters.

SPEC: sts-operations 6.1, 6.2 and 6.5; attacks V29 to V33 by analogy, L29.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Protocol

from daypass.core import limits
from daypass.core.errors import (
    DaypassError,
    InternalFailureError,
    RequestTimeoutError,
    ThrottlingError,
)
from daypass.core.oauth_errors import InvalidOAuthRequestError
from daypass.gateway.exchange import UNSUPPORTED, Answer, Request, is_form
from daypass.gateway.oauth.client_proof import read_client_proof
from daypass.gateway.oauth.errors import error_answer
from daypass.gateway.oauth.handlers import Handler
from daypass.gateway.oauth.parameters import OAuthParameters
from daypass.sts.audit import AuditEntry, Auditor
from daypass.sts.caller import CallContext, Caller
from daypass.sts.oauth_client import AUTHENTICATE, ClientProof, ProvenClient
from daypass.sts.pipeline import record_refusal

_METHODS: Final = frozenset({"POST"})


class Authenticator(Protocol):
    """Proves clients."""

    async def authenticate(
        self, proof: ClientProof | None, *, operation: str, call: CallContext
    ) -> ProvenClient:
        """Returns the client whose proof it is.

        Raises:
            DaypassError: there is no proof, or it is not good.
        """
        ...


@dataclass(slots=True)
class _Progress:
    """What is known of a request so far."""

    caller: Caller | None = None
    fault: BaseException | None = None


class OAuthEndpoint:
    """Answers the requests of one endpoint.

    Args:
        name: of the endpoint in logs, metrics and records.
        handler: reads its parameters and runs.
        repeatable: the parameters that may stand several times.
        authenticator: proves clients.
        auditor: records what the door itself refuses to proven clients.
        concurrent_calls_max: how many requests may be in work at once.
        deadline: the time that a request may take.
    """

    methods = _METHODS

    def __init__(
        self,
        *,
        name: str,
        handler: Handler,
        repeatable: Collection[str],
        authenticator: Authenticator,
        auditor: Auditor,
        concurrent_calls_max: int = limits.CONCURRENT_CALLS_MAX,
        deadline: timedelta = limits.CALL_DEADLINE_DEFAULT,
    ) -> None:
        self._name = name
        self._handler = handler
        self._repeatable = frozenset(repeatable)
        self._authenticator = authenticator
        self._auditor = auditor
        self._concurrent_calls_max = concurrent_calls_max
        self._deadline = deadline
        self._calls_in_work = 0

    async def answer(self, request: Request) -> Answer:
        """Answers a request; whatever happens inside, it is an answer."""
        if not is_form(request.received):
            return UNSUPPORTED
        progress = _Progress()
        result = await self._attempt(request, progress)
        error = result if isinstance(result, DaypassError) else None
        answer = error_answer(result) if isinstance(result, DaypassError) else result
        return replace(
            answer,
            operation=self._name,
            caller=progress.caller,
            error=error,
            fault=progress.fault,
        )

    async def _attempt(
        self, request: Request, progress: _Progress
    ) -> Answer | DaypassError:
        """Returns the answer, or the error of a request that failed in any way."""
        try:
            return await self._bounded(request, progress)
        except DaypassError as error:
            return error
        except (KeyboardInterrupt, SystemExit, asyncio.CancelledError):
            raise
        except BaseException as fault:  # noqa: BLE001 - attacks G16: of every type.
            progress.fault = fault
        return InternalFailureError("fault")

    async def _bounded(self, request: Request, progress: _Progress) -> Answer:
        if self._calls_in_work >= self._concurrent_calls_max:
            raise ThrottlingError(
                "worker_full", retry_after=limits.THROTTLING_RETRY_DELAY
            )
        deadline = asyncio.timeout(self._deadline.total_seconds())
        self._calls_in_work += 1
        try:
            async with deadline:
                return await self._steps(request, progress)
        except TimeoutError as error:
            if deadline.expired():
                raise RequestTimeoutError("deadline") from error
            raise
        finally:
            self._calls_in_work -= 1

    async def _steps(self, request: Request, progress: _Progress) -> Answer:
        if request.received.query:
            # A token in a URL ends up in the logs of whoever it passes.
            raise InvalidOAuthRequestError(
                "query_present", message="Parameters go into the body"
            )
        sent = OAuthParameters.read(request.body, repeatable=self._repeatable)
        call = request.call
        proven = await self._authenticator.authenticate(
            self._proof(request, sent), operation=self._name, call=call
        )
        progress.caller = proven.caller
        try:
            run = self._handler(sent, proven, call)
        except DaypassError as error:
            entry = AuditEntry(self._name, call, proven.caller, call.request_id)
            entry.attributes["client_id"] = proven.client.client_id
            record_refusal(self._auditor, entry, error)
            raise
        return await run()

    def _proof(self, request: Request, sent: OAuthParameters) -> ClientProof | None:
        """Reads the proof of the client; one in no form that is taken is on record."""
        received, call = request.received, request.call
        try:
            return read_client_proof(
                sent,
                authorization=received.header("authorization"),
                # SPEC: 6.7: the certificate of a connection from a proxy is the
                # proxy's.
                certificate=None if request.proxied else received.client_certificate,
            )
        except DaypassError as error:
            entry = AuditEntry(
                AUTHENTICATE, call, None, call.request_id, resource=self._name
            )
            record_refusal(self._auditor, entry, error)
            raise
