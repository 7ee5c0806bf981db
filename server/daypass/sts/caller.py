"""Who calls, proven, and the facts of the call that policies may ask about."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from daypass.core.principal import (
    AccountPrincipal,
    FederatedUser,
    RoleSession,
    RootUser,
    User,
)
from daypass.core.quick import quick_init
from daypass.core.revocation import Epoch
from daypass.core.session import Session, SessionKind
from daypass.core.trace_context import TraceParent
from daypass.sts.signed_call import SignedCall


class CallerKind(Enum):
    """The kinds of credential, as the matrix of spec 0.9 tells them apart."""

    ROOT = auto()
    USER = auto()
    USER_SESSION = auto()
    ROLE_SESSION = auto()
    FEDERATED_USER_SESSION = auto()
    ROOT_TASK_SESSION = auto()
    DELEGATED_SESSION = auto()

    # That of an enumeration is a function in Python, and each call asks a set of
    # these; a member is equal to itself alone.
    __hash__ = object.__hash__


@quick_init
@dataclass(frozen=True, slots=True)
class CallContext:
    """The facts of one call, gathered at the door.

    Attributes:
        request_id: names the call in answers, logs and audit records.
        source_address: the peer's IP address, or None where there is none.
        user_agent: what the client calls itself, or None.
        secure_transport: whether the call came over TLS.
        trace_parent: the span of the client that the call is part of, or None. It is
            what the client claims, and for telemetry alone.
    """

    request_id: str
    source_address: str | None
    user_agent: str | None
    secure_transport: bool
    trace_parent: TraceParent | None = None


@quick_init
@dataclass(frozen=True, slots=True)
class Caller:
    """A caller whose proof has been verified.

    Attributes:
        principal: who it is.
        access_key_id: the credentials that signed; what names the OAuth client in
            records, where no key did.
        region: the region that the signature names; empty where there is none.
        epoch: how far revocations were known when the proof was checked. What the
            caller is issued carries it: a revocation that lands in between then
            ends that too.
        session: the session, or None with long-term keys.
        signed_call: the call that proved it, to which no second session is issued;
            None where it was not proven by a signature.
    """

    principal: AccountPrincipal
    access_key_id: str
    region: str
    epoch: Epoch
    session: Session | None = None
    signed_call: SignedCall | None = None

    @property
    def kind(self) -> CallerKind:
        """The kind of credential."""
        session = self.session
        if session is not None and session.kind is SessionKind.ROOT_TASK:
            return CallerKind.ROOT_TASK_SESSION
        if session is not None and session.kind is SessionKind.DELEGATED:
            return CallerKind.DELEGATED_SESSION
        match self.principal:
            case RootUser():
                return CallerKind.ROOT
            case User():
                long_term = session is None
                return CallerKind.USER if long_term else CallerKind.USER_SESSION
            case RoleSession():
                return CallerKind.ROLE_SESSION
            case FederatedUser():
                return CallerKind.FEDERATED_USER_SESSION
