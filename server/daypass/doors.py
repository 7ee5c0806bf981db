"""The doors of a worker: built, opened and drained together."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from daypass.adapters.peer_pages import PeerPages, Peers
from daypass.adapters.tls_files import TlsFiles
from daypass.config import Settings
from daypass.core.errors import StoreUnavailableError
from daypass.core.listening import join_address, split_address
from daypass.core.ports import Clock, Entropy, SessionStore, Snapshot
from daypass.gateway.app import HttpApp, Route
from daypass.gateway.operations import (
    Operations,
    QueryUseCases,
    query_operations,
)
from daypass.gateway.origin import Origins
from daypass.gateway.probes import LiveProbe, MetricsPage, ReadyProbe
from daypass.gateway.readiness import Readiness
from daypass.gateway.server import HttpServer, HttpSettings
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from daypass.observers import CallWatcher, WorldWatcher
from daypass.request_watcher import RequestWatcher
from daypass.rpc.credentials import server_credentials
from daypass.rpc.engine import choose
from daypass.rpc.health import HealthService
from daypass.rpc.server import OWN_SERVICES, RpcServer, ServerSettings
from daypass.rpc.services import UseCases
from daypass.state import Served
from daypass.sts.client_secrets import SecretHasher
from daypass.sts.store_watch import StoreWatch
from daypass.telemetry.merged_page import merge_pages
from daypass.telemetry.metrics import Metrics
from daypass.telemetry.prometheus import MEDIA_TYPE, PrometheusPage
from daypass.telemetry.traces import Tracing
from daypass.wiring import Wiring

_QUERY: Final = "/"
_log: Final = structlog.get_logger("daypass")


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorParts:
    """What the doors need besides the use cases."""

    store: SessionStore
    store_watch: StoreWatch
    ring: Snapshot[Ring]
    hasher: SecretHasher
    tls: TlsFiles | None
    metrics: Metrics
    page: PrometheusPage
    tracing: Tracing
    watcher: WorldWatcher
    peers: Peers | None
    clock: Clock
    entropy: Entropy


class Doors:
    """The doors of a worker.

    Args:
        settings: where and how they listen.
        wiring: the use cases.
        parts: what else they need.
    """

    def __init__(self, settings: Settings, wiring: Wiring, parts: DoorParts) -> None:
        self._settings = settings
        self._wiring = wiring
        self._parts = parts
        parts.metrics.follow_staleness(lambda: wiring.view.age)
        self._readiness = Readiness(
            store=parts.store,
            ring=parts.ring,
            view=wiring.view,
            directory_faulty=lambda: parts.watcher.directory_faulty,
            store_findings=lambda: parts.store_watch.findings,
            clock=parts.clock,
        )
        self._oauth = wiring.oauth(
            hasher=parts.hasher,
            certificates=settings.tls_client_ca_file is not None,
        )
        self._peers = (
            None
            if parts.peers is None
            else PeerPages(parts.peers, page=self._own_metrics_page)
        )
        self._engine, self._doubt = choose(settings.engine)
        self._rpc = self._rpc_server()
        self._http = self._http_server() if settings.http_listen else None

    async def open(self) -> Served:
        """Opens all doors, or none, and returns where they are.

        Raises:
            OSError: an address cannot be bound.
        """
        if self._peers is not None:
            await self._peers.open()
        host, _ = split_address(self._settings.grpc_listen)
        grpc = join_address(host, await self._rpc.start())
        if self._doubt is not None:
            _log.warning("start-up warning", warning=self._doubt)
        _log.info("engine chosen", engine=self._engine.value)
        http = None
        if self._http is not None:
            host, _ = split_address(self._settings.http_listen)
            try:
                http = join_address(host, await self._http.start())
            except OSError:
                await self._rpc.stop(timedelta(0))
                raise
        return Served(grpc, http, tls=self._parts.tls is not None)

    async def drain(self, grace: timedelta) -> None:
        """Says that the worker is not ready, takes nothing new, ends what is in work.

        Draining again with a shorter grace shortens it.
        """
        self._readiness.drain()
        closing = [self._rpc.stop(grace)]
        if self._http is not None:
            closing.append(self._http.stop(grace))
        await asyncio.gather(*closing)
        if self._peers is not None:
            self._peers.close()

    def _rpc_server(self) -> RpcServer:
        settings, parts = self._settings, self._parts
        health = HealthService(services=OWN_SERVICES)
        observer = CallWatcher(metrics=parts.metrics, tracing=parts.tracing)
        tls = parts.tls
        return RpcServer(
            settings=ServerSettings(
                address=settings.grpc_listen,
                credentials=None if tls is None else server_credentials(tls.material),
                unsafe_plaintext=settings.unsafe_plaintext,
                reuse_port=settings.workers > 1,
                reflection=settings.reflection,
                engine=self._engine,
            ),
            dispatcher=self._wiring.dispatcher(observer=observer, health=health),
            health=health,
        )

    def _http_server(self) -> HttpServer:
        settings, parts = self._settings, self._parts
        host, port = split_address(settings.http_listen)
        app = HttpApp(
            routes=self._routes(),
            more=self._oauth.more(),
            origins=Origins(
                hosts=settings.http_hosts, trusted_proxies=settings.trusted_proxies
            ),
            observer=RequestWatcher(metrics=parts.metrics, tracing=parts.tracing),
            clock=parts.clock,
            entropy=parts.entropy,
        )
        return HttpServer(
            settings=HttpSettings(
                host=host,
                port=port,
                tls=None if parts.tls is None else parts.tls.context,
                unsafe_plaintext=settings.unsafe_plaintext,
                reuse_port=settings.workers > 1,
            ),
            app=app,
        )

    def _routes(self) -> dict[str, Route]:
        """Returns what answers, by path; other protocols add their paths here."""
        return {
            _QUERY: self._wiring.query_door(operations_of(self._wiring.use_cases())),
            **self._oauth.routes(),
            "/healthz": LiveProbe(),
            "/readyz": ReadyProbe(self._readiness),
            "/metrics": MetricsPage(
                page=self._metrics_page, media_type=MEDIA_TYPE, clock=self._parts.clock
            ),
        }

    async def _metrics_page(self) -> bytes:
        """Returns the page, of all workers where there are several."""
        if self._peers is None:
            return self._own_metrics_page()
        return merge_pages(await self._peers.pages())

    def _own_metrics_page(self) -> bytes:
        """Notes what changes by itself, and returns the page."""
        parts = self._parts
        # A ring that was not heard of for too long keeps the age that it had; that it
        # is not heard of is what readiness says.
        with contextlib.suppress(StoreUnavailableError):
            keys = parts.ring.current().keys
            since = max(key.since for key in keys if key.state is KeyState.ACTIVE)
            parts.metrics.keyring_age(parts.clock.now() - since)
        return parts.page.render()


def operations_of(cases: UseCases) -> Operations:
    """Returns the operations that the Query protocol offers of the use cases."""
    return query_operations(
        QueryUseCases(
            assume_role=cases.assume_role,
            assume_role_with_saml=cases.federation.assume_role_with_saml,
            assume_role_with_web_identity=cases.federation.assume_role_with_web_identity,
            assume_root=cases.credentials.assume_root,
            decode_authorization_message=cases.decode_authorization_message,
            get_access_key_info=cases.get_access_key_info,
            get_caller_identity=cases.get_caller_identity,
            get_delegated_access_token=cases.delegations.get_delegated_access_token,
            get_federation_token=cases.credentials.get_federation_token,
            get_session_token=cases.credentials.get_session_token,
            get_web_identity_token=cases.identities.get_web_identity_token,
        )
    )
