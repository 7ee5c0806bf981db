"""Joins what operators and verifiers do with keys to their collaborators."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from daypass.core.ports import Clock, Entropy, Snapshot
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.keyring.schedule import RotationRules
from daypass.rpc.keyring_handlers import KeyringUseCases
from daypass.sts.audit import Auditor
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.decisions import Decisions
from daypass.sts.key_followers import KeyFollowers
from daypass.sts.key_set import GetKeySet
from daypass.sts.keyring_operations import ListKeys, RotateKeys
from daypass.sts.operators import OperatorGate, Operators
from daypass.sts.page_tokens import PageTokens
from daypass.sts.pipeline import Operation, Pipeline
from daypass.sts.revocation_follower import Revoker
from daypass.sts.revocation_view import RevocationView
from daypass.sts.revoke_key import RevokeKey
from daypass.sts.ring_holder import RingHolder
from daypass.sts.standing import Standing
from daypass.sts.watch import WatchKeySet, WatchRevocations

_Request = TypeVar("_Request")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCollaborators:
    """What the use cases need of the key ring.

    Attributes:
        holder: the ring in use.
        published: the ring as it is published.
        key_set_age_max: how long verifiers may keep a key set.
        rules: how long a key spends in each state.
        operators: the accounts that the settings name as those of operators.
        followers: who follows the key set here.
    """

    holder: RingHolder
    published: Snapshot[Ring]
    key_set_age_max: timedelta
    rules: RotationRules
    operators: frozenset[str]
    followers: KeyFollowers = field(default_factory=KeyFollowers)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWiring:
    """What these operations are made of."""

    keys: KeyCollaborators
    directory: Snapshot[Directory]
    view: RevocationView
    revoker: Revoker
    authorizers: AuthorizerFactory
    auditor: Auditor
    decisions: Decisions
    lease: timedelta
    clock: Clock
    entropy: Entropy

    def use_cases(self) -> KeyringUseCases:
        """Returns the operations, ready to be called."""
        return KeyringUseCases(
            list_keys=self._pipeline(
                ListKeys(
                    holder=self.keys.holder,
                    rules=self.keys.rules,
                    gate=self._gate(),
                    pages=PageTokens(ring=self.keys.holder, entropy=self.entropy),
                )
            ),
            rotate_keys=self._pipeline(
                RotateKeys(
                    holder=self.keys.holder,
                    rules=self.keys.rules,
                    gate=self._gate(),
                    clock=self.clock,
                    entropy=self.entropy,
                )
            ),
            revoke_key=self._pipeline(
                RevokeKey(
                    holder=self.keys.holder,
                    revoker=self.revoker,
                    gate=self._gate(),
                    clock=self.clock,
                    entropy=self.entropy,
                )
            ),
            watch_key_set=self._pipeline(self._watch_key_set()),
            watch_revocations=self._pipeline(
                WatchRevocations(
                    view=self.view,
                    gate=self._gate(),
                    standing=self._standing(),
                    clock=self.clock,
                    lease=self.lease,
                )
            ),
        )

    def get_key_set(self) -> GetKeySet:
        """Returns what tells the key set."""
        return GetKeySet(ring=self.keys.published, age_max=self.keys.key_set_age_max)

    def _watch_key_set(self) -> WatchKeySet:
        return WatchKeySet(
            key_set=self.get_key_set(),
            changed=lambda: self.keys.holder.changed,
            followers=self.keys.followers,
            authorizers=self.authorizers,
            standing=self._standing(),
        )

    def _gate(self) -> OperatorGate:
        operators = Operators(directory=self.directory, named=self.keys.operators)
        return OperatorGate(operators=operators, authorizers=self.authorizers)

    def _standing(self) -> Standing:
        return Standing(
            directory=self.directory, revocations=self.view, clock=self.clock
        )

    def _pipeline(
        self, operation: Operation[_Request, _Result]
    ) -> Pipeline[_Request, _Result]:
        return Pipeline(
            operation=operation, auditor=self.auditor, decisions=self.decisions
        )
