"""The blocking verifier: threads of its own follow, and any thread asks."""

from __future__ import annotations

from datetime import timedelta
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Self

from daypass_client import limits
from daypass_client.chance import random_share
from daypass_client.client import DaypassClient
from daypass_client.clock import Clock, boot_seconds
from daypass_client.errors import TokenRejectedError
from daypass_client.streams import Stream
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


class TokenVerifier:
    """Verifies tokens by what it knows. Threads may share one.

    Use it in a `with` statement: it begins to follow there, and waits until it knows
    enough. A client that it is given is to be closed after it. No method asks the
    server for a token; only a key that is not known is asked for, and once in ten
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
        source: DaypassClient | JwksUrl,
        *,
        revocation_age_max: timedelta | None = limits.REVOCATION_AGE_MAX,
        key_set_age_max: timedelta = limits.KEY_SET_AGE_MAX,
        clock_tolerance: timedelta = limits.CLOCK_TOLERANCE,
        ring_id: str | None = None,
        unsafe_without_revocations: bool = False,
        clock: Clock | None = None,
    ) -> None:
        self._client = source if isinstance(source, DaypassClient) else None
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
        self._asking = Lock()
        self._closed = Event()
        self._ready = Event()
        self._streams: dict[str, Stream[object]] = {}
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        """Begins to follow, and waits until enough is known.

        Raises:
            DaypassError: it cannot be known.
        """
        try:
            self._ask_for_keys()
        except InvalidKeySetError as error:
            raise not_ready(error) from error
        followers = [self._follow_keys]
        if self._state.revocations is not None:
            followers.append(self._follow_revocations)
        for follow in followers:
            thread = Thread(
                target=follow, name=f"daypass{follow.__name__}", daemon=True
            )
            self._threads.append(thread)
            thread.start()
        if not self._state.is_ready():
            self._ready.wait(limits.CALL_TIMEOUT_DEFAULT.total_seconds())
        if not self._state.is_ready():
            self.close()
            raise not_ready(self._state.last_error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Closes the verifier."""
        self.close()

    def close(self) -> None:
        """Follows no longer; what is known grows old."""
        self._closed.set()
        for stream in list(self._streams.values()):
            stream.close()
        for thread in self._threads:
            thread.join()

    def verify_session_token(self, token: str) -> Verified[SessionClaims]:
        """Returns what a good session token says.

        Raises:
            TokenRejectedError: the token is not good; its `reason` says why.
            CannotVouchError: too little is known, or it is too old.
        """
        try:
            return self._judge.session(token)
        except TokenRejectedError as rejection:
            self._ask_or_raise(rejection)
        return self._judge.session(token)

    def verify_exchanged_token(
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
            self._ask_or_raise(rejection)
        return self._judge.exchanged(token, issuer=issuer, audience=audience)

    def verify_identity_token(
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
            self._ask_or_raise(rejection)
        return self._judge.identity(token, issuer=issuer, audience=audience)

    def status(self) -> VerifierStatus:
        """Returns how the verifier fares."""
        return self._state.status()

    def _ask_or_raise(self, rejection: TokenRejectedError) -> None:
        """Asks for a key that is not known, or raises the verdict.

        Whoever comes while somebody asks waits for that answer, and asks nothing.
        """
        if rejection.reason != "unknown_key":
            raise rejection
        with self._asking:
            if not self._state.keys.may_ask(self._state.monotonic()):
                return
            try:
                self._ask_for_keys()
            except FAILURES as error:
                self._state.key_set_failed(error)
                raise rejection from error

    def _ask_for_keys(self) -> None:
        asked_at = self._state.monotonic()
        if self._url is not None:
            key_set = self._url.fetch()
        else:
            assert self._client is not None, "there is a source"
            key_set = self._client.get_key_set()
        self._state.take_key_set(key_set, asked_at)

    def _follow_keys(self) -> None:
        pauses = Pauses(random_share)
        streams = self._client is not None
        while not self._closed.is_set():
            try:
                if streams:
                    self._read_key_sets(pauses)
                else:
                    self._closed.wait(self._state.poll_seconds)
                    if not self._closed.is_set():
                        self._ask_for_keys()
            except FAILURES as error:
                self._state.key_set_failed(error)
                # Whoever may not follow the key set may ask for it.
                streams = streams and not is_refusal(error)
            self._closed.wait(pauses.next_seconds())

    def _read_key_sets(self, pauses: Pauses) -> None:
        assert self._client is not None, "a URL is not followed"
        opened_at = self._state.monotonic()
        with self._client.watch_key_set() as stream:
            self._keep("keys", stream)
            for news in stream:
                pauses.went_well()
                if not self._state.take_key_news(news, opened_at):
                    return

    def _follow_revocations(self) -> None:
        pauses = Pauses(random_share)
        while not self._closed.is_set():
            try:
                self._read_revocations(pauses)
            except FAILURES as error:
                self._state.revocations_failed(error)
                if is_refusal(error):
                    self._ready.set()
            self._closed.wait(pauses.next_seconds())

    def _read_revocations(self, pauses: Pauses) -> None:
        state = self._state
        assert self._client is not None, "a URL is not followed"
        assert state.revocations is not None, "revocations are followed"
        log_id, sequence = state.revocations.place
        opened_at, first = state.monotonic(), True
        with self._client.watch_revocations(log_id=log_id, sequence=sequence) as stream:
            self._keep("revocations", stream)
            for news in stream:
                goes_on = state.take_revocations(news, opened_at, first=first)
                first = first and not news.complete
                pauses.went_well()
                if state.is_ready():
                    self._ready.set()
                if not goes_on:
                    return

    def _keep(self, name: str, stream: Stream[object]) -> None:
        """Keeps a stream, so that it can be closed from outside."""
        self._streams[name] = stream
        if self._closed.is_set():
            stream.close()
