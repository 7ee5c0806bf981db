"""Denials that can be explained: what is kept of them, and what goes with them.

A denial stands whatever happens here. What cannot be explained, sealed or kept is
noted in the audit record, and the caller is refused just the same.

SPEC: design 4; sts-operations 1.5; attacks P41.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from daypass.core import limits
from daypass.core.decision_record import DecisionRecord
from daypass.core.errors import UnavailableError
from daypass.core.lru import LruCache
from daypass.core.ports import Clock, DecisionStore
from daypass.policy.explanation import Explanation, Side
from daypass.sts.audit import AuditEntry
from daypass.sts.authorization_text import message_texts
from daypass.sts.decision_views import (
    DecisionViews,
    Denial,
    fitting_json,
    without_reasons,
)
from daypass.sts.faults import log_fault
from daypass.sts.owner_views import OwnerViews
from daypass.tokens.authorization_message import AuthorizationMessageCodec

# The attribute of an audit record that says why a denial has no explanation.
_ATTRIBUTE: Final = "explanation"
_TOO_MANY: Final = "not made: too many"
_UNPROVEN: Final = "unproven:"
_OWNER_TOO_MANY: Final = "owner's view not made: too many"


class Decisions:
    """Explains denials, and keeps the explanations for a while.

    Args:
        store: keeps them.
        views: makes what is seen of them.
        owner_views: completes and keeps denials across accounts after the answer.
        messages: seals authorization messages.
        clock: dates them.
        retention: how long they are kept.
        burst_max: how many one account may have at once.
    """

    def __init__(
        self,
        *,
        store: DecisionStore,
        views: DecisionViews,
        owner_views: OwnerViews,
        messages: AuthorizationMessageCodec,
        clock: Clock,
        retention: timedelta,
        burst_max: int = limits.DECISIONS_KEPT_BURST_MAX,
    ) -> None:
        self._store = store
        self._messages = messages
        self._clock = clock
        self._retention = retention
        self._views = views
        self._owner_views = owner_views
        self._allowance = Allowance(clock=clock, burst_max=burst_max)

    def refuse(self, denial: Denial, entry: AuditEntry) -> dict[str, str]:
        """Prepares the record of a denial that the caller gets as an error.

        Returns:
            What the error's metadata gains: the encoded authorization message, or
            nothing where there is none.
        """
        try:
            message = self._sealed(denial, self._seen_by_caller(denial, entry))
        except Exception as error:  # noqa: BLE001 - a denial stands without reasons.
            log_fault("a denial could not be explained", error)
            entry.attributes[_ATTRIBUTE] = f"not made: {type(error).__name__}"
            return {}
        return {} if message is None else {"encoded_authorization_message": message}

    def refuse_unproven(self, denial: Denial, entry: AuditEntry) -> None:
        """Prepares the record of a denial whose caller has a provider's proof alone.

        The caller belongs to no account and sees nothing. The account of the
        resource sees why, made after the answer, so that time tells nothing.
        """
        owner = denial.question.resource_account
        # NOTE: an allowance of its own: tokens that are refused all the time must
        # not use up the one of the account's users.
        if not self._allowance.take(f"{_UNPROVEN}{owner}"):
            entry.attributes[_ATTRIBUTE] = _TOO_MANY
            return
        try:
            bare = dict.fromkeys(Side, without_reasons(denial))
            record = self._record(denial, bare, entry)
        except Exception as error:  # noqa: BLE001 - a denial stands without reasons.
            log_fault("a denial could not be explained", error)
            entry.attributes[_ATTRIBUTE] = f"not made: {type(error).__name__}"
            return
        if not self._owner_views.offer(denial, record):
            entry.attributes[_ATTRIBUTE] = _OWNER_TOO_MANY
            entry.denial = record

    def note(self, denial: Denial, entry: AuditEntry) -> None:
        """Prepares the record of a denial that is an answer.

        One that would not be kept is not explained either: services that ask are
        told no often, and fast.
        """
        if not self._allowance.take(_account_of(entry)):
            entry.attributes[_ATTRIBUTE] = _TOO_MANY
            return
        try:
            # The asker owns the resource, so the time tells it nothing.
            views = self._views.of_both(denial)
            entry.denial = self._record(denial, views, entry)
        except Exception as error:  # noqa: BLE001 - a denial stands without reasons.
            log_fault("a denial could not be explained", error)
            entry.attributes[_ATTRIBUTE] = f"not made: {type(error).__name__}"

    async def keep(self, entry: AuditEntry) -> None:
        """Keeps what has been prepared, if anything, or says why not.

        It waits no longer than `DECISION_STORE_TIME_MAX`, and never raises an error
        of the store.
        """
        record = entry.denial
        if record is None:
            return
        seconds = limits.DECISION_STORE_TIME_MAX.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._store.put(record)
        except (TimeoutError, UnavailableError):
            entry.attributes[_ATTRIBUTE] = "not kept: store unavailable"

    def _seen_by_caller(self, denial: Denial, entry: AuditEntry) -> Explanation:
        """Returns what the caller may see, and prepares the record of it."""
        if not self._allowance.take(_account_of(entry)):
            # Explaining takes much longer than deciding: whoever is refused all
            # the time gets a message without reasons.
            entry.attributes[_ATTRIBUTE] = _TOO_MANY
            return self._views.brief(denial)
        if denial.same_account:
            views = self._views.of_both(denial)
            entry.denial = self._record(denial, views, entry)
            return views[Side.CALLER]
        seen = self._views.of_caller(denial)
        bare = {Side.CALLER: seen, Side.RESOURCE: without_reasons(denial)}
        record = self._record(denial, bare, entry)
        # The policy of the resource is read after the answer: the time that it takes
        # would tell whether there is one.
        if not self._owner_views.offer(denial, record):
            entry.attributes[_ATTRIBUTE] = _OWNER_TOO_MANY
            entry.denial = record
        return seen

    def _record(
        self, denial: Denial, views: dict[Side, Explanation], entry: AuditEntry
    ) -> DecisionRecord:
        now = self._clock.now()
        most = limits.EXPLANATION_BYTES_MAX
        own, other = views[Side.CALLER], views[Side.RESOURCE]
        caller_view = fitting_json(own, bytes_max=most)
        return DecisionRecord(
            decision_id=entry.decision_id,
            decide_time=now,
            expire_time=now + self._retention,
            operation=entry.operation,
            caller_arn=denial.caller_arn,
            caller_account_id=denial.caller_account_id,
            resource_account_id=denial.question.resource_account,
            reason=denial.reason[: limits.ARN_CHARACTERS_MAX],
            caller_view=caller_view,
            resource_view=caller_view
            if other is own
            else fitting_json(other, bytes_max=most),
        )

    def _sealed(self, denial: Denial, view: Explanation) -> str | None:
        """Returns the longest message that fits into an error, or None."""
        account_id, now = denial.caller_account_id, self._clock.now()
        for text in message_texts(denial, view):
            if len(text) > limits.AUTHORIZATION_MESSAGE_BYTES_MAX:
                continue
            message = self._messages.seal(text, account_id, now)
            if len(message) <= limits.AUTHORIZATION_MESSAGE_ISSUED_CHARACTERS_MAX:
                return message
        return None


class Allowance:
    """How many explanations an account may have now.

    A burst is full at first and fills up again as time goes by.

    Args:
        clock: tells how much time has gone by.
        burst_max: how many it may have at once.
    """

    def __init__(self, *, clock: Clock, burst_max: int) -> None:
        self._clock = clock
        self._burst = float(burst_max)
        self._left: LruCache[str, tuple[float, float]] = LruCache(
            size_max=limits.DECISION_ACCOUNTS_MAX
        )

    def take(self, account_id: str) -> bool:
        """Counts one more, and tells whether it may be made."""
        now = self._clock.monotonic()
        left, since = self._left.get(account_id) or (self._burst, now)
        left = min(self._burst, left + (now - since) * limits.DECISIONS_KEPT_PER_SECOND)
        allowed = left >= 1
        self._left.put(account_id, (left - 1 if allowed else left, now))
        return allowed


def _account_of(entry: AuditEntry) -> str:
    return entry.caller.principal.account_id if entry.caller is not None else ""
