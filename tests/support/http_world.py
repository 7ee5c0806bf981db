"""A real HTTP server in a thread, over the real use cases and memory adapters."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from daypass.adapters.scrypt_hasher import ThreadedHasher
from daypass.core import http_limits, limits
from daypass.core.listening import Network
from daypass.core.ports import Snapshot
from daypass.core.store_health import StoreFindings
from daypass.directory.entities import AccessKey
from daypass.doors import operations_of
from daypass.federation.saml.options import ServiceProvider
from daypass.gateway.app import HttpApp
from daypass.gateway.connections import ConnectionBounds
from daypass.gateway.large_bodies import LargeBodies
from daypass.gateway.observe import RequestOutcome
from daypass.gateway.origin import Origins
from daypass.gateway.probes import LiveProbe, MetricsPage, ReadyProbe
from daypass.gateway.readiness import Readiness
from daypass.gateway.server import HttpServer, HttpSettings
from daypass.keyring.ring import Ring
from daypass.sts.caller import CallContext
from daypass.sts.revocation_follower import RevocationFollower
from daypass.wiring import Wiring
from daypass.wiring_keys import KeyCollaborators
from daypass.wiring_parts import Collaborators
from support.exchange_world import MemoryKeySets
from support.exchanged import OUR_ISSUER
from support.http_organisation import FILES
from support.oidc_issuer import ISSUER, key_set
from support.ring_workers import RULES, RingWorker, store_of
from support.saml_idp import PROVIDER_ARN
from support.saml_world import ACS, CheckedAtOnce, trust_of
from support.sts_world import LEASE, RETENTION, StsWorld, Watcher

T = TypeVar("T")
WAIT_SECONDS_MAX = 10.0
_POLL_SECONDS = 0.005


def wiring_of(
    world: StsWorld,
    *,
    regions: Collection[str] = (),
    issuer: str | None = OUR_ISSUER,
    published: Snapshot[Ring] | None = None,
    key_set_age_max: timedelta = limits.KEY_SET_AGE_MAX,
    key_sets: MemoryKeySets | None = None,
) -> Wiring:
    """Returns the use cases of a world, joined as a worker joins them.

    The ring that is published is the one of the world unless another is given, and
    the keys of providers are those of the one that tests know.
    """
    return Wiring(
        Collaborators(
            directory=world.directory,
            ring=world.ring,
            keys=KeyCollaborators(
                holder=RingWorker(store_of(world.ring.value), world.clock).holder,
                published=world.ring if published is None else published,
                key_set_age_max=key_set_age_max,
                rules=RULES,
                operators=frozenset(),
            ),
            store=world.store,
            log=world.log,
            decisions=world.denials,
            guards=world.guards,
            key_sets=key_sets or _key_sets(),
            issuer_base=issuer,
            saml_checker=CheckedAtOnce(),
            saml_service=ServiceProvider(acs_urls=frozenset({ACS})),
            audit=world.audit,
            clock=world.clock,
            entropy=world.entropy,
            lease=LEASE,
            decision_retention=RETENTION,
            regions=frozenset(regions),
            chains=world.chains,
        )
    )


def _key_sets() -> MemoryKeySets:
    return MemoryKeySets({ISSUER: key_set("ES256")})


OPERATIONS = operations_of(
    wiring_of(StsWorld(*FILES, saml={PROVIDER_ARN: trust_of()})).use_cases()
)


def wait_until(holds: Callable[[], bool]) -> None:
    """Returns as soon as something holds, and fails when it never does."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(_POLL_SECONDS)


class ListedRequests:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.started: list[CallContext] = []
        self.finished: list[tuple[CallContext, RequestOutcome]] = []

    def request_started(self, call: CallContext) -> None:
        """Keeps the call."""
        self.started.append(call)

    def request_finished(self, call: CallContext, outcome: RequestOutcome) -> None:
        """Keeps the outcome."""
        self.finished.append((call, outcome))


@dataclass(frozen=True, kw_only=True)
class DoorOptions:
    """How the door of a test listens, and whom it trusts."""

    regions: Collection[str] = ()
    hosts: Collection[str] = ()
    trusted_proxies: Collection[Network] = ()
    tls: Callable[[], ssl.SSLContext] | None = None
    bounds: ConnectionBounds = field(default_factory=ConnectionBounds)
    time_of_day: bool = True
    body_time_max: timedelta = http_limits.BODY_TIME_MAX
    files: tuple[str, ...] = FILES
    bodies: LargeBodies | None = None
    new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop


class HttpWorld:
    """A deployment with an HTTP door, whose clock a test moves.

    Args:
        options: how the door listens.
    """

    def __init__(self, options: DoorOptions | None = None) -> None:
        options = options or DoorOptions()
        self.sts = StsWorld(*options.files, saml={PROVIDER_ARN: trust_of()})
        self.clock = self.sts.clock
        if options.time_of_day:
            # Clients that we did not write sign with it.
            now = datetime.now(UTC).replace(microsecond=0)
            self.clock.step(now - self.clock.now())
        self.requests = ListedRequests()
        self.key_sets = _key_sets()
        self.wiring = wiring_of(
            self.sts, regions=options.regions, key_sets=self.key_sets
        )
        self._follower = RevocationFollower(
            log=self.sts.log,
            view=self.wiring.view,
            clock=self.clock,
            worker_id="worker-1",
            lease=LEASE,
            watcher=Watcher(),
        )
        self.readiness = Readiness(
            store=self.sts.store,
            ring=self.sts.ring,
            view=self.wiring.view,
            directory_faulty=lambda: False,
            store_findings=StoreFindings,
            clock=self.clock,
        )
        self.hasher = ThreadedHasher()
        self.server = self._server(options)
        self.port = 0
        self._scheme = "http" if options.tls is None else "https"
        self._loop = options.new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The endpoint of clients."""
        return f"{self._scheme}://{self.address}"

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs something in the loop of the server, and returns what it returns."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result(WAIT_SECONDS_MAX)

    def advance(self, span: timedelta) -> None:
        """Moves the clock on, and lets the worker read the log of revocations."""
        self.clock.advance(span)
        self.run(self._follower.catch_up())

    def key(self, arn: str, number: int = 0) -> AccessKey:
        """Returns an access key of a user, or of a root user by `arn:…:root`."""
        directory = self.sts.directory.current()
        if arn.endswith(":root"):
            account = directory.account(arn.split(":")[4])
            assert account is not None, f"{arn} is not declared"
            return account.root.access_keys[number]
        user = directory.user_by_arn(arn)
        assert user is not None, f"{arn} is not declared"
        return user.access_keys[number]

    def stop(self, grace: timedelta = limits.DRAIN_TIME_MAX) -> None:
        """Drains the server."""
        self.readiness.drain()
        self.run(self.server.stop(grace))

    def __enter__(self) -> Self:
        """Starts the server."""
        self._thread.start()
        self.run(self._follower.catch_up())
        self.port = self.run(self.server.start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops the server at once."""
        self.run(self.server.stop(timedelta(0)))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(WAIT_SECONDS_MAX)
        self._loop.close()
        self.hasher.close()

    def _server(self, options: DoorOptions) -> HttpServer:
        oauth = self.wiring.oauth(
            hasher=self.hasher, certificates=options.tls is not None
        )
        app = HttpApp(
            more=oauth.more(),
            routes={
                **oauth.routes(),
                "/": self.wiring.query_door(operations_of(self.wiring.use_cases())),
                "/healthz": LiveProbe(),
                "/readyz": ReadyProbe(self.readiness),
                "/metrics": MetricsPage(
                    page=_page,
                    media_type="text/plain",
                    clock=self.clock,
                ),
            },
            origins=Origins(
                hosts=options.hosts, trusted_proxies=options.trusted_proxies
            ),
            observer=self.requests,
            clock=self.clock,
            entropy=self.sts.entropy,
            body_time_max=options.body_time_max,
            bodies=options.bodies,
        )
        return HttpServer(
            settings=HttpSettings(
                host="127.0.0.1", port=0, tls=options.tls, bounds=options.bounds
            ),
            app=app,
        )


async def _page() -> bytes:
    return b"metrics 1\n"
