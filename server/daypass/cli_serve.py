"""Runs workers for commands, and tells by which status a server ends.

0 after it has drained, 1 where it may serve when it is started again, 78 where
something has to be changed before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import structlog
import typer
import uvloop

from daypass.adapters.audit_file import AuditLockedError
from daypass.adapters.peer_pages import Peers
from daypass.adapters.provider_key_sets import StandIn
from daypass.adapters.worker_ends import WorkerEnds
from daypass.app import OnReady, Worker
from daypass.cli_failures import fail, leaves, reported
from daypass.config import Settings
from daypass.core.errors import UnavailableError
from daypass.directory.ahead import Declarer
from daypass.directory.build import declare
from daypass.directory.fault import DirectoryInvalidError
from daypass.worker_pool import DONE, FAILED, MISCONFIGURED

# What may be over when a worker is started again.
_PASSING: Final = (OSError, UnavailableError, AuditLockedError)


def run_worker(
    settings: Settings,
    *,
    on_ready: OnReady,
    stand_in: StandIn | None = None,
    peers: Peers | None = None,
    ends: WorkerEnds | None = None,
    declarer: Declarer = declare,
) -> None:
    """Serves until the worker is told to end; takes what `Worker` takes.

    Raises:
        typer.Exit: the directory has faults, which were told.
        Exception: the worker cannot start, as `Worker.run` says.
    """
    worker = Worker(
        settings,
        on_ready=on_ready,
        stand_in=stand_in,
        peers=peers,
        ends=ends,
        declarer=declarer,
    )
    try:
        uvloop.run(worker.run())
    except DirectoryInvalidError as error:
        # Its faults name files within the directory, but not which directory.
        fail(f"{settings.directory}: {error}")


def serve_worker(
    settings: Settings, peers: Peers, ends: WorkerEnds, tell: Callable[[], None]
) -> int:
    """Runs one of several workers, and returns its exit status."""
    structlog.contextvars.bind_contextvars(worker=peers.number)
    return status_of_serving(
        settings, on_ready=lambda *_: tell(), peers=peers, ends=ends
    )


def status_of_serving(
    settings: Settings,
    *,
    on_ready: OnReady,
    peers: Peers | None = None,
    ends: WorkerEnds | None = None,
) -> int:
    """Serves, and returns the exit status: what may pass is told from what will not."""
    try:
        with reported():
            run_worker(settings, on_ready=on_ready, peers=peers, ends=ends)
    except typer.Exit as ended:
        # What made the command fail is what was handled when it did.
        error = ended.__context__
        causes = leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
        passing = any(isinstance(cause, _PASSING) for cause in causes)
        return FAILED if passing else MISCONFIGURED
    return DONE
