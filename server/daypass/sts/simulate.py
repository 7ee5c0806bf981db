"""What Simulate takes and answers: what would the policies say, these or others?

`sts.simulation` does it.

SPEC: policy-language 7.8.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from daypass.core import limits
from daypass.core.errors import ValidationError
from daypass.core.validation import TextRule, Violations
from daypass.policy.decision import Effect
from daypass.policy.explanation import Explanation
from daypass.sts.access_question import (
    ContextEntry,
    check_action,
    check_context,
    check_resource,
)

_NAME: Final = TextRule(length_min=1, length_max=limits.PRINCIPAL_NAME_CHARACTERS_MAX)


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

    `explanation` is whole; past the length that one answer may have, explanations
    say what each slot says and no more.
    """

    action: str
    resource: str
    effect: Effect
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Simulation:
    """All outcomes: for each action in order, each resource in order."""

    results: tuple[SimulationResult, ...]


def check_simulation(request: SimulateRequest) -> None:
    """Checks the form of a request.

    Raises:
        ValidationError: something is missing, malformed, or too much.
    """
    found = Violations()
    _check_caller(found, request.caller)
    actions, resources = request.actions, request.resources
    if not actions:
        found.require(("actions",), None)
    found.check_count(("actions",), len(actions), most=limits.SIMULATED_ACTIONS_MAX)
    found.check_count(
        ("resources",), len(resources), most=limits.SIMULATED_RESOURCES_MAX
    )
    for index, action in enumerate(actions[: limits.SIMULATED_ACTIONS_MAX]):
        check_action(found, ("actions", index), action)
    for index, resource in enumerate(resources[: limits.SIMULATED_RESOURCES_MAX]):
        check_resource(found, ("resources", index), resource)
    check_context(found, ("context",), request.context)
    _check_slots(found, request.slots)
    found.raise_if_any()
    names = len(actions) * sum(map(len, resources))
    if (
        len(actions) * len(resources) > limits.SIMULATED_RESULTS_MAX
        or names > limits.SIMULATED_NAMES_CHARACTERS_MAX
    ):
        raise ValidationError(
            "simulation_too_large",
            message=(
                "A simulation has at most"
                f" {limits.SIMULATED_RESULTS_MAX} results, and their resources at"
                f" most {limits.SIMULATED_NAMES_CHARACTERS_MAX} characters"
            ),
        )


def _check_caller(found: Violations, caller: SimulatedCaller) -> None:
    named = {
        "principal_arn": caller.principal_arn,
        "service": caller.service,
        "federated_provider": caller.federated_provider,
    }
    given = {field: text for field, text in named.items() if text is not None}
    if len(given) + caller.anonymous != 1:
        raise ValidationError(
            "simulated_caller_not_one",
            message="Exactly one kind of caller must be given",
        )
    for field, text in given.items():
        found.check_text(("caller", field), text, _NAME)


def _check_slots(found: Violations, slots: ReplacedSlots) -> None:
    """Checks the numbers of documents and levels."""
    most = limits.SIMULATED_DOCUMENTS_MAX
    for name, documents, count_max in (
        ("identity", slots.identity, most),
        ("boundary", slots.boundary, 1),
        ("session", slots.session, most),
        ("resource", slots.resource, 1),
    ):
        found.check_count(("slots", name), len(documents or ()), most=count_max)
    for name, levels in (
        ("scp_levels", slots.scp_levels),
        ("rcp_levels", slots.rcp_levels),
    ):
        listed = levels or ()
        count_max = limits.SIMULATED_LEVELS_MAX
        found.check_count(("slots", name), len(listed), most=count_max)
        for index, level in enumerate(listed[:count_max]):
            found.check_count(("slots", name, index), len(level), most=most)
