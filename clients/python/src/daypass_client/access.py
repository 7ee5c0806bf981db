"""What questions about access take and answer: frozen values, free of protobuf."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from daypass_client.values import VerifiedToken

# Context keys with their values; a key without values is absent.
Context = Mapping[str, tuple[str, ...]]


def _no_context() -> Context:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessQuestion:
    """May this be done? By whom stands elsewhere.

    Attributes:
        action: such as `s3:GetObject`.
        resource: an ARN, or `*` for an action without a resource.
        resource_policy: the policy of the resource as JSON, or None.
        context: the facts of the request that only you know, such as
            `aws:SourceIp`.
    """

    action: str
    resource: str
    resource_policy: str | None = None
    context: Context = field(default_factory=_no_context)


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """The answer to a question, which is true where it is allowed.

    Attributes:
        allowed: whether it is allowed.
        decision_id: names the decision; `explain_decision` explains a denial.
        principal_arn: who was asked about.
        effect: `allowed`, `explicit_deny` or `implicit_deny`.
        slot: the slot that decided; empty where none did.
        reason: one sentence, which the principal may be told; it may change.
        missing_keys: the context keys that statements asked for in vain.
    """

    allowed: bool
    decision_id: str
    principal_arn: str
    effect: str
    slot: str
    reason: str
    missing_keys: tuple[str, ...]

    def __bool__(self) -> bool:
        """Tells whether it is allowed, so that a denial cannot pass for a yes."""
        return self.allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedCaller:
    """Who would ask, in a simulation: exactly one of these.

    Attributes:
        principal_arn: the ARN of a user, a root user, a session of a role, or a
            role.
        service: the name of a service, such as `ec2.amazonaws.com`.
        federated_provider: the ARN or the domain of a provider.
        anonymous: somebody without any proof.
    """

    principal_arn: str | None = None
    service: str | None = None
    federated_provider: str | None = None
    anonymous: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedSlots:
    """Policies to use in place of those that are stored, each as JSON.

    None keeps what is stored; an empty tuple empties the slot. Levels stand from the
    root down.
    """

    identity: tuple[str, ...] | None = None
    boundary: tuple[str, ...] | None = None
    session: tuple[str, ...] | None = None
    resource: tuple[str, ...] | None = None
    scp_levels: tuple[tuple[str, ...], ...] | None = None
    rcp_levels: tuple[tuple[str, ...], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationRequest:
    """What to simulate: every action on every resource.

    Attributes:
        caller: who would ask.
        actions: at least one.
        resources: ARNs, or `*`; none means `*`.
        context: context keys, which replace those that the server would build.
        slots: policies to use in place of those that are stored.
    """

    caller: SimulatedCaller
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    context: Context = field(default_factory=_no_context)
    slots: ReplacedSlots = field(default_factory=ReplacedSlots)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedRequest:
    """An HTTP request as you have received it, before anything was decoded.

    Attributes:
        method: such as `GET`.
        path: as it stood on the wire, percent-encoded, without the query.
        query: what stood behind the question mark.
        headers: name and value of each line, in their order.
        payload_sha256: the hash of the body in lower-case hex, or None.
        authority: the host, where there is no such header.
        scheme: `https`, `http`, or empty where it is not known.
    """

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    payload_sha256: str | None = None
    authority: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRules:
    """What you ask of the signature of a request.

    Attributes:
        service: the service that it must be signed for: your own.
        regions: the regions that it may be signed for; none means any.
        allow_unsigned_payload: whether the body may go unproven.
        verbatim_path: whether the path was signed as it is, as for S3.
        presigned_lifetime_max: the longest that a presigned request is good for;
            None means seven days.
    """

    service: str
    regions: tuple[str, ...] = ()
    allow_unsigned_payload: bool = False
    verbatim_path: bool = False
    presigned_lifetime_max: timedelta | None = None


@dataclass(frozen=True, slots=True)
class AuthenticatedRequest:
    """A request whose signature is good.

    Attributes:
        principal_arn: who signed it.
        principal_user_id: their unique id.
        account_id: their account.
        access_key_id: the credentials that signed it.
        session: what their session says; None with long-term keys.
        region: the region that it was signed for.
        service: the service that it was signed for.
        sign_time: when it says that it was signed.
        expire_time: the last instant at which a presigned request is good, or None.
        signed_headers: the headers that the signature covers; others may have been
            added or changed.
        signed_path: the path that it covers; serve this one, or refuse.
        payload_sha256: the hash of the body that it covers; empty for none.
        revocation_view_age: how old the server's list of revocations was.
        decision: the answer to the question, or None where none was asked.
    """

    principal_arn: str
    principal_user_id: str
    account_id: str
    access_key_id: str
    session: VerifiedToken | None
    region: str
    service: str
    sign_time: datetime
    expire_time: datetime | None
    signed_headers: tuple[str, ...]
    signed_path: str
    payload_sha256: str
    revocation_view_age: timedelta
    decision: AccessDecision | None
