"""What a worker opens before it serves, and closes when it has ended.

Files, stores, threads and telemetry, each by its real adapter. What is made of them
is said in `daypass.app`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

import structlog

from daypass._version import __version__
from daypass.adapters.audit_file import FileAuditSink
from daypass.adapters.directory_files import DirectoryFiles
from daypass.adapters.provider_key_sets import StandIn
from daypass.adapters.saml_threads import ThreadedChecker
from daypass.adapters.scrypt_hasher import ThreadedHasher
from daypass.adapters.store_url import OpenStores, open_stores
from daypass.adapters.tls_files import TlsFiles
from daypass.adapters.worker_ends import WorkerEnds, new_worker_id
from daypass.config import Settings
from daypass.core.ports import Clock, Entropy
from daypass.directory.ahead import Declarer
from daypass.identity_providers import ProviderKeys, open_provider_keys
from daypass.key_rotation import Rotation, check_initialised, make_rotation
from daypass.observe_audit import AuditObserver
from daypass.observe_providers import KeySetObserver
from daypass.observe_ring import RingObserver
from daypass.observe_store import StoreObserver
from daypass.served_directory import open_directory
from daypass.state import StatePaths, make_state_folder, open_tls
from daypass.sts.store_watch import StoreWatch
from daypass.telemetry.metrics import Metrics
from daypass.telemetry.metrics_export import build_metrics
from daypass.telemetry.otlp import ServiceIdentity
from daypass.telemetry.prometheus import PrometheusPage
from daypass.telemetry.traces import Tracing, build_tracing

_log: Final = structlog.get_logger("daypass")


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What tells how a worker fares."""

    metrics: Metrics
    page: PrometheusPage
    tracing: Tracing


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What is open and has to be closed again."""

    directory: DirectoryFiles
    keys: Rotation
    stores: OpenStores
    store_watch: StoreWatch
    audit: FileAuditSink
    providers: ProviderKeys
    saml: ThreadedChecker
    hasher: ThreadedHasher
    telemetry: Telemetry
    tls: TlsFiles | None
    worker_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Opens what a worker needs.

    Attributes:
        settings: where all of it is.
        paths: the files of the worker.
        clock: the clock.
        entropy: randomness.
        declarer: reads the directory's texts where they are loaded first.
        stand_in: has key sets for identity providers that cannot exist.
        ends: names the worker, where there are several.
    """

    settings: Settings
    paths: StatePaths
    clock: Clock
    entropy: Entropy
    declarer: Declarer
    stand_in: StandIn | None
    ends: WorkerEnds | None

    async def open(self, closing: contextlib.ExitStack) -> WorkerParts:
        """Opens everything, or nothing.

        Args:
            closing: is told how each part is closed.

        Raises:
            Exception: something cannot be opened.
        """
        settings, clock, entropy = self.settings, self.clock, self.entropy
        make_state_folder(settings.state_dir)
        check_initialised(settings)
        tls = open_tls(settings)
        directory = open_directory(
            settings, clock=clock, entropy=entropy, declarer=self.declarer
        )
        ends = self.ends
        worker_id = new_worker_id(entropy) if ends is None else ends.worker_id
        telemetry = self._telemetry(worker_id, closing)
        metrics = telemetry.metrics
        audit = FileAuditSink(self.paths.audit, watcher=AuditObserver(metrics=metrics))
        closing.callback(audit.close)
        stores = await open_stores(
            settings.store,
            clock=clock,
            entropy=entropy,
            lease=settings.revocation_lease,
        )
        closing.callback(stores.close)
        for warning in (*stores.warnings, *map(str, directory.warnings)):
            _log.warning("start-up warning", warning=warning)
        return WorkerParts(
            directory=directory,
            stores=stores,
            audit=audit,
            telemetry=telemetry,
            tls=tls,
            worker_id=worker_id,
            providers=self._providers(directory, metrics, closing),
            saml=closing.enter_context(contextlib.closing(ThreadedChecker())),
            hasher=closing.enter_context(contextlib.closing(ThreadedHasher())),
            keys=make_rotation(
                settings,
                stores,
                clock=clock,
                entropy=entropy,
                watcher=RingObserver(),
                worker_id=worker_id,
            ),
            store_watch=StoreWatch(
                examine=stores.examine,
                entropy=entropy,
                watcher=StoreObserver(metrics=metrics),
            ),
        )

    def _telemetry(self, worker_id: str, closing: contextlib.ExitStack) -> Telemetry:
        endpoint = self.settings.otlp_endpoint
        identity = ServiceIdentity("daypassd", __version__, worker_id)
        page = PrometheusPage()
        metrics = build_metrics(identity, endpoint=endpoint, readers=(page.reader,))
        closing.callback(metrics.close)
        tracing = build_tracing(identity, endpoint=endpoint)
        closing.callback(tracing.close)
        return Telemetry(metrics, page, tracing)

    def _providers(
        self,
        directory: DirectoryFiles,
        metrics: Metrics,
        closing: contextlib.ExitStack,
    ) -> ProviderKeys:
        providers = open_provider_keys(
            self.settings,
            directory=directory,
            stand_in=self.stand_in,
            clock=self.clock,
            watcher=KeySetObserver(metrics=metrics, clock=self.clock),
        )
        closing.callback(providers.close)
        return providers
