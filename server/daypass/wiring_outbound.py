"""Joins what reaches beyond an account to its collaborators."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from daypass.core.ports import Clock, Entropy, GuardStore, Snapshot
from daypass.directory.model import Directory
from daypass.keyring.ring import Ring
from daypass.rpc.delegation_handlers import DelegationUseCases
from daypass.rpc.identity_handlers import IdentityUseCases
from daypass.sts.audit import Auditor
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.chain_rules import ChainRules
from daypass.sts.create_trade_in_token import CreateTradeInToken
from daypass.sts.decisions import Decisions
from daypass.sts.get_delegated_access_token import GetDelegatedAccessToken
from daypass.sts.get_web_identity_token import GetWebIdentityToken
from daypass.sts.issue import SessionIssuer
from daypass.sts.outbound_issuers import OutboundIssuers
from daypass.sts.pipeline import Operation, Pipeline
from daypass.sts.revocation_view import RevocationView
from daypass.sts.session_policies import SessionPolicyReader
from daypass.tokens.trade_in_token import TradeInTokens

_Request = TypeVar("_Request")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundWiring:
    """What these operations are made of; see each of them for what it needs."""

    directory: Snapshot[Directory]
    ring: Snapshot[Ring]
    guards: GuardStore
    clock: Clock
    entropy: Entropy
    chains: ChainRules
    issuers: OutboundIssuers
    revocations: RevocationView
    authorizers: AuthorizerFactory
    session_policies: SessionPolicyReader
    issuer: SessionIssuer
    auditor: Auditor
    decisions: Decisions

    def identities(self) -> IdentityUseCases:
        """Returns the operations that tell others who somebody is."""
        return IdentityUseCases(
            get_web_identity_token=self._pipeline(
                GetWebIdentityToken(
                    directory=self.directory,
                    ring=self.ring,
                    issuers=self.issuers,
                    authorizers=self.authorizers,
                    clock=self.clock,
                    entropy=self.entropy,
                )
            )
        )

    def delegations(self) -> DelegationUseCases:
        """Returns the operations by which somebody acts as somebody else."""
        tokens = TradeInTokens(ring=self.ring, entropy=self.entropy)
        return DelegationUseCases(
            create_trade_in_token=self._pipeline(
                CreateTradeInToken(
                    directory=self.directory,
                    authorizers=self.authorizers,
                    session_policies=self.session_policies,
                    tokens=tokens,
                    guards=self.guards,
                    chains=self.chains,
                    clock=self.clock,
                    entropy=self.entropy,
                )
            ),
            get_delegated_access_token=self._pipeline(
                GetDelegatedAccessToken(
                    directory=self.directory,
                    revocations=self.revocations,
                    authorizers=self.authorizers,
                    tokens=tokens,
                    guards=self.guards,
                    issuer=self.issuer,
                    chains=self.chains,
                    clock=self.clock,
                )
            ),
        )

    def _pipeline(
        self, operation: Operation[_Request, _Result]
    ) -> Pipeline[_Request, _Result]:
        return Pipeline(
            operation=operation, auditor=self.auditor, decisions=self.decisions
        )
