"""Where SAML assertions are checked, so that a long one does not hold up other calls.

A short one is checked at once: that takes about a millisecond, and a thread would
cost more than it saves. A long one may take ten times as long. It goes to a thread,
of which there is one, because the work is the processor's; a bounded number waits.

SPEC: attacks S25, S60; design 2.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from daypass.core import saml_limits as limits
from daypass.core.errors import ThrottlingError
from daypass.core.secret import Secret
from daypass.federation.saml import assertion
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.verified import VerifiedAssertion


class ThreadedChecker:
    """An `AssertionChecker` with a thread for long assertions."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="saml")
        self._waiting = 0

    async def check(
        self, text: Secret, expected: Expectations, *, now: datetime
    ) -> VerifiedAssertion:
        """Returns what an assertion says; see the protocol.

        Raises:
            ThrottlingError: too many long ones are being checked.
        """
        revealed = text.reveal_text()
        if len(revealed) <= limits.SAML_CHECKED_AT_ONCE_CHARACTERS_MAX:
            return assertion.verify(revealed, expected, now=now)
        if self._waiting >= limits.SAML_CHECKS_WAITING_MAX:
            raise ThrottlingError(
                "saml_checks_full", retry_after=limits.SAML_CHECKS_RETRY_DELAY
            )
        work = partial(assertion.verify, revealed, expected, now=now)
        loop = asyncio.get_running_loop()
        running = loop.run_in_executor(self._thread, work)
        self._waiting += 1
        running.add_done_callback(self._end)
        # NOTE: counted until it is done, not until its caller has gone away.
        return await asyncio.shield(running)

    def close(self) -> None:
        """Lets go of the thread; what waits is not checked any more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _end(self, done: asyncio.Future[VerifiedAssertion]) -> None:
        self._waiting -= 1
        # A refusal that nobody waits for any more is no programming mistake.
        if not done.cancelled():
            done.exception()
