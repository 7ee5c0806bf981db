"""What the use cases of one worker share, and what they need of the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from daypass.core.key_set_source import KeySetSource
from daypass.core.ports import (
    AuditSink,
    Clock,
    DecisionStore,
    Entropy,
    GuardStore,
    RevocationLog,
    SessionStore,
    Snapshot,
)
from daypass.directory.model import Directory
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.saml.options import ServiceProvider
from daypass.keyring.ring import Ring
from daypass.sigv4.signature import SigningKeyCache
from daypass.sts.assume_role_with_saml import AssertionChecker
from daypass.sts.audit import Auditor
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.chain_rules import ChainRules
from daypass.sts.decision_views import DecisionViews
from daypass.sts.decisions import Decisions
from daypass.sts.issue import SessionIssuer
from daypass.sts.outbound_issuers import OutboundIssuers
from daypass.sts.owner_views import OwnerViews
from daypass.sts.pipeline import Operation, Pipeline
from daypass.sts.prove import SigV4Prover
from daypass.sts.revocation_follower import Revoker
from daypass.sts.revocation_view import RevocationView
from daypass.sts.second_factor import SecondFactor
from daypass.sts.session_policies import SessionPolicyReader
from daypass.tokens.authorization_message import AuthorizationMessageCodec
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from daypass.wiring_keys import KeyCollaborators

_Request = TypeVar("_Request")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What the use cases need of the world."""

    directory: Snapshot[Directory]
    ring: Snapshot[Ring]
    store: SessionStore
    log: RevocationLog
    decisions: DecisionStore
    guards: GuardStore
    key_sets: KeySetSource[JwkSet]
    issuer_base: str | None
    audit: AuditSink
    clock: Clock
    entropy: Entropy
    lease: timedelta
    decision_retention: timedelta
    regions: frozenset[str]
    chains: ChainRules
    saml_checker: AssertionChecker
    saml_service: ServiceProvider
    keys: KeyCollaborators


class Parts:
    """What several use cases of a worker are made of, each made once.

    Args:
        world: what they need.

    Attributes:
        world: as it was given.
        view: the worker's view of revocations, which its follower keeps fresh.
        auditor: records each outcome.
        tokens: reads session tokens.
        second_factor: checks second factors.
        exchanged_tokens: reads tokens that came of an exchange.
        prover: finds out whose signature it is.
        policies: reads session policies.
        messages: seals authorization messages.
        issuer: makes sessions.
        outbound_issuers: what accounts are called towards others, and their documents.
        owner_views: makes what the worker leaves for after its answers; to be run.
        decisions: keeps the explanations of denials.
        authorizers: decides.
    """

    def __init__(self, world: Collaborators) -> None:
        self.world = world
        self.view = RevocationView(
            clock=world.clock,
            lease=world.lease,
            on_key_revoked=world.keys.holder.revoke,
        )
        self.auditor = Auditor(sink=world.audit, clock=world.clock)
        self.tokens = SessionTokenVerifier(ring=world.ring)
        self.second_factor = SecondFactor(
            directory=world.directory, guards=world.guards, clock=world.clock
        )
        self.exchanged_tokens = ExchangedTokenVerifier(
            ring=world.ring, issuer=world.issuer_base
        )
        self.prover = SigV4Prover(
            directory=world.directory,
            ring=world.ring,
            tokens=self.tokens,
            revocations=self.view,
            signing_keys=SigningKeyCache(),
            clock=world.clock,
            entropy=world.entropy,
        )
        self.policies = SessionPolicyReader()
        self.messages = AuthorizationMessageCodec(
            ring=world.ring, entropy=world.entropy, retention=world.decision_retention
        )
        self.issuer = SessionIssuer(
            ring=world.ring,
            codec=SessionTokenCodec(),
            store=world.store,
            revocations=self.view,
            clock=world.clock,
            entropy=world.entropy,
        )
        self.outbound_issuers = OutboundIssuers(
            directory=world.directory,
            ring=world.keys.published,
            base=world.issuer_base,
        )
        views = DecisionViews()
        self.owner_views = OwnerViews(
            views=views, store=world.decisions, entropy=world.entropy
        )
        self.decisions = Decisions(
            store=world.decisions,
            views=views,
            owner_views=self.owner_views,
            messages=self.messages,
            clock=world.clock,
            retention=world.decision_retention,
        )
        self.authorizers = AuthorizerFactory(
            directory=world.directory,
            session_policies=self.policies,
            clock=world.clock,
            decisions=self.decisions,
        )

    def pipeline(
        self, operation: Operation[_Request, _Result]
    ) -> Pipeline[_Request, _Result]:
        """Returns the steps that every operation shares, around one of them."""
        return Pipeline(
            operation=operation, auditor=self.auditor, decisions=self.decisions
        )

    def revoker(self) -> Revoker:
        """Returns what makes revocations effective everywhere."""
        world = self.world
        return Revoker(log=world.log, clock=world.clock, lease=world.lease)
