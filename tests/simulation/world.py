"""A simulated world: replicas, one store, clients, faults, and one seed.

The same seed makes the same world, step by step: everything in it is drawn from the
seed, and time goes on when there is nothing left to do.

SPEC: reliability E28.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from daypass.keyring.key import LIVE_STATES
from daypass.tokens.session_token import SessionTokenVerifier
from simulation import organisation
from simulation.administrators import Administrators
from simulation.calls import Doorway
from simulation.checker import Checker
from simulation.clients import Clients
from simulation.clocks import SkewedClock, chance_of
from simulation.delegations import Delegators
from simulation.exchanges import Exchangers
from simulation.faults import Faults
from simulation.federation import Federated
from simulation.history import Given, History, Issued, ViolationError
from simulation.identities import Identities
from simulation.keyring import RULES, algorithms_of, first_ring, sealed
from simulation.model_state import StoreState
from simulation.model_store import ModelStore
from simulation.replica import Build, Replica, Surroundings
from simulation.ring_checker import RingChecker
from simulation.verifiers import Verifiers
from simulation.virtual_time import VirtualLoop, close
from simulation.wire import Wire
from support.oidc_issuer import key_set
from support.sts_world import Box

REPLICAS: Final = 3
_TRACE_LINES: Final = 60
# How long a step lasts, in seconds; most are short, so that much happens at once.
_STEPS: Final = (0.0005, 0.002, 0.005, 0.02, 0.2, 1.0, 2.0)
_PROBED: Final = 60
_LOSES: Final = 4
# Of so many tokens and approvals each, the last, something becomes.
_TOKENS: Final = 20


class SimulationError(AssertionError):
    """A world in which an invariant does not hold, and how to see it again."""


@dataclass(kw_only=True)
class Plan:
    """How a world is built; planted bugs build it otherwise."""

    build: Build = field(default_factory=Build)
    doorway: Doorway = field(default_factory=Doorway)
    answers_early: bool = False
    guards_kept_after: timedelta | None = None
    ambushes: int = 3
    losses: int = 0
    followers: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a simulation in which everything held.

    Attributes:
        digest: of the trace; the same for the same seed.
        issued: how many answers issued credentials.
        exchanged: how many answers had a token of an exchange.
        used: how many things were accepted that are good once.
        probes: how often a replica was asked for a verdict.
        vouched: how often it said that a token is good.
        refused: how often it had to say that one is revoked.
        lost: how many writes were lost in failovers.
        seconds: how long it lasted, in its own time.
    """

    digest: str
    issued: int
    exchanged: int
    used: int
    probes: int
    vouched: int
    refused: int
    lost: int
    seconds: float


class World:
    """The world of one seed.

    Args:
        loop: its time.
        seed: what it comes from.
        plan: how it is built.

    Attributes:
        replicas: those that live.
        store: what they share.
        store_clock: its clock.
        checker: holds all of it to the invariants.
        pause_seconds: for how long nothing happens after this step.
    """

    def __init__(self, loop: VirtualLoop, seed: int, plan: Plan) -> None:
        self._loop = loop
        self._seed = seed
        self._plan = plan
        self._chance = chance_of(seed, "world")
        self._digest = hashlib.sha256()
        self._lines: deque[str] = deque(maxlen=_TRACE_LINES)
        self._lives = 0
        self._failure: BaseException | None = None
        self.pause_seconds = 0.0
        self.store_clock = SkewedClock(loop)
        state = StoreState("log-1")
        if plan.guards_kept_after is not None:
            state.guards_kept_after = plan.guards_kept_after
        algorithms = algorithms_of(chance_of(seed, "algorithms"))
        ring = first_ring(seed, algorithms)
        state.ring = sealed(ring)
        self.store = ModelStore(
            loop=loop,
            clock=self.store_clock,
            chance=chance_of(seed, "store"),
            state=state,
            answers_early=plan.answers_early,
        )
        rings = RingChecker(ring, lead=RULES.lead)
        self._surroundings = Surroundings(
            directory=Box(organisation.directory()),
            rings=rings,
            keys=key_set("ES256"),
            build=plan.build,
        )
        self.checker = Checker(
            history=History(),
            store=self.store,
            store_clock=self.store_clock,
            rings=rings,
        )
        common: dict[str, Any] = {
            "clock": SkewedClock(loop),
            "checker": self.checker,
            "trace": self.trace,
        }
        calling = {
            "tokens": SessionTokenVerifier(ring=rings.known),
            "doorway": plan.doorway,
            **common,
        }
        self._clients = Clients(chance=chance_of(seed, "clients"), **calling)
        self._federated = Federated(chance=chance_of(seed, "federated"), **calling)
        self._exchangers = Exchangers(chance=chance_of(seed, "exchangers"), **calling)
        self._delegators = Delegators(chance=chance_of(seed, "delegators"), **calling)
        self._identities = Identities(
            chance=chance_of(seed, "identities"), algorithms=algorithms, **calling
        )
        self._administrators = Administrators(
            chance=chance_of(seed, "administrators"), **common
        )
        self._verifiers = Verifiers(
            chance=chance_of(seed, "verifiers"),
            log=self.store.entries_of,
            log_name=lambda: self.store.replica.incarnation,
            acknowledged=self.checker.history.acknowledged,
            each=plan.followers,
            **common,
        )
        self.checker.verifiers = self._verifiers.of_keys
        self.replicas: list[Replica] = []
        # One world in four loses what is stored, and there not all can hold.
        losses = plan.losses or seed % _LOSES == 0
        self._faults = Faults(
            self,
            chance_of(seed, "faults"),
            ambushes=plan.ambushes,
            losses=int(losses),
        )

    async def run(self, steps: int) -> Outcome:
        """Lets so many things happen, and checks after each of them."""
        self.replicas = [self._new_replica(place) for place in range(REPLICAS)]
        for replica in self.replicas:
            replica.start()
        await asyncio.sleep(1)
        self._verifiers.begin(self.replicas)
        for _ in range(steps):
            self._happen()
            pause, self.pause_seconds = self.pause_seconds, 0.0
            await asyncio.sleep(
                pause + self._chance.choice(_STEPS) * self._chance.random()
            )
            self._check()
        await self._end()
        checker = self.checker
        return Outcome(
            self._digest.hexdigest(),
            len(checker.history.issued),
            len(checker.history.exchanged),
            checker.history.used.total(),
            checker.probes,
            checker.vouched,
            checker.refused,
            self.store.lost,
            self._loop.time(),
        )

    def trace(self, line: str) -> None:
        """Takes a line of what has happened."""
        text = f"{self._loop.time():.6f} {line}"
        self._lines.append(text)
        self._digest.update(text.encode())

    def told(self) -> str:
        """Returns what has happened last."""
        return "\n".join(self._lines)

    def replace(self, place: int) -> None:
        """Starts a replica in the place of one that has crashed."""
        self.replicas[place] = self._new_replica(place)
        self.replicas[place].start()

    def after_failover(self) -> None:
        """Looks at what is left of what was acknowledged."""
        self.trace(f"failover, {self.store.lost} writes lost so far")
        try:
            self.checker.failed_over()
        except ViolationError as error:
            self._on_failed(error)

    def _new_replica(self, place: int) -> Replica:
        self._lives += 1
        name = f"replica-{place}.{self._lives}"
        chance = chance_of(self._seed, name)
        clock = SkewedClock(self._loop, timedelta(seconds=chance.uniform(-1, 1)))
        wire = Wire(
            loop=self._loop, store=self.store, chance=chance_of(self._seed, f"{name}w")
        )
        return Replica(
            name,
            self._surroundings,
            clock=clock,
            wire=wire,
            chance=chance,
            failed=self._on_failed,
        )

    def _on_failed(self, error: BaseException) -> None:
        self._failure = self._failure or error

    def _happen(self) -> None:
        happens = self._happens()
        weights = [weight for weight, _ in happens]
        ((_, chosen),) = self._chance.choices(happens, weights)
        chosen()

    def _happens(self) -> Sequence[tuple[int, Callable[[], object]]]:
        """Returns what may happen, and how often beside others.

        Twice in a world a key leaks.
        """
        all_of, live = self.replicas, self._recent()
        tokens = self.checker.history.exchanged[-_TOKENS:]
        approvals = self.checker.history.approvals[-_TOKENS:]
        return (
            (120, lambda: self.trace(f"fault {self._faults.strike()}")),
            (220, lambda: self._clients.assume(all_of)),
            (160, lambda: self._clients.chain(all_of, live)),
            (60, lambda: self._clients.show_code(all_of)),
            (60, lambda: self._federated.show_token(all_of)),
            (30, lambda: self._federated.show_assertion(all_of)),
            (120, lambda: self._exchangers.exchange(all_of, live, tokens)),
            (40, lambda: self._delegators.approve(all_of, live)),
            (50, lambda: self._delegators.trade_in(all_of, approvals)),
            (30, lambda: self._identities.ask(all_of)),
            (80, lambda: self._administrators.revoke(all_of, live)),
            (20, lambda: self._exchangers.revoke(all_of, tokens)),
            (4, self._revoke_key),
            (6, lambda: None),
        )

    def _revoke_key(self) -> None:
        """Somebody finds that a key has leaked, whatever it is for."""
        history = self.checker.history
        kinds: tuple[list[Issued] | list[Given], ...] = (
            history.issued,
            history.approvals,
            history.identities,
        )
        made = [given for kind in kinds for given in kind[-1:]]
        if not made:
            return
        key_id = self._chance.choice(self._chance.choice(made).key_ids)
        # Those before it still name what calls are issued (ADR 0078).
        secrets = self.checker.rings.newest.value.derivation_secrets
        names = [each.name for each in secrets if each.state in LIVE_STATES]
        if key_id in names:
            key_id = self._chance.choice(names)
        self._administrators.revoke_key(self.replicas, key_id)

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure
        history, probe = self.checker.history, self.checker.probe
        sessions, tokens = self._recent(), history.exchanged[-_TOKENS:]
        for replica in self.replicas:
            for given in (sessions, sessions[-1:], tokens):
                if given:
                    probe(replica, self._chance.choice(given))
            self._identities.probe(replica, history.identities[-_TOKENS:])

    def _recent(self) -> list[Issued]:
        return self.checker.history.issued[-_PROBED:]

    async def _end(self) -> None:
        """Waits until all is answered, and looks at all that is left."""
        self._faults.calm()
        await asyncio.sleep(70)
        self._check()
        self.checker.ended(self.replicas)
        self._verifiers.ended()
        for replica in self.replicas:
            for session in self.checker.history.issued[-100:]:
                self.checker.probe(replica, session)
            for token in self.checker.history.exchanged[-_TOKENS:]:
                self.checker.probe(replica, token)


def simulate(seed: int, steps: int, plan: Plan | None = None) -> Outcome:
    """Runs the world of a seed.

    Raises:
        SimulationError: an invariant does not hold; the text says how to see it again.
    """
    loop = VirtualLoop()
    world: World | None = None
    try:
        world = World(loop, seed, plan or Plan())
        return loop.run_until_complete(world.run(steps))
    except ViolationError as error:
        told = world.told() if world else ""
        raise SimulationError(
            f"seed {seed}: {error}\nmake fuzz SEED={seed} repeats it.\n{told}"
        ) from error
    finally:
        close(loop)
