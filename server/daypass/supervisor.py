"""The supervisor of a server with several workers.

It holds the addresses, starts workers that share them, puts another in the place of
one that died and tells the others of its end, and hands signals on. It answers no call itself and has one thread.
As the first process of a container it also takes the ends of orphans.

SPEC: design 12; reliability E01, E02.
"""

from __future__ import annotations

import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Final

import structlog

from daypass._version import __version__
from daypass.adapters.held_addresses import HeldAddress
from daypass.adapters.peer_pages import Peers, PeerSockets
from daypass.adapters.worker_ends import WorkerEnds
from daypass.config import Settings
from daypass.core import worker_limits
from daypass.core.ports import Clock, Entropy
from daypass.state import AddressFiles, Served, StatePaths
from daypass.telemetry.logs import set_up_logging
from daypass.worker_pool import DONE, FAILED, WorkerPool
from daypass.worker_process import SUPERVISED, ServeWorker, WorkerProcesses

_STOPPING: Final = frozenset({signal.SIGTERM, signal.SIGINT})
_SIGNALS_MAX: Final = 4_096


class Supervisor:
    """The supervisor.

    Args:
        settings: how the server runs; its addresses have a port each.
        serve: what a worker does.
        own: what is the supervisor's; a worker lets go of it.
        clock: measures pauses.
        entropy: lets pauses vary.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        serve: ServeWorker,
        own: ExitStack,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._settings = settings
        self._own = own
        self._clock = clock
        self._addresses = AddressFiles(StatePaths.of(settings))
        self._pool = WorkerPool(settings.workers, entropy=entropy)
        self._processes = WorkerProcesses(
            serve=serve,
            drain_time=settings.drain_time,
            forget=self._let_go,
            entropy=entropy,
        )
        self._selector = selectors.DefaultSelector()
        # The end of the time that workers may take to end, once they are told to.
        self._end: float | None = None
        self._killed = False
        self._log = structlog.get_logger("daypass.supervisor")

    def run(self) -> int:
        """Serves until SIGTERM or SIGINT, and returns the exit status."""
        with _signals(self._selector) as woken:
            try:
                return self._supervise(woken)
            finally:
                self._addresses.remove()
                self._send(signal.SIGKILL)

    def _supervise(self, woken: socket.socket) -> int:
        while True:
            self._start_due()
            self._wait(woken)
            self._reap()
            if not self._pool.pids:
                if self._end is not None:
                    self._log.info("stopped")
                    return FAILED if self._killed else DONE
                if self._pool.verdict is not None:
                    return self._pool.verdict
            elif self._end is not None and self._clock.monotonic() > self._end:
                self._log.error("workers killed", workers=list(self._pool.pids))
                self._killed = True
                self._send(signal.SIGKILL)

    def _start_due(self) -> None:
        for number in self._pool.due(self._clock.monotonic()):
            started = self._processes.start(number)
            self._pool.started(number, started.pid, self._clock.monotonic())
            self._selector.register(
                started.ready, selectors.EVENT_READ, (number, started.pid)
            )

    def _wait(self, woken: socket.socket) -> None:
        for key, _ in self._selector.select(self._patience()):
            if key.fileobj is woken:
                for number in woken.recv(_SIGNALS_MAX):
                    self._take(signal.Signals(number))
            else:
                self._hear(key)

    def _patience(self) -> float:
        """Returns how long to wait, in seconds, when nothing happens."""
        now = self._clock.monotonic()
        ends = [
            now + worker_limits.SUPERVISOR_SLEEP_MAX.total_seconds(),
            *(end for end in (self._pool.next_due(), self._end) if end is not None),
        ]
        return max(0.0, min(ends) - now)

    def _hear(self, key: selectors.SelectorKey) -> None:
        """Hears that a worker serves, or that it ended before."""
        self._selector.unregister(key.fileobj)
        descriptor = key.fd
        said = os.read(descriptor, 1)
        os.close(descriptor)
        number, pid = key.data
        if not said or self._pool.pids.get(number) != pid:
            return
        if not self._pool.has_served:
            self._announce()
        self._pool.serving(number, self._clock.monotonic())
        self._log.info("worker serving", worker=number, pid=pid)

    def _announce(self) -> None:
        settings = self._settings
        served = Served(settings.grpc_listen, settings.http_listen or None)
        self._addresses.note(served)
        self._log.info(
            "serving",
            address=served.grpc,
            http=served.http,
            workers=settings.workers,
            version=__version__,
        )

    def _take(self, number: signal.Signals) -> None:
        if number is signal.SIGHUP:
            self._send(signal.SIGHUP)
        elif number in _STOPPING:
            self._stop()

    def _stop(self) -> None:
        """Drains all workers; a second time, ends them at once."""
        now = self._clock.monotonic()
        if self._end is None:
            self._log.info("draining")
            self._pool.stop()
            patience = self._settings.drain_time + worker_limits.WORKER_END_TIME_MAX
            self._end = now + patience.total_seconds()
            self._send(signal.SIGTERM)
        else:
            hurry = worker_limits.WORKER_HURRY_TIME_MAX.total_seconds()
            self._end = min(self._end, now + hurry)
            self._send(signal.SIGINT)

    def _send(self, number: signal.Signals) -> None:
        for pid in self._pool.pids.values():
            # One that has ended and was not reaped yet takes it and stays so.
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _reap(self) -> None:
        """Takes the ends of processes, also of those that are nobody's any more."""
        while True:
            try:
                pid, raw = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            self._processes.ended(pid)
            status = os.waitstatus_to_exitcode(raw)
            ended = self._pool.ended(pid, status=status, now=self._clock.monotonic())
            if ended is not None and self._end is None:
                self._log.warning(
                    "worker ended",
                    worker=ended.number,
                    pid=pid,
                    status=status,
                    pause_seconds=ended.pause,
                )

    def _let_go(self) -> None:
        """Closes, in a worker, what is the supervisor's."""
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
            else:
                os.close(key.fd)
        self._selector.close()
        self._own.close()


@contextmanager
def _signals(selector: selectors.BaseSelector) -> Iterator[socket.socket]:
    """Yields a socket on which the numbers of signals arrive, while the block lasts."""
    woken, waking = socket.socketpair()
    with woken, waking:
        for end in (woken, waking):
            end.settimeout(0)
        before = {number: signal.signal(number, _wake) for number in SUPERVISED}
        signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
        selector.register(woken, selectors.EVENT_READ)
        try:
            yield woken
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)


def _wake(*_: object) -> None:
    """Handles a signal by nothing: that there is a handler wakes the loop."""


def supervise(
    settings: Settings,
    *,
    serve: Callable[[Settings, Peers, WorkerEnds, Callable[[], None]], int],
    clock: Clock,
    entropy: Entropy,
) -> int:
    """Runs a server with several workers, and returns its exit status.

    Args:
        settings: how it runs.
        serve: is called in each worker, with the settings, which worker it is, how it
            learns of the ends of others, and what tells that it serves; returns its
            exit status.
        clock: measures pauses.
        entropy: lets pauses vary.

    Raises:
        OSError: an address cannot be had.
    """
    with (
        closing(PeerSockets.open(settings.workers)) as sockets,
        ExitStack() as own,
    ):
        logging = set_up_logging(
            level=settings.log_level,
            log_format=settings.log_format,
            stream=sys.stderr,
            clock=clock,
            threaded=False,
        )
        own.callback(logging.close)
        settings = _hold(settings, own)
        return Supervisor(
            settings,
            serve=lambda number, ends, tell: serve(
                settings, sockets.keep(number), ends, tell
            ),
            own=own,
            clock=clock,
            entropy=entropy,
        ).run()


def _hold(settings: Settings, own: ExitStack) -> Settings:
    """Holds the addresses, and returns the settings with the ports that they have."""
    held = {}
    for name in ("grpc_listen", "http_listen"):
        if wanted := getattr(settings, name):
            address = HeldAddress.hold(wanted)
            own.callback(address.close)
            held[name] = address.address
    return settings.model_copy(update=held)
