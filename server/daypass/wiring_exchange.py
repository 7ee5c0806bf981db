"""Joins token exchange, and what ends its tokens, to their collaborators."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.core.key_set_source import KeySetSource
from daypass.core.ports import Clock, Entropy, GuardStore, Snapshot
from daypass.directory.model import Directory
from daypass.federation.oidc.jwk_set import JwkSet
from daypass.keyring.ring import Ring
from daypass.rpc.exchange_handlers import ExchangeUseCases
from daypass.sts.assume_role import AssumeRole
from daypass.sts.audit import Auditor
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.decisions import Decisions
from daypass.sts.exchange_issue import ExchangeIssuer
from daypass.sts.exchange_token import ExchangeToken
from daypass.sts.exchanged_judge import ExchangedTokenJudge
from daypass.sts.fresh_ring import RingReading
from daypass.sts.pipeline import Pipeline
from daypass.sts.presented_token import PresentedTokenReader
from daypass.sts.revocation_follower import Revoker
from daypass.sts.revocation_view import RevocationView
from daypass.sts.revoke_token import RevokeToken
from daypass.tokens.exchanged_token import ExchangedTokenCodec, ExchangedTokenVerifier


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeWiring:
    """What these operations need; the methods make them.

    Attributes:
        issuer_url: the issuer of the deployment, or None.
        tokens: reads the tokens that come of an exchange.
        directory: exchange policies and identity providers.
        ring: signs tokens.
        reading: reads the ring anew.
        revocations: which of them have been ended.
        authorizers: decides.
        key_sets: the keys of identity providers.
        guards: remembers subjects that are good once.
        assume_role: makes credentials.
        revoker: makes revocations effective everywhere.
        clock: dates all of it.
        entropy: draws the ids of tokens.
        auditor: records each outcome.
        decisions: keeps the explanations of denials.
    """

    issuer_url: str | None
    tokens: ExchangedTokenVerifier
    directory: Snapshot[Directory]
    ring: Snapshot[Ring]
    reading: RingReading
    revocations: RevocationView
    authorizers: AuthorizerFactory
    key_sets: KeySetSource[JwkSet]
    guards: GuardStore
    assume_role: AssumeRole
    revoker: Revoker
    clock: Clock
    entropy: Entropy
    auditor: Auditor
    decisions: Decisions

    def use_cases(self) -> ExchangeUseCases:
        """Returns the operations, ready to be called."""
        return ExchangeUseCases(
            exchange_token=Pipeline(
                operation=self.exchange_token(),
                auditor=self.auditor,
                decisions=self.decisions,
            ),
            revoke_token=Pipeline(
                operation=self.revoke_token(),
                auditor=self.auditor,
                decisions=self.decisions,
            ),
        )

    def exchange_token(self) -> ExchangeToken:
        """Returns the operation that exchanges tokens."""
        return ExchangeToken(
            issuer_url=self.issuer_url,
            directory=self.directory,
            authorizers=self.authorizers,
            reader=PresentedTokenReader(
                own=self.tokens,
                revocations=self.revocations,
                key_sets=self.key_sets,
                clock=self.clock,
            ),
            guards=self.guards,
            issuer=ExchangeIssuer(
                # NOTE: without an issuer nothing gets as far as this.
                codec=ExchangedTokenCodec(issuer=self.issuer_url or ""),
                ring=self.ring,
                revocations=self.revocations,
                assume_role=self.assume_role,
                clock=self.clock,
                entropy=self.entropy,
            ),
            clock=self.clock,
        )

    def revoke_token(self) -> RevokeToken:
        """Returns the operation that ends tokens."""
        return RevokeToken(
            tokens=self.tokens,
            revocations=self.revocations,
            authorizers=self.authorizers,
            revoker=self.revoker,
            clock=self.clock,
            reading=self.reading,
        )

    def judge(self) -> ExchangedTokenJudge:
        """Returns what judges tokens that somebody was shown."""
        return ExchangedTokenJudge(
            tokens=self.tokens,
            revocations=self.revocations,
            directory=self.directory,
            clock=self.clock,
        )
