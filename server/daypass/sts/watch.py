"""WatchKeySet and WatchRevocations: what verifiers follow.

A feed holds no queue. It knows how far its client is, and makes each message of what
the worker knows by then, so that a slow client costs no memory and misses nothing.

SPEC: design 4 and 7; reliability, promise 1; decision 0030.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Final

from daypass.core import stream_limits
from daypass.core.errors import RevocationViewStaleError
from daypass.core.ports import Clock
from daypass.core.revocation import Epoch
from daypass.core.validation import TextRule, Violations
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.caller import Caller
from daypass.sts.key_followers import KeyFollowers
from daypass.sts.key_set import GetKeySet, KeySet
from daypass.sts.operators import OperatorGate
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.revocation_view import RevocationInForce, RevocationView
from daypass.sts.standing import Standing

_LOG_ID: Final = TextRule(0, 64)
_SEQUENCE_MAX: Final = 2**63 - 1


class WatchKeySet:
    """Follows the key set.

    Args:
        key_set: the set in force.
        changed: returns what is set when the ring changes.
        followers: takes note of who follows, and what they were sent.
        authorizers: decides whether the caller may.
        standing: whether the caller still may.
    """

    name: ClassVar[str] = "WatchKeySet"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        key_set: GetKeySet,
        changed: Callable[[], asyncio.Event],
        followers: KeyFollowers,
        authorizers: AuthorizerFactory,
        standing: Standing,
    ) -> None:
        self._key_set = key_set
        self._changed = changed
        self._followers = followers
        self._authorizers = authorizers
        self._standing = standing

    async def perform(
        self, request: None, invocation: Invocation
    ) -> AsyncGenerator[KeySet, None]:
        """Returns the feed, which raises what `GetKeySet` and `Standing` do.

        Raises:
            AccessDeniedError: the caller may not follow it.
        """
        del request
        target = Target("*", invocation.caller.principal.account_id)
        self._authorizers.authorize(target, {}, invocation).require(
            "daypass:WatchKeySet"
        )
        return self._feed(invocation.caller)

    async def _feed(self, caller: Caller) -> AsyncGenerator[KeySet, None]:
        with self._followers.following(caller.principal.arn) as following:
            while True:
                changed = self._changed()
                self._standing.check(caller)
                key_set = self._key_set.answer()
                yield key_set
                # The next message is asked for when this one has been written.
                following.version = key_set.version
                await _until(changed, stream_limits.KEY_SET_HEARTBEAT)


@dataclass(frozen=True, slots=True)
class RevocationNews:
    """A message of the feed of revocations.

    Attributes:
        position: how far the log is known after it.
        restart: whether what was known before is of another log.
        entries: the revocations, in order.
        complete: whether that is all up to the position.
        staleness: how long ago the worker had read the log to its end.
    """

    position: Epoch
    restart: bool
    entries: tuple[RevocationInForce, ...]
    complete: bool
    staleness: timedelta = timedelta(0)


class WatchRevocations:
    """Follows the log of revocations.

    Args:
        view: what this worker knows of it.
        gate: decides whether the caller may.
        standing: whether the caller still may.
        clock: tells how old a message is.
        lease: a client hears something several times in one.
    """

    name: ClassVar[str] = "WatchRevocations"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        view: RevocationView,
        gate: OperatorGate,
        standing: Standing,
        clock: Clock,
        lease: timedelta,
    ) -> None:
        self._view = view
        self._gate = gate
        self._standing = standing
        self._clock = clock
        self._heartbeat = lease / stream_limits.HEARTBEATS_PER_LEASE

    async def perform(
        self, request: Epoch, invocation: Invocation
    ) -> AsyncGenerator[RevocationNews, None]:
        """Returns the feed behind a place in a log; an empty name means the start.

        The feed raises what `Standing` does, and `RevocationViewStaleError` where
        this worker does not know of late revocations, or of fewer than the client.

        Raises:
            ValidationError: the place is none.
            AccessDeniedError: the caller may not follow the log.
        """
        found = Violations()
        found.check_text(("log_id",), request.incarnation, _LOG_ID)
        found.check_range(("sequence",), request.sequence, least=0, most=_SEQUENCE_MAX)
        found.raise_if_any()
        self._gate.require("daypass:WatchRevocations", invocation)
        return self._feed(request, invocation.caller)

    async def _feed(
        self, known: Epoch, caller: Caller
    ) -> AsyncGenerator[RevocationNews, None]:
        while True:
            changed = self._view.changed
            self._standing.check(caller)
            epoch = self._view.epoch
            read_at = self._clock.monotonic() - self._view.age.total_seconds()
            for news in self._news(known, epoch):
                age = timedelta(seconds=self._clock.monotonic() - read_at)
                yield replace(news, staleness=age)
            known = epoch
            await _until(changed, self._heartbeat)

    def _news(self, known: Epoch, epoch: Epoch) -> list[RevocationNews]:
        """Returns what a client that knows one place of a log lacks up to another."""
        restart = known.incarnation != epoch.incarnation
        start = 0 if restart else known.sequence
        if start > epoch.sequence:
            raise RevocationViewStaleError(
                "revocation_view_behind", retry_after=self._heartbeat
            )
        entries, size = (
            self._view.since(start),
            stream_limits.REVOCATIONS_PER_MESSAGE_MAX,
        )
        news: list[RevocationNews] = []
        for first in range(0, max(1, len(entries)), size):
            part = entries[first : first + size]
            complete = first + size >= len(entries)
            end = epoch.sequence if complete else part[-1].sequence
            position = Epoch(epoch.incarnation, end)
            news.append(
                RevocationNews(position, restart and first == 0, part, complete)
            )
        return news


async def _until(changed: asyncio.Event, at_most: timedelta) -> None:
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await changed.wait()
    except TimeoutError:
        return
