"""A deployment in one process: real code, memory adapters, a clock to move."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Generic, TypeVar

from daypass.adapters.memory import (
    MemoryAuditSink,
    MemoryDecisionStore,
    MemoryGuardStore,
    MemoryRevocationLog,
    MemorySessionStore,
)
from daypass.core import denial_limits, limits
from daypass.core.errors import UnavailableError
from daypass.core.identifiers import LONG_TERM_KEY_PREFIX, encode_access_key_id
from daypass.core.ports import DecisionStore
from daypass.core.principal import User
from daypass.core.secret import Secret
from daypass.directory.build import build, declare
from daypass.directory.declared import SamlTrust, SecretReference
from daypass.directory.devices import ResolvedDevice
from daypass.directory.keys import ResolvedKey
from daypass.directory.model import Directory
from daypass.directory.oauth import ResolvedClientSecret
from daypass.directory.registry import Registry, assign_ids
from daypass.keyring.ring import Ring
from daypass.sigv4.signature import SigningKeyCache
from daypass.sts.assume_role import (
    AssumeRole,
    AssumeRoleResult,
    PreparedAssumption,
)
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.audit import Auditor
from daypass.sts.authenticate import SigV4Authenticator
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.authorize_provider import ProviderAuthorizer
from daypass.sts.batch import BatchAssumeRole
from daypass.sts.caller import CallContext, Caller
from daypass.sts.chain_rules import ChainRules
from daypass.sts.decision_views import DecisionViews
from daypass.sts.decisions import Decisions
from daypass.sts.federated_assumption import FederatedCollaborators
from daypass.sts.issue import SessionIssuer
from daypass.sts.owner_views import OwnerViews
from daypass.sts.pipeline import Operation, Pipeline
from daypass.sts.prove import SigV4Prover
from daypass.sts.revocation_follower import RevocationFollower, Revoker
from daypass.sts.revocation_view import RevocationView
from daypass.sts.second_factor import SecondFactor
from daypass.sts.session_policies import SessionPolicyReader
from daypass.tokens.authorization_message import AuthorizationMessageCodec
from daypass.tokens.session_token import SessionTokenCodec, SessionTokenVerifier
from support.rings import full_ring
from support.sign import sign_grpc
from support.world import ManualClock, SeededEntropy

T = TypeVar("T")
Request = TypeVar("Request")
Result = TypeVar("Result")
METHOD = "/daypass.api.sts.v1.SecurityTokenService/GetCallerIdentity"
BODY = b""
LEASE = timedelta(seconds=5)
RETENTION = timedelta(hours=1)
NO_TRUST: Mapping[str, SamlTrust] = {}
CALL = CallContext("request-1", "203.0.113.7", "test/1", secure_transport=True)


@dataclass
class Box(Generic[T]):
    """A snapshot that a test replaces."""

    value: T

    def current(self) -> T:
        """Returns the value in force."""
        return self.value


class Watcher:
    """Collects what a follower could not read."""

    def __init__(self) -> None:
        self.errors: list[UnavailableError] = []

    def log_unreadable(self, error: UnavailableError) -> None:
        """Takes note of a failed reading."""
        self.errors.append(error)


class StsWorld:
    """Everything behind the doors, on an organisation that is given as YAML.

    Every `{file: …}` reference of an access key resolves to a key of its own: the
    text of the reference is the secret, made long enough.
    """

    def __init__(
        self,
        *files: str,
        seed: int = 7,
        decision_store: DecisionStore | None = None,
        explained_max: int = limits.DECISIONS_KEPT_BURST_MAX,
        waiting_max: int = denial_limits.OWNER_VIEWS_WAITING_MAX,
        retention: timedelta = RETENTION,
        chains: ChainRules | None = None,
        saml: Mapping[str, SamlTrust] = NO_TRUST,
    ) -> None:
        self.clock = ManualClock()
        self.entropy = SeededEntropy(seed)
        self.chains = chains or ChainRules()
        self.registry = Registry()
        self.saml = saml
        self.directory: Box[Directory] = Box(self._load(files))
        self.ring: Box[Ring] = Box(full_ring(self.entropy, self.clock.now()))
        self.store = MemorySessionStore(clock=self.clock)
        self.log = MemoryRevocationLog(clock=self.clock, entropy=self.entropy)
        self.guards = MemoryGuardStore(clock=self.clock)
        self.audit = MemoryAuditSink()
        self.auditor = Auditor(sink=self.audit, clock=self.clock)
        self.view = RevocationView(clock=self.clock, lease=LEASE)
        self.watcher = Watcher()
        self.follower = RevocationFollower(
            log=self.log,
            view=self.view,
            clock=self.clock,
            worker_id="worker-1",
            lease=LEASE,
            watcher=self.watcher,
        )
        self.revoker = Revoker(log=self.log, clock=self.clock, lease=LEASE)
        self.tokens = SessionTokenVerifier(ring=self.ring)
        self.policies = SessionPolicyReader()
        self.messages = AuthorizationMessageCodec(
            ring=self.ring, entropy=self.entropy, retention=retention
        )
        self.denials = MemoryDecisionStore()
        kept = self.denials if decision_store is None else decision_store
        views = DecisionViews()
        self.lost: list[tuple[str, Exception]] = []
        self.owner_views = OwnerViews(
            views=views, store=kept, entropy=self.entropy, waiting_max=waiting_max
        )
        self.decisions = Decisions(
            store=kept,
            views=views,
            owner_views=self.owner_views,
            messages=self.messages,
            clock=self.clock,
            retention=retention,
            burst_max=explained_max,
        )
        self.authorizers = AuthorizerFactory(
            directory=self.directory,
            session_policies=self.policies,
            clock=self.clock,
            decisions=self.decisions,
        )
        self.issuer = SessionIssuer(
            ring=self.ring,
            codec=SessionTokenCodec(),
            store=self.store,
            revocations=self.view,
            clock=self.clock,
            entropy=self.entropy,
        )
        self.prover = SigV4Prover(
            directory=self.directory,
            ring=self.ring,
            tokens=self.tokens,
            revocations=self.view,
            signing_keys=SigningKeyCache(),
            clock=self.clock,
            entropy=self.entropy,
        )
        self.authenticator = SigV4Authenticator(
            prover=self.prover, regions=frozenset(), auditor=self.auditor
        )
        self.second_factor = SecondFactor(
            directory=self.directory, guards=self.guards, clock=self.clock
        )
        self.assuming = AssumeRole(
            directory=self.directory,
            authorizers=self.authorizers,
            session_policies=self.policies,
            issuer=self.issuer,
            clock=self.clock,
            chains=self.chains,
            second_factor=self.second_factor,
        )
        self.assume_role = Pipeline(
            operation=self.assuming, auditor=self.auditor, decisions=self.decisions
        )

    def batch(self) -> BatchAssumeRole[PreparedAssumption]:
        """Returns the batch form of AssumeRole."""
        return BatchAssumeRole(
            assume_role=self.assuming, auditor=self.auditor, decisions=self.decisions
        )

    async def run(
        self,
        operation: Operation[Request, Result],
        request: Request,
        caller: Caller | None,
    ) -> Result:
        """Runs an operation once, as a door does."""
        pipeline = Pipeline(
            operation=operation, auditor=self.auditor, decisions=self.decisions
        )
        return await pipeline.run(request, caller, CALL)

    def federation(self) -> FederatedCollaborators:
        """Returns what the steps of a federated assumption need."""
        return FederatedCollaborators(
            directory=self.directory,
            revocations=self.view,
            authorizer=ProviderAuthorizer(clock=self.clock, decisions=self.decisions),
            session_policies=self.policies,
            guards=self.guards,
            issuer=self.issuer,
            clock=self.clock,
        )

    def lose(self, decision_id: str, error: Exception) -> None:
        """Takes note of a denial that is not explained."""
        self.lost.append((decision_id, error))

    async def explain_waiting(self) -> None:
        """Does what a worker does in the background after its answers."""
        await self.owner_views.catch_up(report=self.lose)

    def declare(self, *files: str) -> None:
        """Replaces the directory, as a change of its files does."""
        self.directory.value = self._load(files)

    def user(self, arn: str) -> Caller:
        """Returns a user as a caller with long-term keys."""
        entry = self.directory.current().user_by_arn(arn)
        assert entry is not None, f"{arn} is not declared"
        return self._long_term(entry.principal)

    def root(self, account_id: str) -> Caller:
        """Returns the root user of an account as a caller."""
        account = self.directory.current().account(account_id)
        assert account is not None, f"{account_id} is not declared"
        return Caller(
            account.root.principal, _key(account_id, 0), "eu-test-1", self.view.epoch
        )

    async def session(self, result: AssumeRoleResult) -> Caller:
        """Returns the holder of issued credentials as a caller, really proven."""
        return await self.authenticate(
            result.credentials.access_key_id,
            result.credentials.secret_access_key,
            result.credentials.session_token,
        )

    async def authenticate(
        self,
        access_key_id: str,
        secret: Secret,
        token: Secret | None = None,
        *,
        received: bytes = BODY,
    ) -> Caller:
        """Signs a call with these credentials, and proves what was received.

        A test uses the caller for as many calls as it likes, each as if it had been
        signed by itself; see `signed` for what a single one brings.
        """
        caller = await self.signed(access_key_id, secret, token, received=received)
        return replace(caller, signed_call=None)

    async def signed(
        self,
        access_key_id: str,
        secret: Secret,
        token: Secret | None = None,
        *,
        received: bytes = BODY,
    ) -> Caller:
        """Signs a call, and returns the caller of this one call.

        Calls that are signed within one second are one call.
        """
        metadata = sign_grpc(
            method=METHOD,
            body=BODY,
            access_key_id=access_key_id,
            secret_access_key=secret.reveal_text(),
            session_token=token.reveal_text() if token else None,
            signed_at=self.clock.now(),
        )
        return self.authenticator.authenticate(METHOD, metadata, received, call=CALL)

    async def assume(
        self, caller: Caller, role_arn: str, **parameters: object
    ) -> AssumeRoleResult:
        """Assumes a role, with a session name unless one is given."""
        fields: dict[str, object] = {"role_session_name": "s1", **parameters}
        request = AssumeRoleRequest(role_arn=role_arn, **fields)  # type: ignore[arg-type]
        return await self.assume_role.run(request, caller, CALL)

    def _long_term(self, principal: User) -> Caller:
        key = _key(principal.account_id, 1)
        return Caller(principal, key, "eu-test-1", self.view.epoch)

    def _load(self, files: tuple[str, ...]) -> Directory:
        texts = {f"{number}.yaml": text for number, text in enumerate(files)}
        declaration = declare(texts)
        self.registry = assign_ids(
            self.registry, declaration.principal_arns, self.entropy
        )
        keys = [
            ResolvedKey(
                declared,
                declared.access_key_id
                if isinstance(declared.access_key_id, str)
                else _key(declared.account_id, number),
                secret_of(declared.secret),
            )
            for number, declared in enumerate(declaration.keys, start=1)
        ]
        devices = [
            ResolvedDevice(device, seed_of(device.seed))
            for device in declaration.devices
        ]
        return build(
            declaration,
            ids=self.registry.ids,
            keys=keys,
            devices=devices,
            saml=self.saml,
            client_secrets=[
                ResolvedClientSecret(declared, secret_of(declared.secret))
                for declared in declaration.client_secrets
            ],
        )


def secret_of(reference: SecretReference) -> Secret:
    """Returns the secret that a reference resolves to in a test."""
    return Secret(reference.value.replace("/", "-").ljust(40, "."))


def seed_of(reference: SecretReference) -> Secret:
    """Returns the text of the seed that a reference resolves to in a test."""
    return Secret(base64.b32encode(reference.value.encode().ljust(20, b".")))


def _key(account_id: str, random: int) -> str:
    return encode_access_key_id(LONG_TERM_KEY_PREFIX, account_id, random)


async def ready(world: StsWorld) -> StsWorld:
    """Returns the world after its worker has read the revocation log."""
    await world.follower.catch_up()
    return world


def allow(action: str, resource: str = "*") -> str:
    """Returns a policy that allows one action, as inline YAML."""
    return (
        '{Version: "2012-10-17", Statement: [{Effect: Allow,'
        f' Action: "{action}", Resource: "{resource}"}}]}}'
    )


def trust(principal: str, *actions: str, condition: str = "") -> str:
    """Returns a trust policy for one AWS principal, as inline YAML."""
    names = ", ".join(f'"{action}"' for action in actions or ("sts:AssumeRole",))
    block = f", Condition: {condition}" if condition else ""
    return (
        '{Version: "2012-10-17", Statement: [{Effect: Allow,'
        f' Principal: {{AWS: "{principal}"}}, Action: [{names}]{block}}}]}}'
    )
