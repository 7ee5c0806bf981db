"""The awaiting verifier: tasks of its own follow, and any task of the loop asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import Self

from daypass_client import limits
from daypass_client.async_client import AsyncDaypassClient
from daypass_client.chance import random_share
from daypass_client.clock import Clock, boot_seconds
from daypass_client.errors import TokenRejectedError
from daypass_client.verifier.following import (
    FAILURES,
    Pauses,
    State,
    is_refusal,
    not_ready,
)
from daypass_client.verifier.jwks_url import JwksUrl
from daypass_client.verifier.key_ring import InvalidKeySetError
from daypass_client.verifier.values import (
    ExchangedClaims,
    IdentityClaims,
    SessionClaims,
    Verified,
    VerifierStatus,
)


class AsyncTokenVerifier:
    """Verifies tokens by what it knows. Tasks of one loop may share one.

    Use it in an `async with` statement: it begins to follow there, and waits until it
    knows enough. A client that it is given is to be closed after it. No method asks
    the server for a token; only a key that is not known is asked for, and once in ten
    seconds at most.

    Args:
        source: a client, whose credentials may follow revocations
            (`daypass:WatchRevocations`), or the URL of a key set, which tells of keys
            alone.
        revocation_age_max: how old the knowledge of revocations may be. None does
            not follow them: then identity tokens are verified and no others.
        key_set_age_max: how old a key set may be that cannot be renewed.
        clock_tolerance: how far the clock of a server may be ahead of ours; it is not
            added to the end of a token.
        ring_id: the deployment whose sessions are taken, as `SessionClaims.ring_id`
            has it; None for any whose keys are in the set.
        unsafe_without_revocations: vouches for sessions and exchanged tokens though
            nobody says which were revoked.
        clock: tells the time; None for this machine's.

    Raises:
        ValueError: a bound makes no sense, or a URL is to tell of revocations.
    """

    def __init__(
        self,
        source: AsyncDaypassClient | JwksUrl,
        *,
        revocation_age_max: timedelta | None = limits.REVOCATION_AGE_MAX,
        key_set_age_max: timedelta = limits.KEY_SET_AGE_MAX,
        clock_tolerance: timedelta = limits.CLOCK_TOLERANCE,
        ring_id: str | None = None,
        unsafe_without_revocations: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._client = source if isinstance(source, AsyncDaypassClient) else None
        self._url = source if isinstance(source, JwksUrl) else None
        if self._client is None and revocation_age_max is not None:
            raise ValueError(
                "a URL tells nothing of revocations: give None or a client"
            )
        self._state = State(
            clock=clock,
            monotonic=boot_seconds,
            revocation_age_max=revocation_age_max,
            key_set_age_max=key_set_age_max,
            tolerance=clock_tolerance,
            ring_id=ring_id,
            unsafe_without_revocations=unsafe_without_revocations,
        )
        self._judge = self._state.judge
        self._asking = asyncio.Lock()
        self._ready = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._followers: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        """Begins to follow, and waits until enough is known.

        Raises:
            DaypassError: it cannot be known.
        """
        try:
            await self._ask_for_keys()
        except InvalidKeySetError as error:
            raise not_ready(error) from error
        self._group = await asyncio.TaskGroup().__aenter__()
        followers = [self._follow_keys()]
        if self._state.revocations is not None:
            followers.append(self._follow_revocations())
        self._followers = [self._group.create_task(follow) for follow in followers]
        try:
            await self._wait_until_ready()
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Follows no longer; what is known grows old."""
        for task in self._followers:
            task.cancel()
        if self._group is not None:
            await self._group.__aexit__(None, None, None)

    async def verify_session_token(self, token: str) -> Verified[SessionClaims]:
        """Returns what a good session token says.

        Raises:
            TokenRejectedError: the token is not good; its `reason` says why.
            CannotVouchError: too little is known, or it is too old.
        """
        try:
            return self._judge.session(token)
        except TokenRejectedError as rejection:
            await self._ask_or_raise(rejection)
        return self._judge.session(token)

    async def verify_exchanged_token(
        self, token: str, *, issuer: str, audience: str
    ) -> Verified[ExchangedClaims]:
        """Returns what a good token says that came of an exchange.

        Args:
            token: the token.
            issuer: the issuer of the deployment, to the letter.
            audience: who we are: one of those whom the token must be meant for.

        Raises:
            TokenRejectedError: the token is not good; its `reason` says why.
            CannotVouchError: too little is known, or it is too old.
        """
        try:
            return self._judge.exchanged(token, issuer=issuer, audience=audience)
        except TokenRejectedError as rejection:
            await self._ask_or_raise(rejection)
        return self._judge.exchanged(token, issuer=issuer, audience=audience)

    async def verify_identity_token(
        self, token: str, *, issuer: str, audience: str
    ) -> Verified[IdentityClaims]:
        """Returns what a good identity token says.

        Args:
            token: the token.
            issuer: the issuer of the account, to the letter.
            audience: who we are: one of those whom the token must be meant for.

        Raises:
            TokenRejectedError: the token is not good; its `reason` says why.
            CannotVouchError: too little is known, or it is too old.
        """
        try:
            return self._judge.identity(token, issuer=issuer, audience=audience)
        except TokenRejectedError as rejection:
            await self._ask_or_raise(rejection)
        return self._judge.identity(token, issuer=issuer, audience=audience)

    def status(self) -> VerifierStatus:
        """Returns how the verifier fares."""
        return self._state.status()

    async def _wait_until_ready(self) -> None:
        try:
            async with asyncio.timeout(limits.CALL_TIMEOUT_DEFAULT.total_seconds()):
                while not self._state.is_ready():
                    await self._ready.wait()
                    if is_refusal(self._state.last_error or Exception()):
                        raise not_ready(self._state.last_error)
                    self._ready.clear()
        except TimeoutError:
            raise not_ready(self._state.last_error) from None

    async def _ask_or_raise(self, rejection: TokenRejectedError) -> None:
        """Asks for a key that is not known, or raises the verdict.

        Whoever comes while somebody asks waits for that answer, and asks nothing.
        """
        if rejection.reason != "unknown_key":
            raise rejection
        async with self._asking:
            if not self._state.keys.may_ask(self._state.monotonic()):
                return
            try:
                await self._ask_for_keys()
            except FAILURES as error:
                self._state.key_set_failed(error)
                raise rejection from error

    async def _ask_for_keys(self) -> None:
        asked_at = self._state.monotonic()
        if self._url is not None:
            key_set = await asyncio.to_thread(self._url.fetch)
        else:
            assert self._client is not None, "there is a source"
            key_set = await self._client.get_key_set()
        self._state.take_key_set(key_set, asked_at)

    async def _follow_keys(self) -> None:
        pauses = Pauses(random_share)
        streams = self._client is not None
        while True:
            try:
                if streams:
                    await self._read_key_sets(pauses)
                else:
                    await asyncio.sleep(self._state.poll_seconds)
                    await self._ask_for_keys()
            except FAILURES as error:
                self._state.key_set_failed(error)
                # Whoever may not follow the key set may ask for it.
                streams = streams and not is_refusal(error)
            await asyncio.sleep(pauses.next_seconds())

    async def _read_key_sets(self, pauses: Pauses) -> None:
        assert self._client is not None, "a URL is not followed"
        opened_at = self._state.monotonic()
        async with await self._client.watch_key_set() as stream:
            async for news in stream:
                pauses.went_well()
                if not self._state.take_key_news(news, opened_at):
                    return

    async def _follow_revocations(self) -> None:
        pauses = Pauses(random_share)
        while True:
            try:
                await self._read_revocations(pauses)
            except FAILURES as error:
                self._state.revocations_failed(error)
                self._ready.set()
            await asyncio.sleep(pauses.next_seconds())

    async def _read_revocations(self, pauses: Pauses) -> None:
        state = self._state
        assert self._client is not None, "a URL is not followed"
        assert state.revocations is not None, "revocations are followed"
        log_id, sequence = state.revocations.place
        opened_at, first = state.monotonic(), True
        async with await self._client.watch_revocations(
            log_id=log_id, sequence=sequence
        ) as stream:
            async for news in stream:
                goes_on = state.take_revocations(news, opened_at, first=first)
                first = first and not news.complete
                pauses.went_well()
                self._ready.set()
                if not goes_on:
                    return
