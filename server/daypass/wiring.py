"""Joins the use cases to their collaborators; nothing here touches the world."""

from __future__ import annotations

from daypass.gateway.operations import Operations
from daypass.gateway.query_door import QueryDoor
from daypass.rpc.credential_handlers import CredentialUseCases
from daypass.rpc.dispatch import Dispatcher
from daypass.rpc.health import HealthService
from daypass.rpc.keyring_handlers import stream_handlers
from daypass.rpc.observe import CallObserver
from daypass.rpc.services import UseCases, service_handlers
from daypass.rpc.streams import StreamRunner
from daypass.sts.account_operations import GetAccessKeyInfo, GetCallerIdentity
from daypass.sts.assume_role import AssumeRole
from daypass.sts.assume_root import AssumeRoot
from daypass.sts.authenticate import SigV4Authenticator
from daypass.sts.authenticate_http import HttpAuthenticator
from daypass.sts.authenticate_request import AuthenticateRequest
from daypass.sts.authorize_access import Authorize
from daypass.sts.authorize_provider import ProviderAuthorizer
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.batch_verify_tokens import BatchVerifyTokens
from daypass.sts.client_secrets import SecretHasher
from daypass.sts.decode_authorization_message import DecodeAuthorizationMessage
from daypass.sts.explain_decision import ExplainDecision
from daypass.sts.federated_assumption import FederatedCollaborators
from daypass.sts.fresh_ring import FreshRing
from daypass.sts.get_federation_token import GetFederationToken
from daypass.sts.get_session_token import GetSessionToken
from daypass.sts.page_tokens import PageTokens
from daypass.sts.revoke_sessions import RevokeSessions
from daypass.sts.sessions import GetSession, ListSessions
from daypass.sts.simulation import Simulate
from daypass.sts.token_judge import TokenJudge
from daypass.sts.verify_token import VerifyToken
from daypass.wiring_exchange import ExchangeWiring
from daypass.wiring_federation import FederationWiring
from daypass.wiring_keys import KeyWiring
from daypass.wiring_oauth import OAuthWiring
from daypass.wiring_outbound import OutboundWiring
from daypass.wiring_parts import Collaborators, Parts


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
        self._parts = Parts(world)
        self.view = self._parts.view
        self.owner_views = self._parts.owner_views
        self.outbound_issuers = self._parts.outbound_issuers
        self._use_cases = self._join()

    def dispatcher(
        self, *, observer: CallObserver, health: HealthService
    ) -> Dispatcher:
        """Returns what answers the calls of the gRPC door."""
        use_cases, authenticator = self.use_cases(), self.authenticator()
        return Dispatcher(
            handlers={**service_handlers(use_cases), **health.handlers()},
            streams=StreamRunner(
                handlers=stream_handlers(use_cases.keyring),
                authenticator=authenticator,
                auditor=self._parts.auditor,
                entropy=self._world.entropy,
            ),
            authenticator=authenticator,
            auditor=self._parts.auditor,
            observer=observer,
            clock=self._world.clock,
            entropy=self._world.entropy,
        )

    def authenticator(self) -> SigV4Authenticator:
        """Returns what proves callers."""
        return SigV4Authenticator(
            prover=self._parts.prover,
            regions=self._world.regions,
            auditor=self._parts.auditor,
        )

    def query_door(self, operations: Operations) -> QueryDoor:
        """Returns what answers the requests of the Query protocol."""
        return QueryDoor(
            operations=operations,
            authenticator=HttpAuthenticator(
                prover=self._parts.prover,
                regions=self._world.regions,
                auditor=self._parts.auditor,
            ),
            auditor=self._parts.auditor,
        )

    def oauth(self, *, hasher: SecretHasher, certificates: bool) -> OAuthWiring:
        """Returns what makes the OAuth endpoints.

        Args:
            hasher: hashes the secrets of clients.
            certificates: whether the door asks clients for certificates.
        """
        return OAuthWiring(
            parts=self._parts,
            exchange=self._exchange(),
            hasher=hasher,
            certificates=certificates,
        )

    def use_cases(self) -> UseCases:
        """Returns the use cases, ready to be called; all doors share them."""
        return self._use_cases

    def _join(self) -> UseCases:
        world = self._world
        parts = self._parts
        assume_role = self._assume_role()
        authorize = self.authorize()
        outbound = self._outbound()
        verify_token = self._verify_token()
        return UseCases(
            assume_role=parts.pipeline(assume_role),
            authenticate_request=self._parts.pipeline(
                AuthenticateRequest(
                    prover=self._parts.prover,
                    revocations=self.view,
                    authorizers=self._parts.authorizers,
                    decider=authorize,
                )
            ),
            authorize=self._parts.pipeline(authorize),
            batch_assume_role=BatchAssumeRole(
                assume_role=assume_role,
                auditor=parts.auditor,
                decisions=parts.decisions,
            ),
            batch_verify_tokens=self._parts.pipeline(
                BatchVerifyTokens(one=verify_token)
            ),
            credentials=self._credentials(),
            decode_authorization_message=self._parts.pipeline(
                self.decode_authorization_message()
            ),
            delegations=outbound.delegations(),
            exchange=self._exchange().use_cases(),
            explain_decision=self._parts.pipeline(self.explain_decision()),
            federation=self._federation().use_cases(),
            get_access_key_info=self._parts.pipeline(
                GetAccessKeyInfo(
                    directory=world.directory, authorizers=self._parts.authorizers
                )
            ),
            get_caller_identity=self._parts.pipeline(GetCallerIdentity()),
            get_key_set=self._keys().get_key_set(),
            get_session=self._parts.pipeline(
                GetSession(
                    store=world.store,
                    authorizers=self._parts.authorizers,
                    clock=world.clock,
                )
            ),
            identities=outbound.identities(),
            keyring=self._keys().use_cases(),
            list_sessions=self._parts.pipeline(self._list_sessions()),
            revoke_sessions=self._parts.pipeline(self._revoke_sessions()),
            simulate=self._parts.pipeline(self.simulate()),
            verify_token=self._parts.pipeline(verify_token),
        )

    def authorize(self) -> Authorize:
        """Returns the operation that answers questions about access."""
        return Authorize(
            judge=TokenJudge(
                tokens=self._parts.tokens,
                revocations=self.view,
                directory=self._world.directory,
                clock=self._world.clock,
            ),
            directory=self._world.directory,
            authorizers=self._parts.authorizers,
            decisions=self._parts.decisions,
        )

    def simulate(self) -> Simulate:
        """Returns the operation that simulates callers, policies and facts."""
        return Simulate(
            directory=self._world.directory,
            authorizers=self._parts.authorizers,
            clock=self._world.clock,
        )

    def explain_decision(self) -> ExplainDecision:
        """Returns the operation that explains denials."""
        return ExplainDecision(
            store=self._world.decisions,
            authorizers=self._parts.authorizers,
            clock=self._world.clock,
        )

    def decode_authorization_message(self) -> DecodeAuthorizationMessage:
        """Returns the operation that opens what came with a denial."""
        return DecodeAuthorizationMessage(
            messages=self._parts.messages,
            authorizers=self._parts.authorizers,
            clock=self._world.clock,
        )

    def _assume_role(self) -> AssumeRole:
        world = self._world
        return AssumeRole(
            directory=world.directory,
            authorizers=self._parts.authorizers,
            session_policies=self._parts.policies,
            issuer=self._parts.issuer,
            clock=world.clock,
            chains=world.chains,
            second_factor=self._parts.second_factor,
        )

    def _credentials(self) -> CredentialUseCases:
        return CredentialUseCases(
            assume_root=self._parts.pipeline(
                AssumeRoot(
                    directory=self._world.directory,
                    authorizers=self._parts.authorizers,
                    issuer=self._parts.issuer,
                    clock=self._world.clock,
                    chains=self._world.chains,
                )
            ),
            get_federation_token=self._parts.pipeline(
                GetFederationToken(
                    directory=self._world.directory,
                    authorizers=self._parts.authorizers,
                    session_policies=self._parts.policies,
                    issuer=self._parts.issuer,
                )
            ),
            get_session_token=self._parts.pipeline(
                GetSessionToken(
                    issuer=self._parts.issuer, second_factor=self._parts.second_factor
                )
            ),
        )

    def _federation(self) -> FederationWiring:
        world = self._world
        return FederationWiring(
            steps=FederatedCollaborators(
                directory=world.directory,
                revocations=self.view,
                authorizer=ProviderAuthorizer(
                    clock=world.clock, decisions=self._parts.decisions
                ),
                session_policies=self._parts.policies,
                guards=world.guards,
                issuer=self._parts.issuer,
                clock=world.clock,
            ),
            key_sets=world.key_sets,
            saml_checker=world.saml_checker,
            saml_service=world.saml_service,
            auditor=self._parts.auditor,
            decisions=self._parts.decisions,
        )

    def _exchange(self) -> ExchangeWiring:
        world = self._world
        return ExchangeWiring(
            issuer_url=world.issuer_base,
            tokens=self._parts.exchanged_tokens,
            directory=world.directory,
            ring=world.ring,
            reading=FreshRing(holder=world.keys.holder, clock=world.clock),
            revocations=self.view,
            authorizers=self._parts.authorizers,
            key_sets=world.key_sets,
            guards=world.guards,
            assume_role=self._assume_role(),
            revoker=self._parts.revoker(),
            clock=world.clock,
            entropy=world.entropy,
            auditor=self._parts.auditor,
            decisions=self._parts.decisions,
        )

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
            authorizers=self._parts.authorizers,
            session_policies=self._parts.policies,
            issuer=self._parts.issuer,
            auditor=self._parts.auditor,
            decisions=self._parts.decisions,
        )

    def _keys(self) -> KeyWiring:
        world = self._world
        return KeyWiring(
            keys=world.keys,
            directory=world.directory,
            view=self.view,
            revoker=self._parts.revoker(),
            authorizers=self._parts.authorizers,
            auditor=self._parts.auditor,
            decisions=self._parts.decisions,
            lease=world.lease,
            clock=world.clock,
            entropy=world.entropy,
        )

    def _list_sessions(self) -> ListSessions:
        world = self._world
        return ListSessions(
            store=world.store,
            directory=world.directory,
            authorizers=self._parts.authorizers,
            pages=PageTokens(ring=world.ring, entropy=world.entropy),
            clock=world.clock,
        )

    def _revoke_sessions(self) -> RevokeSessions:
        world = self._world
        return RevokeSessions(
            store=world.store,
            directory=world.directory,
            authorizers=self._parts.authorizers,
            revoker=self._parts.revoker(),
            clock=world.clock,
        )

    def _verify_token(self) -> VerifyToken:
        return VerifyToken(
            tokens=self._parts.tokens,
            revocations=self.view,
            directory=self._world.directory,
            authorizers=self._parts.authorizers,
            clock=self._world.clock,
            exchanged=self._exchange().judge(),
        )
