"""One replica of the server: the real wiring, in a world that is simulated."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from daypass.core.errors import AuditUnavailableError, UnavailableError
from daypass.core.ports import AuditRecord, GuardStore, SessionStore, Snapshot
from daypass.directory.model import Directory
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.saml.options import ServiceProvider
from daypass.keyring.schedule import RotationRules
from daypass.rpc.services import UseCases
from daypass.sts.audit import TAKEN_BACK
from daypass.sts.chain_rules import ChainRules
from daypass.sts.revocation_follower import RevocationFollower
from daypass.wiring import Wiring
from daypass.wiring_parts import Collaborators
from simulation import organisation
from simulation.clocks import SkewedClock
from simulation.keyring import RULES, Keys, RingWatch, WiredKeyring, ring_of
from simulation.ports import WiredDecisions, WiredGuards, WiredLog, WiredSessions
from simulation.ring_checker import RingChecker
from simulation.wire import CrashedError, Wire
from support.one_by_one import WritesEach
from support.saml_world import CheckedAtOnce
from support.world import SeededEntropy

Feed = AsyncGenerator[Any, None]
LEASE: Final = timedelta(seconds=5)
CHAIN_MAX: Final = timedelta(minutes=61)


class SimulatedAudit(WritesEach):
    """An `AuditSink` whose disk is slow, and at times refuses.

    Args:
        wire: tells whether the replica still lives.
        chance: draws how long a record takes.

    Attributes:
        failing: how likely the disk refuses.
        granted: the calls whose grant is on record.
        taken_back: the sessions that are on record as gone.
    """

    def __init__(self, wire: Wire, chance: random.Random) -> None:
        self._wire = wire
        self._chance = chance
        self.failing = 0.0
        self.granted: set[str] = set()
        self.taken_back: set[str] = set()

    def note(self, record: AuditRecord) -> None:
        """Takes a record without waiting; see the port."""
        if self._wire.is_dead:
            raise CrashedError
        if record.detail == TAKEN_BACK and record.issued_access_key_id:
            self.taken_back.add(record.issued_access_key_id)

    async def write(self, record: AuditRecord) -> None:
        """Takes a record, and returns when it is on the disk; see the port."""
        refused = self._chance.random() < self.failing
        await asyncio.sleep(self._chance.uniform(0.0001, 0.005))
        if self._wire.is_dead:
            raise CrashedError
        if refused:
            raise AuditUnavailableError("audit_not_writable")
        if record.outcome == "allowed":
            self.granted.add(record.request_id)


@dataclass(frozen=True, slots=True)
class KeysOfAll:
    """A `KeySetSource` with one set for all providers."""

    keys: JwkSet

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> JwkSet:
        """Returns the keys; see the port."""
        del issuer, provider_arn, key_id
        return self.keys


@dataclass(kw_only=True)
class Build:
    """How a replica is built; planted bugs build it otherwise.

    Attributes:
        view_lease: for how long a replica vouches by what it has read.
        chains: the bounds of chains.
        rules: how long a key spends in each state.
    """

    view_lease: timedelta = LEASE
    chains: ChainRules = field(
        default_factory=lambda: ChainRules(lifetime_max=CHAIN_MAX)
    )

    rules: RotationRules = RULES

    def keyring(self, wire: Wire) -> WiredKeyring:
        """Returns the port of the key ring."""
        return WiredKeyring(wire)

    def clock(self, true: SkewedClock) -> SkewedClock:
        """Returns the clock that the operations read."""
        return true

    def sessions(self, wire: Wire) -> SessionStore:
        """Returns the port of sessions."""
        return WiredSessions(wire)

    def guards(self, wire: Wire) -> GuardStore:
        """Returns the port of what is used once."""
        return WiredGuards(wire)

    def use_cases(self, cases: UseCases) -> UseCases:
        """Returns the operations as the doors get them."""
        return cases

    def log(self, wire: Wire) -> WiredLog:
        """Returns the port of revocations."""
        return WiredLog(wire)

    def audit(self, wire: Wire, chance: random.Random) -> SimulatedAudit:
        """Returns the port of the audit log."""
        return SimulatedAudit(wire, chance)

    def feeds(self) -> Callable[[Feed], Feed]:
        """Returns what makes a stream what the client gets of it."""
        return lambda messages: messages

    def follower(self, **parts: Any) -> RevocationFollower:
        """Returns what keeps the view of revocations fresh."""
        return RevocationFollower(**parts)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What all replicas have in common."""

    directory: Snapshot[Directory]
    rings: RingChecker
    keys: JwkSet
    build: Build


class Replica:
    """One life of a replica, from its start to its crash.

    Args:
        name: names it among the lives of all replicas.
        surroundings: what it shares with others.
        clock: its clock.
        wire: its way to the store.
        chance: what its disk and its randomness come from.
        failed: is told of what nothing in a replica may raise.

    Attributes:
        began_at: when it was started, in true time.
        use_cases: its operations.
        feed: what its door makes of a stream.
        view: what it knows of revocations.
    """

    def __init__(
        self,
        name: str,
        surroundings: Surroundings,
        *,
        clock: SkewedClock,
        wire: Wire,
        chance: random.Random,
        failed: Callable[[BaseException], None],
    ) -> None:
        self.name = name
        self.clock = clock
        self.wire = wire
        self.began_at = asyncio.get_running_loop().time()
        self._failed = failed
        build = surroundings.build
        self.audit = build.audit(wire, chance)
        entropy = SeededEntropy(chance.randrange(2**32))
        log = build.log(wire)
        keys = Keys(
            build.keyring(wire),
            RingWatch(surroundings.rings),
            rules=build.rules,
            clock=clock,
            entropy=entropy,
        )
        self._keys = keys
        surroundings.rings.clocks.append(clock)
        wiring = Wiring(
            Collaborators(
                directory=surroundings.directory,
                ring=keys.holder,
                store=build.sessions(wire),
                log=log,
                decisions=WiredDecisions(wire),
                guards=build.guards(wire),
                key_sets=KeysOfAll(surroundings.keys),
                issuer_base=organisation.OUR_ISSUER,
                audit=self.audit,
                clock=build.clock(clock),
                entropy=entropy,
                lease=build.view_lease,
                decision_retention=timedelta(hours=1),
                regions=frozenset(),
                chains=build.chains,
                saml_checker=CheckedAtOnce(),
                saml_service=ServiceProvider(),
                keys=keys.collaborators(),
            )
        )
        self.feed = build.feeds()
        self.view = wiring.view
        self.use_cases = build.use_cases(wiring.use_cases())
        self.authenticator = wiring.authenticator()
        self._follower = build.follower(
            log=log,
            view=self.view,
            clock=clock,
            worker_id=name,
            lease=LEASE,
            watcher=self,
        )
        self._tasks: list[asyncio.Task[Any]] = []

    def start(self) -> None:
        """Begins to follow the log and the ring."""
        self.spawn(self._keys.run())
        self.spawn(self._follower.run())

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Does something in this replica, as long as it lives."""
        task = asyncio.get_running_loop().create_task(self._until_crash(work))
        self._tasks = [each for each in self._tasks if not each.done()]
        self._tasks.append(task)

    def may_know_key(self, key_id: str) -> bool:
        """Tells whether its ring has a key, or the store's, which it may ask for it."""
        ours = self._keys.holder.within(timedelta.max)
        stored = self.wire.store.primary.ring
        assert stored is not None
        return any(
            ring.verifying_key(key_id) is not None for ring in (ours, ring_of(stored))
        )

    def crash(self) -> None:
        """Ends this life, in the middle of whatever it is at."""
        self.wire.kill()
        for task in self._tasks:
            task.cancel()

    def log_unreadable(self, error: UnavailableError) -> None:
        """Is told of each failed reading; the view knows by itself."""

    async def _until_crash(self, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except CrashedError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the world must know.
            self._failed(error)
