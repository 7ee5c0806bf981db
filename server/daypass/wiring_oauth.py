"""Joins the OAuth endpoints, and what is published, to their collaborators."""

from __future__ import annotations

from dataclasses import dataclass

from daypass.gateway.app import Route
from daypass.gateway.oauth.endpoint import OAuthEndpoint
from daypass.gateway.oauth.handlers import Handler, OAuthHandlers, OAuthUseCases
from daypass.gateway.oauth.parameters import TARGETS
from daypass.gateway.oauth.published import Document, IssuerPaths, PublishedDocument
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.jwks import jwks
from daypass.sts.client_secrets import ClientSecrets, SecretHasher
from daypass.sts.exchange_bounds import ExchangeBounds
from daypass.sts.introspect_token import IntrospectToken
from daypass.sts.issue_client_token import IssueClientToken
from daypass.sts.oauth_client import ClientAuthenticator
from daypass.sts.server_metadata import (
    INTROSPECTION_PATH,
    METADATA_PATH,
    REVOCATION_PATH,
    TOKEN_PATH,
    origin_of,
    path_of,
    server_metadata,
)
from daypass.tokens.exchanged_token import ExchangedTokenCodec
from daypass.tokens.outbound_documents import DISCOVERY_PATH, KEY_SET_PATH
from daypass.wiring_exchange import ExchangeWiring
from daypass.wiring_parts import Parts

# SPEC: RFC 9068 takes any; the tokens of exchanges have it too.
_ALGORITHM = Algorithm.EDDSA


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthWiring:
    """What the endpoints need; the methods make them.

    Attributes:
        parts: what all use cases share.
        exchange: the operations of token exchange.
        hasher: hashes the secrets of clients.
        certificates: whether the door asks clients for certificates.
    """

    parts: Parts
    exchange: ExchangeWiring
    hasher: SecretHasher
    certificates: bool

    def routes(self) -> dict[str, Route]:
        """Returns what answers, by path; without an issuer the key set alone."""
        age_max = self.parts.world.keys.key_set_age_max
        routes: dict[str, Route] = {
            KEY_SET_PATH: PublishedDocument(self._key_set, age_max=age_max)
        }
        issuer = self.parts.world.issuer_base
        if issuer is None:
            return routes
        metadata = PublishedDocument(lambda: self._metadata(issuer), age_max=age_max)
        path = path_of(issuer)
        routes[path + KEY_SET_PATH] = routes[KEY_SET_PATH]
        routes[path + DISCOVERY_PATH] = metadata
        routes[METADATA_PATH + path] = metadata
        authenticator = self._authenticator(issuer)
        handlers = OAuthHandlers(self.use_cases(issuer))
        for name, at, handler in (
            ("OAuthToken", TOKEN_PATH, handlers.token),
            ("OAuthIntrospection", INTROSPECTION_PATH, handlers.introspect),
            ("OAuthRevocation", REVOCATION_PATH, handlers.revoke),
        ):
            routes[at] = self._endpoint(name, handler, authenticator)
        return routes

    def more(self) -> IssuerPaths:
        """Returns what finds the documents of accounts' issuers."""
        issuer = self.parts.world.issuer_base
        documents = self.parts.outbound_issuers.documents
        # NOTE: an account may declare an issuer where the deployment has none.
        return IssuerPaths(
            documents,
            origin="" if issuer is None else origin_of(issuer),
            age_max=self.parts.world.keys.key_set_age_max,
        )

    def use_cases(self, issuer: str) -> OAuthUseCases:
        """Returns the operations, ready to be called."""
        parts, exchanges = self.parts, self.exchange.use_cases()
        return OAuthUseCases(
            issuer=issuer,
            exchange_token=exchanges.exchange_token,
            issue_client_token=parts.pipeline(
                IssueClientToken(
                    issuer_url=issuer,
                    authorizers=parts.authorizers,
                    codec=ExchangedTokenCodec(issuer=issuer, algorithm=_ALGORITHM),
                    ring=parts.world.ring,
                    clock=parts.world.clock,
                    entropy=parts.world.entropy,
                )
            ),
            introspect_token=parts.pipeline(
                IntrospectToken(
                    judge=self.exchange.judge(), authorizers=parts.authorizers
                )
            ),
            revoke_token=exchanges.revoke_token,
        )

    def _authenticator(self, issuer: str) -> ClientAuthenticator:
        world = self.parts.world
        return ClientAuthenticator(
            issuer=issuer,
            directory=world.directory,
            secrets=ClientSecrets(hasher=self.hasher, entropy=world.entropy),
            guards=world.guards,
            revocations=self.parts.view,
            bounds=ExchangeBounds(clock=world.clock),
            auditor=self.parts.auditor,
            clock=world.clock,
            entropy=world.entropy,
        )

    def _endpoint(
        self, name: str, handler: Handler, authenticator: ClientAuthenticator
    ) -> OAuthEndpoint:
        return OAuthEndpoint(
            name=name,
            handler=handler,
            repeatable=TARGETS if name == "OAuthToken" else (),
            authenticator=authenticator,
            auditor=self.parts.auditor,
        )

    def _key_set(self) -> Document:
        return jwks(self.parts.world.keys.published.current())

    def _metadata(self, issuer: str) -> Document:
        return server_metadata(
            issuer,
            key_set_path=KEY_SET_PATH,
            signing=_ALGORITHM,
            certificates=self.certificates,
        )
