"""A scripted server for verifiers, and both verifiers in one form."""

from __future__ import annotations

import asyncio
import queue
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from threading import Event
from time import monotonic, sleep
from typing import Self

from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from daypass.keyring.jwks import jwks
from daypass.keyring.ring import Ring
from daypass_client import AsyncDaypassClient, Credentials, DaypassClient, Profile
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.errors import CannotVouchError, TokenRejectedError
from daypass_client.verifier import AsyncTokenVerifier, TokenVerifier
from support.fake_daypass import FakeDaypass, Refusal
from support.offline import LOG, OfflineWorld
from support.world import START, ManualClock

PATIENCE = 30.0
Script = Message | Refusal


def wait_until(told: Callable[[], bool]) -> None:
    """Waits until something is so, or fails after a generous while."""
    end = monotonic() + PATIENCE
    while not told():
        assert monotonic() < end, "it did not come about"
        sleep(0.005)


class Feed:
    """The messages of one stream, sent when the test says so."""

    def __init__(self, *messages: Script) -> None:
        self._messages: queue.Queue[Script | None] = queue.Queue()
        for message in messages:
            self._messages.put(message)

    def __iter__(self) -> Iterator[Script]:
        """Yields what is sent until the end is."""
        while (message := self._messages.get()) is not None:
            yield message

    def send(self, message: Script | None) -> None:
        """Sends a message; None ends the stream."""
        self._messages.put(message)


def news(
    sequence: int = 7,
    *revoked: str,
    restart: bool = False,
    scope: sessions.Revocation.Scope.ValueType = sessions.Revocation.SCOPE_SESSION,
) -> Message:
    """Returns a message of the stream of revocations."""
    keep = Timestamp()
    keep.FromDatetime(START + timedelta(days=2))
    return sessions.WatchRevocationsResponse(
        log_id=LOG,
        sequence=sequence,
        restart=restart,
        complete=True,
        revocations=[
            sessions.Revocation(
                sequence=sequence,
                scope=scope,
                subject=subject,
                keep_time=keep,
            )
            for subject in revoked
        ],
    )


def jwk_messages(ring: Ring) -> list[keyring.Jwk]:
    """Returns the keys of a ring as messages."""
    return [keyring.Jwk(**members) for members in jwks(ring)["keys"]]


class Stage:
    """A server with a ring, of which streams are fed by hand.

    Args:
        fake: the server.
        ring: the ring.
        credentials: whose calls they are.
    """

    def __init__(self, fake: FakeDaypass, ring: Ring, credentials: Credentials) -> None:
        self.fake = fake
        self.world = OfflineWorld(ring)
        self.profile: Profile = fake.profile(credentials)
        self.key_sets = Feed()
        self.revocations = Feed(news(restart=True))
        self.set = keyring.GetKeySetResponse(keys=jwk_messages(ring))
        fake.answer(self.set)

    def begin(self, *, keys: Iterable[Message | Refusal] | None = None) -> None:
        """Queues both streams; the key set comes first, by its own name."""
        self.fake.stream_of("WatchKeySet", keys or self.key_sets)
        self.fake.stream_of("WatchRevocations", self.revocations)

    def calls_of(self, method: str) -> int:
        """Returns how often a method was called."""
        return sum(call.method.endswith("/" + method) for call in self.fake.calls)

    def end(self) -> None:
        """Lets the streams end."""
        self.key_sets.send(None)
        self.revocations.send(None)


class Blocking:
    """The blocking verifier, for tests that say the same of both."""

    def __init__(self, profile: Profile, **options: object) -> None:
        self._stack = ExitStack()
        client = self._stack.enter_context(DaypassClient(profile))
        options.setdefault("clock", ManualClock())
        self.verifier = TokenVerifier(client, **options)  # type: ignore[arg-type]

    def __enter__(self) -> Self:
        """Begins."""
        self._stack.enter_context(self.verifier)
        return self

    def __exit__(self, *_: object) -> None:
        """Ends."""
        self._stack.close()

    def verdict(self, token: str) -> str:
        """Returns what is said of a session token."""
        try:
            self.verifier.verify_session_token(token)
        except (TokenRejectedError, CannotVouchError) as error:
            return error.reason
        return "good"


class Awaiting:
    """The awaiting verifier on a loop of its own, to be used as the blocking one."""

    def __init__(self, profile: Profile, **options: object) -> None:
        self._runner = asyncio.Runner()
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._profile = profile
        self._options: dict[str, object] = {"clock": ManualClock(), **options}
        self._begun, self._end = Event(), asyncio.Event()
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        """Begins, on a thread of its own."""
        self._task = self._thread.submit(self._runner.run, self._live())
        assert self._begun.wait(PATIENCE)
        if self._error is not None:
            self.__exit__()
            raise self._error
        return self

    def __exit__(self, *_: object) -> None:
        """Ends."""
        if self._error is None:
            self._loop.call_soon_threadsafe(self._end.set)
        self._task.result(PATIENCE)
        self._thread.shutdown()
        self._runner.close()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            async with (
                AsyncDaypassClient(self._profile) as client,
                AsyncTokenVerifier(client, **self._options) as self.verifier,  # type: ignore[arg-type]
            ):
                self._begun.set()
                await self._end.wait()
        except Exception as error:  # noqa: BLE001 - it is raised where the test waits.
            self._error = error
            self._begun.set()

    def verdict(self, token: str) -> str:
        """Returns what is said of a session token."""
        judged = self.verifier.verify_session_token(token)
        try:
            asyncio.run_coroutine_threadsafe(judged, self._loop).result(PATIENCE)
        except (TokenRejectedError, CannotVouchError) as error:
            return error.reason
        return "good"
