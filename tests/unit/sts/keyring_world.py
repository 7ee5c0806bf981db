"""A key ring beside the organisation that the tests of the use cases play in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from daypass.adapters.memory_keyring import MemoryKeyringStore
from daypass.sts.key_followers import KeyFollowers
from daypass.sts.keyring_operations import ListKeys, RotateKeys
from daypass.sts.operators import OperatorGate, Operators
from daypass.sts.page_tokens import PageTokens
from daypass.sts.revocation_follower import RevocationFollower
from daypass.sts.revocation_view import RevocationView
from daypass.sts.revoke_key import RevokeKey
from support.ring_workers import RULES, RingWorker, first_ring, store_of
from support.sts_world import LEASE, StsWorld, Watcher
from support.world import SeededEntropy
from unit.sts import organisation as org

ADMIN = f"arn:aws:iam::{org.B}:user/admin"
CLERK = f"arn:aws:iam::{org.B}:user/clerk"


@dataclass
class Keyring:
    """One worker with a ring, whose operators are those of account B."""

    world: StsWorld
    store: MemoryKeyringStore = field(default_factory=lambda: store_of(first_ring()))
    operators: frozenset[str] = frozenset({org.B})
    followers: KeyFollowers = field(default_factory=KeyFollowers)

    def __post_init__(self) -> None:
        """Makes the worker, and a view of revocations that tells it of keys."""
        self.worker = RingWorker(self.store, self.world.clock)
        self.view = RevocationView(
            clock=self.world.clock,
            lease=LEASE,
            on_key_revoked=self.worker.holder.revoke,
        )
        self.follower = RevocationFollower(
            log=self.world.log,
            view=self.view,
            clock=self.world.clock,
            worker_id="of-the-ring",
            lease=LEASE,
            watcher=Watcher(),
        )

    async def opened(self) -> Keyring:
        """Reads the ring and the log for the first time."""
        await self.worker.holder.open()
        await self.follower.catch_up()
        return self

    async def pass_time(self, span: timedelta) -> None:
        """Lets time pass, after which every worker has looked again."""
        self.world.clock.advance(span)
        await self.world.follower.catch_up()
        await self.follower.catch_up()

    def gate(self) -> OperatorGate:
        """Returns what lets operators in."""
        operators = Operators(directory=self.world.directory, named=self.operators)
        return OperatorGate(operators=operators, authorizers=self.world.authorizers)

    async def list_keys(self, request: Any, caller: str = ADMIN) -> Any:
        """Runs ListKeys."""
        operation = ListKeys(
            holder=self.worker.holder,
            rules=RULES,
            gate=self.gate(),
            pages=PageTokens(ring=self.worker.holder, entropy=SeededEntropy(4)),
        )
        return await self.world.run(operation, request, self.world.user(caller))

    async def rotate(self, request: Any, caller: str = ADMIN) -> Any:
        """Runs RotateKeys."""
        operation = RotateKeys(
            holder=self.worker.holder,
            rules=RULES,
            gate=self.gate(),
            clock=self.world.clock,
            entropy=SeededEntropy(5),
        )
        return await self.world.run(operation, request, self.world.user(caller))

    async def revoke(self, request: Any, caller: str = ADMIN) -> Any:
        """Runs RevokeKey."""
        operation = RevokeKey(
            holder=self.worker.holder,
            revoker=self.world.revoker,
            gate=self.gate(),
            clock=self.world.clock,
            entropy=SeededEntropy(6),
        )
        return await self.world.run(operation, request, self.world.user(caller))
