"""Bugs that are planted, to see that the simulation finds them.

Each is one that somebody could make, built into a world by way of its plan. The
server itself stays as it is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from daypass.core.ports import GuardStore, SessionStore
from daypass.rpc.services import UseCases
from daypass.sts.caller import Caller
from daypass.sts.chain_rules import ChainRules
from daypass.sts.revocation_follower import RevocationFollower
from daypass.sts.revocation_view import RevocationView
from simulation.calls import Doorway
from simulation.clocks import SkewedClock
from simulation.keyring import RULES, WiredKeyring
from simulation.planted_parts import (
    AppliesUnsure,
    HastyAudit,
    HastyKeyring,
    HastyLog,
    HastySessions,
    KeepingSessions,
    KeepsLog,
    OneAlgorithm,
    ReadsFirst,
    StandingClock,
    TwoStepGuards,
    deaf,
    forgetful,
    forgets,
    hiding,
    key_lives_on,
    stuck,
)
from simulation.ports import WiredGuards, WiredLog, WiredSessions
from simulation.replica import Build, Feed, SimulatedAudit
from simulation.wire import Wire
from simulation.world import Plan

_AGES: Final = timedelta(days=1)
_NO_LEAD: Final = dataclasses.replace(RULES, lead=timedelta(seconds=1))
_GONE_EARLY: Final = dataclasses.replace(RULES, keep=timedelta(minutes=1))


class _LateEpoch(Doorway):
    """Takes the epoch of a caller when it is used, and not when it is proven."""

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns a caller that no earlier revocation touches."""
        return dataclasses.replace(caller, epoch=view.epoch)


class _ForgetsIdentity(Doorway):
    """Loses on whose behalf a session acts."""

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns a caller that may say so anew."""
        del view
        if caller.session is None:
            return caller
        session = dataclasses.replace(caller.session, source_identity=None)
        return dataclasses.replace(caller, session=session)


class _DerivesNow(Doorway):
    """Names what a call is issued by the secret of the moment, whenever it was signed."""

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns a caller whose call every change of a secret is long before."""
        del view
        assert caller.signed_call is not None
        later = caller.signed_call.sign_time + _AGES
        call = dataclasses.replace(caller.signed_call, sign_time=later)
        return dataclasses.replace(caller, signed_call=call)


class _MintsAnew(Doorway):
    """Does not tell a call from the same call sent again."""

    def let_in(self, caller: Caller, view: RevocationView) -> Caller:
        """Returns a caller that may be issued another session."""
        del view
        return dataclasses.replace(caller, signed_call=None)


@dataclass(kw_only=True)
class _Other(Build):
    """A build with another part."""

    make_sessions: Callable[[Wire], SessionStore] = WiredSessions
    make_guards: Callable[[Wire], GuardStore] = WiredGuards
    make_keyring: Callable[[Wire], WiredKeyring] = WiredKeyring
    make_clock: Callable[[SkewedClock], SkewedClock] | None = None
    make_audit: Callable[..., SimulatedAudit] = SimulatedAudit
    make_follower: Callable[..., RevocationFollower] = RevocationFollower
    make_feeds: Callable[[], Callable[[Feed], Feed]] | None = None
    make_log: Callable[[Wire], WiredLog] = WiredLog
    tells_one_algorithm: bool = False

    def sessions(self, wire: Wire) -> SessionStore:
        """Returns the port of sessions."""
        return self.make_sessions(wire)

    def guards(self, wire: Wire) -> GuardStore:
        """Returns the port of what is used once."""
        return self.make_guards(wire)

    def log(self, wire: Wire) -> WiredLog:
        """Returns the port of revocations."""
        return self.make_log(wire)

    def use_cases(self, cases: UseCases) -> UseCases:
        """Returns the operations as the doors get them."""
        if not self.tells_one_algorithm:
            return cases
        told = OneAlgorithm(ring=cases.get_key_set._ring)
        return dataclasses.replace(cases, get_key_set=told)

    def keyring(self, wire: Wire) -> WiredKeyring:
        """Returns the port of the key ring."""
        return self.make_keyring(wire)

    def clock(self, true: SkewedClock) -> SkewedClock:
        """Returns the clock that the operations read."""
        return self.make_clock(true) if self.make_clock else super().clock(true)

    def audit(self, wire: Wire, chance: Any) -> SimulatedAudit:
        """Returns the port of the audit log."""
        return self.make_audit(wire, chance)

    def feeds(self) -> Callable[[Feed], Feed]:
        """Returns what makes a stream what the client gets of it."""
        return self.make_feeds() if self.make_feeds else super().feeds()

    def follower(self, **parts: Any) -> RevocationFollower:
        """Returns what keeps the view of revocations fresh."""
        return self.make_follower(**parts)


@dataclass(frozen=True, kw_only=True)
class Bug:
    """A bug, by which invariant it is found, and the seed to begin with.

    Some need a rare meeting of events; to begin near it saves a minute.
    """

    plan: Plan
    breaks: frozenset[str] = field(default_factory=frozenset)
    seed: int = 1


def _bug(*breaks: str, plan: Plan | None = None, seed: int = 1, **parts: Any) -> Bug:
    plan = plan or Plan(build=_Other(**parts))
    return Bug(plan=plan, breaks=frozenset(breaks), seed=seed)


BUGS: Final[Mapping[str, Bug]] = MappingProxyType(
    {
        # Without those who follow, who would find these before a verdict does.
        "a replica vouches after its lease": _bug(
            "I1", seed=10, plan=Plan(build=_Other(view_lease=_AGES), followers=0)
        ),
        "a swap is two steps": _bug("I4", make_guards=TwoStepGuards),
        "acknowledged before it is stored": _bug("stored", make_sessions=HastySessions),
        "acknowledged before it is replicated": _bug(
            "stored", "I2", "I4", plan=Plan(answers_early=True)
        ),
        "not taken back": _bug("undo", seed=4, make_sessions=KeepingSessions),
        "the epoch is taken after the check": _bug(
            "I1", seed=7, plan=Plan(doorway=_LateEpoch())
        ),
        "expiry is left to the store": _bug(
            "I4", plan=Plan(guards_kept_after=timedelta(0))
        ),
        "a call sent again mints anew": _bug("V01", plan=Plan(doorway=_MintsAnew())),
        "read before the lease is announced": _bug(
            "I1",
            "lives",
            seed=5,
            plan=Plan(build=_Other(make_follower=ReadsFirst), followers=0),
        ),
        "granted before it is on record": _bug("I9", make_audit=HastyAudit),
        "a key signs without a lead": _bug("lead", rules=_NO_LEAD),
        "a ring is stored over another one": _bug("keys", make_keyring=HastyKeyring),
        "a key goes before what it signed": _bug("lives", rules=_GONE_EARLY),
        "the clock is read now and then": _bug(
            "expiry", seed=20, make_clock=StandingClock
        ),
        "the source identity is lost": _bug(
            "I5", plan=Plan(doorway=_ForgetsIdentity())
        ),
        "a worker applies what is not sure": _bug(
            "feed", seed=16, make_follower=AppliesUnsure
        ),
        "a revoked key is used until the ring is read": _bug(
            "I1", make_follower=key_lives_on
        ),
        "a feed loses a revocation": _bug("feed", make_feeds=forgetful),
        "a feed hides that the log is lost": _bug(
            "feed", plan=Plan(build=_Other(make_feeds=hiding), losses=6)
        ),
        "a worker goes on with a lost log": _bug(
            "lost",
            plan=Plan(build=_Other(make_follower=KeepsLog), followers=0, losses=6),
        ),
        "a feed of keys is stuck": _bug("published", seed=4, make_feeds=stuck),
        "an assertion is taken again": _bug(
            "I4", make_guards=forgets("saml-assertion")
        ),
        "a token that was exchanged is exchanged again": _bug(
            "I4", make_guards=forgets("exchanged-token")
        ),
        "an approval is traded in again": _bug(
            "I4", make_guards=forgets("trade-in-token")
        ),
        "a call approves again": _bug("I4", make_guards=forgets("approving-call")),
        "a token of an exchange is not revoked": _bug(
            "I1", plan=Plan(build=_Other(make_follower=deaf), followers=0)
        ),
        "acknowledged before others know": _bug(
            "I1", plan=Plan(build=_Other(make_log=HastyLog), followers=0)
        ),
        "a key set lacks an algorithm": _bug(
            "published", seed=3, tells_one_algorithm=True
        ),
        "a call is named by the secret of the moment": _bug(
            "V01", plan=Plan(doorway=_DerivesNow())
        ),
        "a chain goes on for ever": _bug("I6", chains=ChainRules()),
    }
)
