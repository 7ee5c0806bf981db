"""`daypass simulate`: what policies would say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Final

import typer

from daypass_client.access import (
    ReplacedSlots,
    SimulatedCaller,
    SimulationRequest,
)
from daypass_client.cli.command import Invocation
from daypass_client.cli.explanation_tree import explanation_tree
from daypass_client.cli.inputs import parse_context, read_text
from daypass_client.cli.options import OutputForm

_SERVICE: Final = "service:"
_POLICIES: Final = "Policies in place of those that are stored"


class Expectation(StrEnum):
    """What `--expect` takes."""

    ALLOW = "allow"
    DENY = "deny"


def _policy_option(slot: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        metavar="FILE", help=f"A policy for {slot}.", rich_help_panel=_POLICIES
    )
    return option


def simulate(
    invocation: Invocation,
    *,
    principal: Annotated[
        str,
        typer.Option(
            help="Who asks: the ARN of a user, a root user, a session or a role;"
            " service:NAME; or anonymous."
        ),
    ],
    action: Annotated[
        list[str], typer.Option(help="Such as s3:GetObject; repeatable.")
    ],
    resource: Annotated[
        list[str] | None, typer.Option(help="An ARN, or * for none; repeatable.")
    ] = None,
    facts: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            metavar="KEY=VALUE",
            help="A context key; repeat it for several values.",
        ),
    ] = None,
    identity_policy: Annotated[list[str] | None, _policy_option("the caller")] = None,
    boundary_policy: Annotated[list[str] | None, _policy_option("its boundary")] = None,
    session_policy: Annotated[list[str] | None, _policy_option("its session")] = None,
    resource_policy: Annotated[list[str] | None, _policy_option("the resource")] = None,
    expect: Annotated[
        Expectation | None,
        typer.Option(help="Exit with 1 unless every answer is this one."),
    ] = None,
) -> None:
    """Ask what policies would say: every action on every resource."""
    printer = invocation.printer()
    request = SimulationRequest(
        caller=_caller(principal),
        actions=tuple(action),
        resources=tuple(resource or ()),
        context=parse_context(facts or ()),
        slots=ReplacedSlots(
            identity=_documents(identity_policy),
            boundary=_documents(boundary_policy),
            session=_documents(session_policy),
            resource=_documents(resource_policy),
        ),
    )
    with invocation.connect() as client:
        found = client.simulate(request)
    if invocation.options.form is OutputForm.JSON:
        printer.record({"results": [asdict(each) for each in found]})
    else:
        for each in found:
            printer.tree(explanation_tree(each))
    wanted = expect is Expectation.ALLOW
    if expect is not None and any(each.allowed != wanted for each in found):
        raise typer.Exit(1)


def _caller(text: str) -> SimulatedCaller:
    if text == "anonymous":
        return SimulatedCaller(anonymous=True)
    if text.startswith(_SERVICE):
        return SimulatedCaller(service=text.removeprefix(_SERVICE))
    if ":saml-provider/" in text or ":oidc-provider/" in text:
        return SimulatedCaller(federated_provider=text)
    return SimulatedCaller(principal_arn=text)


def _documents(files: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if files is None else tuple(map(read_text, files))
