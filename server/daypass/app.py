"""The composition root: builds a worker of its parts, runs it, and drains it.

The only module that knows what is open, the doors and the use cases at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from datetime import timedelta

import structlog

from daypass._version import __version__
from daypass.adapters.peer_pages import Peers
from daypass.adapters.provider_key_sets import StandIn
from daypass.adapters.system import SystemClock, SystemEntropy, settle_memory
from daypass.adapters.worker_ends import WorkerEnds
from daypass.background import endless, reload_files
from daypass.config import Settings
from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.directory.ahead import Declarer
from daypass.directory.build import declare
from daypass.directory.model import Directory
from daypass.doors import DoorParts, Doors
from daypass.federation.saml.options import ServiceProvider
from daypass.key_rotation import key_collaborators, open_ring_holder
from daypass.observers import WorldWatcher
from daypass.state import AddressFiles, Served, StatePaths
from daypass.sts.chain_rules import ChainRules
from daypass.sts.ended_workers import EndedWorkers
from daypass.sts.revocation_follower import RevocationFollower
from daypass.telemetry.logs import set_up_logging
from daypass.telemetry.measured import (
    MeasuredDecisionStore,
    MeasuredGuardStore,
    MeasuredRevocationLog,
    MeasuredSessionStore,
)
from daypass.wiring import Wiring
from daypass.wiring_parts import Collaborators
from daypass.worker_parts import Opening, WorkerParts

# Takes the addresses that are served, and the directory in force.
OnReady = Callable[[Served, Directory], None]


class Worker:
    """One server process.

    Args:
        settings: how it runs.
        on_ready: is told the addresses and the directory as soon as calls are answered.
        clock: the clock.
        entropy: randomness.
        stand_in: has key sets for identity providers that cannot exist.
        peers: the workers of the server, where there are several; a supervisor tells
            then where they are reached.
        ends: which of those have ended; as before.
        declarer: reads the directory's texts where they are loaded first.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        on_ready: OnReady,
        clock: Clock | None = None,
        entropy: Entropy | None = None,
        stand_in: StandIn | None = None,
        peers: Peers | None = None,
        ends: WorkerEnds | None = None,
        declarer: Declarer = declare,
    ) -> None:
        self._settings = settings
        self._on_ready = on_ready
        self._clock = clock or SystemClock()
        self._entropy = entropy or SystemEntropy()
        number = None if peers is None else peers.number
        self._paths = StatePaths.of(settings, worker=number)
        self._opening = Opening(
            settings=settings,
            paths=self._paths,
            clock=self._clock,
            entropy=self._entropy,
            declarer=declarer,
            stand_in=stand_in,
            ends=ends,
        )
        self._peers = peers
        self._ends = ends
        self._log = structlog.get_logger("daypass")

    async def run(self) -> None:
        """Serves until SIGTERM or SIGINT, and drains then.

        Raises:
            Exception: the worker cannot start; nothing is listening.
        """
        logging = set_up_logging(
            level=self._settings.log_level,
            log_format=self._settings.log_format,
            stream=sys.stderr,
            clock=self._clock,
        )
        try:
            await self._run()
        finally:
            logging.close()

    async def _run(self) -> None:
        with contextlib.ExitStack() as closing:
            parts = await self._opening.open(closing)
            wiring = self._wire(parts)
            watcher = WorldWatcher(metrics=parts.telemetry.metrics)
            follower = RevocationFollower(
                log=parts.stores.revocations,
                view=wiring.view,
                clock=self._clock,
                worker_id=parts.worker_id,
                lease=self._settings.revocation_lease,
                watcher=watcher,
            )
            ended = EndedWorkers(log=parts.stores.revocations, watcher=watcher)
            if self._ends is not None:
                self._ends.follow(ended.note)
            doors = self._doors(parts, wiring, watcher)
            async with asyncio.TaskGroup() as tasks:
                background = [
                    tasks.create_task(endless(parts.stores.run())),
                    tasks.create_task(parts.providers.run()),
                    tasks.create_task(ended.run()),
                ]
                # The first readings are awaited: nobody is vouched for before them.
                await open_ring_holder(self._settings, parts.keys.holder)
                await follower.catch_up()
                await parts.store_watch.turn()
                following = tasks.create_task(follower.run())
                background += [
                    tasks.create_task(parts.keys.rotator.run()),
                    tasks.create_task(parts.store_watch.run()),
                    tasks.create_task(
                        wiring.owner_views.run(report=watcher.explanation_lost)
                    ),
                    tasks.create_task(
                        parts.directory.watch(
                            report=watcher.directory_reloaded,
                            interval=self._settings.directory_poll,
                        )
                    ),
                ]

                if parts.tls is not None:
                    watching = parts.tls.watch(
                        report=watcher.certificates_reloaded,
                        interval=self._settings.directory_poll,
                    )
                    background.append(tasks.create_task(watching))

                def reload() -> None:
                    tasks.create_task(reload_files(parts.directory, parts.tls, watcher))

                asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
                await self._serve(doors, parts.directory)
                following.cancel()
                await asyncio.wait({following})
                await ended.leave(parts.worker_id)
                for task in background:
                    task.cancel()

    def _wire(self, parts: WorkerParts) -> Wiring:
        metrics, clock = parts.telemetry.metrics, self._clock
        return Wiring(
            Collaborators(
                directory=parts.directory,
                ring=parts.keys.holder,
                keys=key_collaborators(self._settings, parts.keys),
                store=MeasuredSessionStore(
                    parts.stores.sessions, metrics=metrics, clock=clock
                ),
                log=MeasuredRevocationLog(
                    parts.stores.revocations, metrics=metrics, clock=clock
                ),
                decisions=MeasuredDecisionStore(
                    parts.stores.decisions, metrics=metrics, clock=clock
                ),
                guards=MeasuredGuardStore(
                    parts.stores.guards, metrics=metrics, clock=clock
                ),
                key_sets=parts.providers.source,
                issuer_base=self._settings.issuer_url,
                audit=parts.audit,
                clock=clock,
                entropy=self._entropy,
                lease=self._settings.revocation_lease,
                decision_retention=self._settings.decision_retention,
                regions=frozenset(self._settings.regions),
                saml_checker=parts.saml,
                saml_service=ServiceProvider(
                    acs_urls=frozenset(self._settings.saml_acs_urls),
                    entity_ids=frozenset(self._settings.saml_audiences),
                ),
                chains=ChainRules(
                    depth_max=self._settings.chain_depth_max,
                    lifetime_max=self._settings.chain_lifetime_max,
                ),
            )
        )

    def _doors(
        self, parts: WorkerParts, wiring: Wiring, watcher: WorldWatcher
    ) -> Doors:
        return Doors(
            self._settings,
            wiring,
            DoorParts(
                store=parts.stores.sessions,
                store_watch=parts.store_watch,
                ring=parts.keys.holder,
                hasher=parts.hasher,
                tls=parts.tls,
                metrics=parts.telemetry.metrics,
                page=parts.telemetry.page,
                tracing=parts.telemetry.tracing,
                watcher=watcher,
                peers=self._peers,
                clock=self._clock,
                entropy=self._entropy,
            ),
        )

    async def _serve(self, doors: Doors, directory: Snapshot[Directory]) -> None:
        stopping = asyncio.Event()
        impatient = asyncio.Event()
        loop = asyncio.get_running_loop()

        def stop(number: signal.Signals) -> None:
            # NOTE: whoever ends a service often signals all of its processes, and the
            # supervisor hands on what it was told: one SIGTERM, seen twice. It says
            # by SIGINT that it was told a second time.
            hurried = number is signal.SIGINT if self._peers else stopping.is_set()
            if hurried:
                impatient.set()
            stopping.set()

        settle_memory()
        served = await doors.open()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop, number)
        addresses = None if self._peers else AddressFiles(self._paths)
        if addresses is not None:
            addresses.note(served)
        self._log.info(
            "serving", address=served.grpc, http=served.http, version=__version__
        )
        self._on_ready(served, directory.current())
        try:
            await stopping.wait()
            await self._drain(doors, impatient)
        finally:
            if addresses is not None:
                addresses.remove()

    async def _drain(self, doors: Doors, impatient: asyncio.Event) -> None:
        self._log.info("draining")
        draining = asyncio.ensure_future(doors.drain(self._settings.drain_time))
        hurry = asyncio.ensure_future(impatient.wait())
        await asyncio.wait({draining, hurry}, return_when=asyncio.FIRST_COMPLETED)
        if not draining.done():
            await doors.drain(timedelta(0))
        await draining
        hurry.cancel()
        self._log.info("stopped")
