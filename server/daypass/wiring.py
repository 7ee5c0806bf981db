"""Joins the use cases to their collaborators; nothing here touches the world."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from daypass.core.ports import (
    AuditSink,
    Clock,
    DecisionStore,
    Entropy,
    GuardStore,
    KeySetSource,
    RevocationLog,
    SessionStore,
    Snapshot,
)
from daypass.directory.model import Directory
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.federation.saml.options import ServiceProvider
from daypass.keyring.ring import Ring
from daypass.rpc.credential_handlers import CredentialUseCases
from daypass.rpc.dispatch import Dispatcher
from daypass.rpc.health import HealthService
from daypass.rpc.observe import CallObserver
from daypass.rpc.services import UseCases, service_handlers
from daypass.sigv4.signature import SigningKeyCache
from daypass.sts.account_operations import GetAccessKeyInfo, GetCallerIdentity
from daypass.sts.assume_role import AssumeRole
from daypass.sts.assume_role_with_saml import AssertionChecker
from daypass.sts.assume_root import AssumeRoot
from daypass.sts.audit import Auditor
from daypass.sts.authenticate import SigV4Authenticator
from daypass.sts.authenticate_request import AuthenticateRequest
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.authorize_access import Authorize
from daypass.sts.authorize_provider import ProviderAuthorizer
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.chain_rules import ChainRules
from daypass.sts.decision_views import DecisionViews
from daypass.sts.decisions import Decisions
from daypass.sts.decode_authorization_message import DecodeAuthorizationMessage
from daypass.sts.explain_decision import ExplainDecision
from daypass.sts.federated_assumption import FederatedCollaborators
from daypass.sts.get_federation_token import GetFederationToken
from daypass.sts.get_session_token import GetSessionToken
from daypass.sts.issue import SessionIssuer
from daypass.sts.key_set import GetKeySet
from daypass.sts.outbound_issuers import OutboundIssuers
from daypass.sts.owner_views import OwnerViews
from daypass.sts.page_tokens import PageTokens
from daypass.sts.pipeline import Operation, Pipeline
from daypass.sts.prove import SigV4Prover
from daypass.sts.revocation_follower import Revoker
from daypass.sts.revocation_view import RevocationView
from daypass.sts.revoke_sessions import RevokeSessions
from daypass.sts.second_factor import SecondFactor
from daypass.sts.session_policies import SessionPolicyReader
from daypass.sts.sessions import GetSession, ListSessions
from daypass.sts.simulation import Simulate
from daypass.sts.verify_token import TokenJudge, VerifyToken
from daypass.tokens.authorization_message import AuthorizationMessageCodec
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from daypass.wiring_exchange import ExchangeWiring
from daypass.wiring_federation import FederationWiring
from daypass.wiring_outbound import OutboundWiring

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


class Wiring:
    """The use cases of one worker.

    Args:
        world: what they need.

    Attributes:
        view: the worker's view of revocations, which its follower keeps fresh.
        owner_views: makes what the worker leaves for after its answers; to be run.
        outbound_issuers: what accounts are called towards others, and their documents.
    """

    def __init__(self, world: Collaborators) -> None:
        self._world = world
        self.view = RevocationView(clock=world.clock, lease=world.lease)
        self._auditor = Auditor(sink=world.audit, clock=world.clock)
        self._tokens = SessionTokenVerifier(ring=world.ring)
        self._second_factor = SecondFactor(
            directory=world.directory, guards=world.guards, clock=world.clock
        )
        self._exchanged_tokens = ExchangedTokenVerifier(
            ring=world.ring, issuer=world.issuer_base
        )
        self._prover = SigV4Prover(
            directory=world.directory,
            ring=world.ring,
            tokens=self._tokens,
            revocations=self.view,
            signing_keys=SigningKeyCache(),
            clock=world.clock,
            entropy=world.entropy,
        )
        self._policies = SessionPolicyReader()
        self._messages = AuthorizationMessageCodec(
            ring=world.ring, entropy=world.entropy, retention=world.decision_retention
        )
        self._issuer = SessionIssuer(
            ring=world.ring,
            codec=SessionTokenCodec(),
            store=world.store,
            revocations=self.view,
            clock=world.clock,
            entropy=world.entropy,
        )
        self.outbound_issuers = OutboundIssuers(
            directory=world.directory, ring=world.ring, base=world.issuer_base
        )
        views = DecisionViews()
        self.owner_views = OwnerViews(
            views=views, store=world.decisions, entropy=world.entropy
        )
        self._decisions = Decisions(
            store=world.decisions,
            views=views,
            owner_views=self.owner_views,
            messages=self._messages,
            clock=world.clock,
            retention=world.decision_retention,
        )
        self._authorizers = AuthorizerFactory(
            directory=world.directory,
            session_policies=self._policies,
            clock=world.clock,
            decisions=self._decisions,
        )

    def dispatcher(
        self, *, observer: CallObserver, health: HealthService
    ) -> Dispatcher:
        """Returns what answers the calls of the gRPC door."""
        return Dispatcher(
            handlers={**service_handlers(self.use_cases()), **health.handlers()},
            authenticator=self.authenticator(),
            auditor=self._auditor,
            observer=observer,
            clock=self._world.clock,
            entropy=self._world.entropy,
        )

    def authenticator(self) -> SigV4Authenticator:
        """Returns what proves callers."""
        return SigV4Authenticator(
            prover=self._prover, regions=self._world.regions, auditor=self._auditor
        )

    def use_cases(self) -> UseCases:
        """Returns the use cases, ready to be called."""
        world = self._world
        assume_role = self._pipeline(self._assume_role())
        authorize = self.authorize()
        outbound = self._outbound()
        return UseCases(
            assume_role=assume_role,
            authenticate_request=self._pipeline(
                AuthenticateRequest(
                    prover=self._prover,
                    revocations=self.view,
                    authorizers=self._authorizers,
                    decider=authorize,
                )
            ),
            authorize=self._pipeline(authorize),
            batch_assume_role=BatchAssumeRole(assume_role=assume_role),
            credentials=self._credentials(),
            decode_authorization_message=self._pipeline(
                self.decode_authorization_message()
            ),
            delegations=outbound.delegations(),
            exchange=self._exchange().use_cases(),
            explain_decision=self._pipeline(self.explain_decision()),
            federation=self._federation().use_cases(),
            get_access_key_info=self._pipeline(
                GetAccessKeyInfo(
                    directory=world.directory, authorizers=self._authorizers
                )
            ),
            get_caller_identity=self._pipeline(GetCallerIdentity()),
            get_key_set=GetKeySet(ring=world.ring),
            get_session=self._pipeline(
                GetSession(
                    store=world.store, authorizers=self._authorizers, clock=world.clock
                )
            ),
            identities=outbound.identities(),
            list_sessions=self._pipeline(self._list_sessions()),
            revoke_sessions=self._pipeline(self._revoke_sessions()),
            simulate=self._pipeline(self.simulate()),
            verify_token=self._pipeline(self._verify_token()),
        )

    def authorize(self) -> Authorize:
        """Returns the operation that answers questions about access."""
        return Authorize(
            judge=TokenJudge(
                tokens=self._tokens,
                revocations=self.view,
                directory=self._world.directory,
                clock=self._world.clock,
            ),
            directory=self._world.directory,
            authorizers=self._authorizers,
            decisions=self._decisions,
        )

    def simulate(self) -> Simulate:
        """Returns the operation that simulates callers, policies and facts."""
        return Simulate(
            directory=self._world.directory,
            authorizers=self._authorizers,
            clock=self._world.clock,
        )

    def explain_decision(self) -> ExplainDecision:
        """Returns the operation that explains denials."""
        return ExplainDecision(
            store=self._world.decisions,
            authorizers=self._authorizers,
            clock=self._world.clock,
        )

    def decode_authorization_message(self) -> DecodeAuthorizationMessage:
        """Returns the operation that opens what came with a denial."""
        return DecodeAuthorizationMessage(
            messages=self._messages,
            authorizers=self._authorizers,
            clock=self._world.clock,
        )

    def _pipeline(
        self, operation: Operation[_Request, _Result]
    ) -> Pipeline[_Request, _Result]:
        return Pipeline(
            operation=operation, auditor=self._auditor, decisions=self._decisions
        )

    def _assume_role(self) -> AssumeRole:
        world = self._world
        return AssumeRole(
            directory=world.directory,
            authorizers=self._authorizers,
            session_policies=self._policies,
            issuer=self._issuer,
            clock=world.clock,
            chains=world.chains,
            second_factor=self._second_factor,
        )

    def _credentials(self) -> CredentialUseCases:
        return CredentialUseCases(
            assume_root=self._pipeline(
                AssumeRoot(
                    directory=self._world.directory,
                    authorizers=self._authorizers,
                    issuer=self._issuer,
                    clock=self._world.clock,
                    chains=self._world.chains,
                )
            ),
            get_federation_token=self._pipeline(
                GetFederationToken(
                    directory=self._world.directory,
                    authorizers=self._authorizers,
                    session_policies=self._policies,
                    issuer=self._issuer,
                )
            ),
            get_session_token=self._pipeline(
                GetSessionToken(issuer=self._issuer, second_factor=self._second_factor)
            ),
        )

    def _federation(self) -> FederationWiring:
        world = self._world
        return FederationWiring(
            steps=FederatedCollaborators(
                directory=world.directory,
                revocations=self.view,
                authorizer=ProviderAuthorizer(
                    clock=world.clock, decisions=self._decisions
                ),
                session_policies=self._policies,
                guards=world.guards,
                issuer=self._issuer,
                clock=world.clock,
            ),
            key_sets=world.key_sets,
            saml_checker=world.saml_checker,
            saml_service=world.saml_service,
            auditor=self._auditor,
            decisions=self._decisions,
        )

    def _exchange(self) -> ExchangeWiring:
        world = self._world
        return ExchangeWiring(
            issuer_url=world.issuer_base,
            tokens=self._exchanged_tokens,
            directory=world.directory,
            ring=world.ring,
            revocations=self.view,
            authorizers=self._authorizers,
            key_sets=world.key_sets,
            guards=world.guards,
            assume_role=self._assume_role(),
            revoker=self._revoker(),
            clock=world.clock,
            entropy=world.entropy,
            auditor=self._auditor,
            decisions=self._decisions,
        )

    def _revoker(self) -> Revoker:
        world = self._world
        return Revoker(log=world.log, clock=world.clock, lease=world.lease)

    def _outbound(self) -> OutboundWiring:
        world = self._world
        return OutboundWiring(
            directory=world.directory,
            ring=world.ring,
            guards=world.guards,
            clock=world.clock,
            entropy=world.entropy,
            chains=world.chains,
            issuers=self.outbound_issuers,
            revocations=self.view,
            authorizers=self._authorizers,
            session_policies=self._policies,
            issuer=self._issuer,
            auditor=self._auditor,
            decisions=self._decisions,
        )

    def _list_sessions(self) -> ListSessions:
        world = self._world
        return ListSessions(
            store=world.store,
            directory=world.directory,
            authorizers=self._authorizers,
            pages=PageTokens(ring=world.ring, entropy=world.entropy),
            clock=world.clock,
        )

    def _revoke_sessions(self) -> RevokeSessions:
        world = self._world
        return RevokeSessions(
            store=world.store,
            directory=world.directory,
            authorizers=self._authorizers,
            revoker=self._revoker(),
            clock=world.clock,
        )

    def _verify_token(self) -> VerifyToken:
        return VerifyToken(
            tokens=self._tokens,
            revocations=self.view,
            directory=self._world.directory,
            authorizers=self._authorizers,
            clock=self._world.clock,
            exchanged=self._exchange().judge(),
        )
