"""Simulate: what would the policies say, these or others?

Nothing is issued, stored or recorded as a denial.

SPEC: policy-language 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass

from daypass.policy.decision import Effect
from daypass.policy.explanation import Explanation
from daypass.sts.access_question import ContextEntry


@dataclass(frozen=True, slots=True)
class SimulatedCaller:
    """Whom to simulate: exactly one of these.

    Attributes:
        principal_arn: the ARN of a user, a role session or a root user; or of a
            role, which stands for an unnamed session of it.
        service: the name of a service principal, such as `ec2.amazonaws.com`.
        federated_provider: the ARN of a SAML or OIDC provider, or the domain of a
            built-in one.
        anonymous: whether it is somebody without any proof.
    """

    principal_arn: str | None = None
    service: str | None = None
    federated_provider: str | None = None
    anonymous: bool = False


# The policies of one slot, as JSON texts.
Documents = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReplacedSlots:
    """Policies to use in place of the stored ones, each as a JSON text.

    None leaves a slot as it is stored. An empty tuple means that the slot is not
    set; an empty level inside of levels is a level that allows nothing.

    Attributes:
        identity: the policies of the user or role.
        boundary: the permissions boundary, one at most.
        session: the session policies.
        resource: the policy of every resource asked about, one at most: a trust
            policy where the resource is a role.
        scp_levels: the service control policies, from the root down.
        rcp_levels: the resource control policies, from the root down.
    """

    identity: Documents | None = None
    boundary: Documents | None = None
    session: Documents | None = None
    resource: Documents | None = None
    scp_levels: tuple[Documents, ...] | None = None
    rcp_levels: tuple[Documents, ...] | None = None


@dataclass(frozen=True, slots=True)
class SimulateRequest:
    """What to simulate: every action on every resource.

    Attributes:
        caller: who would ask.
        actions: 1 to 64.
        resources: ARNs or `*`, at most 64; none means `*`.
        context: context keys, which replace those that the server would build.
        slots: policies to use in place of the stored ones.
    """

    caller: SimulatedCaller
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    context: tuple[ContextEntry, ...] = ()
    slots: ReplacedSlots = ReplacedSlots()


@dataclass(frozen=True, slots=True)
class SimulationResult:
    """The outcome for one action on one resource.

    `explanation` is whole; where the answer as a whole would be too long, results
    keep no more of it than the deciding statements (see `omitted` there).
    """

    action: str
    resource: str
    effect: Effect
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Simulation:
    """All outcomes: for each action in order, each resource in order."""

    results: tuple[SimulationResult, ...]
