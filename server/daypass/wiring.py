"""What the doors of a worker are given; nothing here touches the world."""

from __future__ import annotations

from daypass.gateway.operations import Operations
from daypass.gateway.query_door import QueryDoor
from daypass.rpc.dispatch import Dispatcher
from daypass.rpc.health import HealthService
from daypass.rpc.keyring_handlers import stream_handlers
from daypass.rpc.observe import CallObserver
from daypass.rpc.services import UseCases, service_handlers
from daypass.rpc.streams import StreamRunner
from daypass.sts.authenticate import SigV4Authenticator
from daypass.sts.authenticate_http import HttpAuthenticator
from daypass.sts.client_secrets import SecretHasher
from daypass.wiring_oauth import OAuthWiring
from daypass.wiring_parts import Collaborators, Parts
from daypass.wiring_use_cases import UseCaseWiring


class Wiring:
    """The use cases of one worker, as its doors take them.

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
        self._joining = UseCaseWiring(self._parts)
        self._use_cases = self._joining.use_cases()

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
            exchange=self._joining.exchange(),
            hasher=hasher,
            certificates=certificates,
        )

    def use_cases(self) -> UseCases:
        """Returns the use cases, ready to be called; all doors share them."""
        return self._use_cases
