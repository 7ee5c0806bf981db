"""BatchVerifyTokens: judges many tokens in one call, each by itself.

Whether the caller may ask is decided once. The tokens are judged a few at a turn of
the event loop, so that a batch does not starve other calls; no store is asked.

SPEC: design 1 and 6.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import ClassVar

from daypass.core import limits
from daypass.core.batch_limits import VERIFICATIONS_A_TURN_MAX
from daypass.core.secret import Secret
from daypass.core.validation import Violations
from daypass.sts.pipeline import Invocation
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import VALID, Judgement, VerifyToken


class BatchVerifyTokens:
    """The operation.

    Args:
        one: judges one token.
    """

    name: ClassVar[str] = "BatchVerifyTokens"
    grants: ClassVar[bool] = False

    def __init__(self, *, one: VerifyToken) -> None:
        self._one = one

    async def perform(
        self, request: tuple[Secret, ...], invocation: Invocation
    ) -> tuple[Judgement, ...]:
        """Judges tokens, and returns what became of each in their order.

        Raises:
            ValidationError: there is no token, or there are too many.
            AccessDeniedError: the caller may not ask.
            RevocationViewStaleError: this worker cannot know, of any token.
        """
        found = Violations()
        if not request:
            found.require(("tokens",), None)
        found.check_count(("tokens",), len(request), most=limits.BATCH_ITEMS_MAX)
        found.raise_if_any()
        self._one.authorize(invocation)
        as_of = self._one.as_of()
        outcomes: list[Judgement] = []
        for number, token in enumerate(request):
            if number and number % VERIFICATIONS_A_TURN_MAX == 0:
                await asyncio.sleep(0)
                as_of = self._one.as_of()
            outcomes.append(self._one.judge(token, as_of))
        verdicts = Counter(each.name for each in outcomes if isinstance(each, Verdict))
        if len(outcomes) > verdicts.total():
            verdicts[VALID] = len(outcomes) - verdicts.total()
        invocation.audit.attributes["verdicts"] = ", ".join(
            f"{name} {count}" for name, count in sorted(verdicts.items())
        )
        return tuple(outcomes)
