"""Joins the use cases of a worker to their collaborators."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.rpc.credential_handlers import CredentialUseCases
from daypass.rpc.services import UseCases
from daypass.sts.account_operations import GetAccessKeyInfo, GetCallerIdentity
from daypass.sts.assume_role import AssumeRole
from daypass.sts.assume_root import AssumeRoot
from daypass.sts.authenticate_request import AuthenticateRequest
from daypass.sts.authorize_access import Authorize
from daypass.sts.authorize_provider import ProviderAuthorizer
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.batch_verify_tokens import BatchVerifyTokens
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
from daypass.wiring_outbound import OutboundWiring
from daypass.wiring_parts import Parts


@dataclass(frozen=True, slots=True)
class UseCaseWiring:
    """What the use cases are made of; the methods make them.

    Attributes:
        parts: what they share.
    """

    parts: Parts

    def use_cases(self) -> UseCases:
        """Returns the use cases, ready to be called."""
        parts, world = self.parts, self.parts.world
        assume_role = self._assume_role()
        authorize = self._authorize()
        outbound = self._outbound()
        verify_token = self._verify_token()
        return UseCases(
            assume_role=parts.pipeline(assume_role),
            authenticate_request=parts.pipeline(
                AuthenticateRequest(
                    prover=parts.prover,
                    revocations=parts.view,
                    authorizers=parts.authorizers,
                    decider=authorize,
                )
            ),
            authorize=parts.pipeline(authorize),
            batch_assume_role=BatchAssumeRole(
                assume_role=assume_role,
                auditor=parts.auditor,
                decisions=parts.decisions,
            ),
            batch_verify_tokens=parts.pipeline(BatchVerifyTokens(one=verify_token)),
            credentials=self._credentials(),
            decode_authorization_message=parts.pipeline(
                self._decode_authorization_message()
            ),
            delegations=outbound.delegations(),
            exchange=self.exchange().use_cases(),
            explain_decision=parts.pipeline(self._explain_decision()),
            federation=self._federation().use_cases(),
            get_access_key_info=parts.pipeline(
                GetAccessKeyInfo(
                    directory=world.directory, authorizers=parts.authorizers
                )
            ),
            get_caller_identity=parts.pipeline(GetCallerIdentity()),
            get_key_set=self._keys().get_key_set(),
            get_session=parts.pipeline(
                GetSession(
                    store=world.store,
                    authorizers=parts.authorizers,
                    clock=world.clock,
                )
            ),
            identities=outbound.identities(),
            keyring=self._keys().use_cases(),
            list_sessions=parts.pipeline(self._list_sessions()),
            revoke_sessions=parts.pipeline(self._revoke_sessions()),
            simulate=parts.pipeline(self._simulate()),
            verify_token=parts.pipeline(verify_token),
        )

    def _authorize(self) -> Authorize:
        return Authorize(
            judge=TokenJudge(
                tokens=self.parts.tokens,
                revocations=self.parts.view,
                directory=self.parts.world.directory,
                clock=self.parts.world.clock,
            ),
            directory=self.parts.world.directory,
            authorizers=self.parts.authorizers,
            decisions=self.parts.decisions,
        )

    def _simulate(self) -> Simulate:
        return Simulate(
            directory=self.parts.world.directory,
            authorizers=self.parts.authorizers,
            clock=self.parts.world.clock,
        )

    def _explain_decision(self) -> ExplainDecision:
        return ExplainDecision(
            store=self.parts.world.decisions,
            authorizers=self.parts.authorizers,
            clock=self.parts.world.clock,
        )

    def _decode_authorization_message(self) -> DecodeAuthorizationMessage:
        return DecodeAuthorizationMessage(
            messages=self.parts.messages,
            authorizers=self.parts.authorizers,
            clock=self.parts.world.clock,
        )

    def _assume_role(self) -> AssumeRole:
        world = self.parts.world
        return AssumeRole(
            directory=world.directory,
            authorizers=self.parts.authorizers,
            session_policies=self.parts.policies,
            issuer=self.parts.issuer,
            clock=world.clock,
            chains=world.chains,
            second_factor=self.parts.second_factor,
        )

    def _credentials(self) -> CredentialUseCases:
        return CredentialUseCases(
            assume_root=self.parts.pipeline(
                AssumeRoot(
                    directory=self.parts.world.directory,
                    authorizers=self.parts.authorizers,
                    issuer=self.parts.issuer,
                    clock=self.parts.world.clock,
                    chains=self.parts.world.chains,
                )
            ),
            get_federation_token=self.parts.pipeline(
                GetFederationToken(
                    directory=self.parts.world.directory,
                    authorizers=self.parts.authorizers,
                    session_policies=self.parts.policies,
                    issuer=self.parts.issuer,
                )
            ),
            get_session_token=self.parts.pipeline(
                GetSessionToken(
                    issuer=self.parts.issuer, second_factor=self.parts.second_factor
                )
            ),
        )

    def _federation(self) -> FederationWiring:
        world = self.parts.world
        return FederationWiring(
            steps=FederatedCollaborators(
                directory=world.directory,
                revocations=self.parts.view,
                authorizer=ProviderAuthorizer(
                    clock=world.clock, decisions=self.parts.decisions
                ),
                session_policies=self.parts.policies,
                guards=world.guards,
                issuer=self.parts.issuer,
                clock=world.clock,
            ),
            key_sets=world.key_sets,
            saml_checker=world.saml_checker,
            saml_service=world.saml_service,
            auditor=self.parts.auditor,
            decisions=self.parts.decisions,
        )

    def exchange(self) -> ExchangeWiring:
        """Returns what makes the operations of token exchange."""
        world = self.parts.world
        return ExchangeWiring(
            issuer_url=world.issuer_base,
            tokens=self.parts.exchanged_tokens,
            directory=world.directory,
            ring=world.ring,
            reading=FreshRing(holder=world.keys.holder, clock=world.clock),
            revocations=self.parts.view,
            authorizers=self.parts.authorizers,
            key_sets=world.key_sets,
            guards=world.guards,
            assume_role=self._assume_role(),
            revoker=self.parts.revoker(),
            clock=world.clock,
            entropy=world.entropy,
            auditor=self.parts.auditor,
            decisions=self.parts.decisions,
        )

    def _outbound(self) -> OutboundWiring:
        world = self.parts.world
        return OutboundWiring(
            directory=world.directory,
            ring=world.ring,
            guards=world.guards,
            clock=world.clock,
            entropy=world.entropy,
            chains=world.chains,
            issuers=self.parts.outbound_issuers,
            revocations=self.parts.view,
            authorizers=self.parts.authorizers,
            session_policies=self.parts.policies,
            issuer=self.parts.issuer,
            auditor=self.parts.auditor,
            decisions=self.parts.decisions,
        )

    def _keys(self) -> KeyWiring:
        world = self.parts.world
        return KeyWiring(
            keys=world.keys,
            directory=world.directory,
            view=self.parts.view,
            revoker=self.parts.revoker(),
            authorizers=self.parts.authorizers,
            auditor=self.parts.auditor,
            decisions=self.parts.decisions,
            lease=world.lease,
            clock=world.clock,
            entropy=world.entropy,
        )

    def _list_sessions(self) -> ListSessions:
        world = self.parts.world
        return ListSessions(
            store=world.store,
            directory=world.directory,
            authorizers=self.parts.authorizers,
            pages=PageTokens(ring=world.ring, entropy=world.entropy),
            clock=world.clock,
        )

    def _revoke_sessions(self) -> RevokeSessions:
        world = self.parts.world
        return RevokeSessions(
            store=world.store,
            directory=world.directory,
            authorizers=self.parts.authorizers,
            revoker=self.parts.revoker(),
            clock=world.clock,
        )

    def _verify_token(self) -> VerifyToken:
        return VerifyToken(
            tokens=self.parts.tokens,
            revocations=self.parts.view,
            directory=self.parts.world.directory,
            authorizers=self.parts.authorizers,
            clock=self.parts.world.clock,
            exchanged=self.exchange().judge(),
        )
