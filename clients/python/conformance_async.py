"""The conformance program of the awaiting Python client.

It is the other one, with awaiting clients and verifiers on a loop of their own, which
each command waits for.
"""

# ruff: noqa: INP001, ANN401 - a program beside the package, which passes options on.

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from threading import Thread
from typing import Any, cast

from conformance import Program, serve
from daypass_client import AsyncDaypassClient, DaypassClient, Profile
from daypass_client.verifier import AsyncTokenVerifier, JwksUrl, TokenVerifier

Run = Callable[[Coroutine[Any, Any, Any]], Any]


class OnLoop:
    """Something whose methods are awaited on a loop while the caller waits.

    Args:
        target: what it stands for.
        run: runs a coroutine on the loop.
    """

    def __init__(self, target: object, run: Run) -> None:
        self._target = target
        self._run = run

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Returns a method that waits."""
        method = getattr(self._target, name)

        def call(*given: object, **named: object) -> object:
            return self._run(method(*given, **named))

        return call


class LiveVerifier:
    """A verifier that begins and ends in one task of its own."""

    def __init__(self, verifier: AsyncTokenVerifier) -> None:
        self._verifier = verifier
        self._end = asyncio.Event()
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live())

    async def begun(self) -> None:
        """Waits until the verifier knows enough, or cannot begin."""
        await self._begun

    async def close(self) -> None:
        """Ends the verifier."""
        self._end.set()
        await self._task

    def __getattr__(self, name: str) -> object:
        """Returns a method of the verifier."""
        return getattr(self._verifier, name)

    async def _live(self) -> None:
        try:
            async with self._verifier:
                self._begun.set_result(None)
                await self._end.wait()
        except Exception as error:
            if self._begun.done():
                raise
            self._begun.set_exception(error)


class AwaitingProgram(Program):
    """The program with what awaits."""

    name = "python-asyncio"

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs a coroutine on the loop, and waits for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def make_client(self, profile: Profile, **options: Any) -> DaypassClient:
        """Returns an awaiting client that is used as the blocking one."""

        async def make() -> AsyncDaypassClient:
            return AsyncDaypassClient(profile, **options)

        return cast("DaypassClient", OnLoop(self.run(make()), self.run))

    def make_verifier(
        self, source: DaypassClient | JwksUrl, **options: Any
    ) -> TokenVerifier:
        """Returns an awaiting verifier that has begun, used as the blocking one."""
        own: Any = source._target if isinstance(source, OnLoop) else source  # noqa: SLF001

        async def make() -> LiveVerifier:
            live = LiveVerifier(AsyncTokenVerifier(own, **options))
            await live.begun()
            return live

        return cast("TokenVerifier", OnLoop(self.run(make()), self.run))

    def end(self) -> None:
        """Closes what is open, and the loop."""
        super().end()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


if __name__ == "__main__":
    serve(AwaitingProgram())
