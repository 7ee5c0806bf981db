"""Commands that say why something was denied."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.explanation_tree import explanation_tree
from daypass_client.cli.inputs import STANDARD_INPUT, read_text
from daypass_client.cli.options import OutputForm
from daypass_client.cli.text import printable, to_json
from daypass_client.explanations import ExplainedDecision


def explain(
    invocation: Invocation,
    decision_id: Annotated[
        str,
        typer.Argument(
            metavar="DECISION_ID", help="Names the decision; the denial told it."
        ),
    ],
) -> None:
    """Explain a denial: which policies decided, where they stand, what would help.

    A decision between two accounts is explained to both, to each with its own
    policies.
    """
    printer = invocation.printer()
    with invocation.connect() as client:
        decision = client.explain_decision(decision_id)
    if invocation.options.form is OutputForm.JSON:
        printer.record(asdict(decision))
        return
    printer.record(_facts(decision))
    printer.tree(explanation_tree(decision.explanation))


def decode_message(
    invocation: Invocation,
    message: Annotated[
        str,
        typer.Argument(
            metavar="MESSAGE|-",
            help="The encoded message that came with a denial; - is stdin.",
        ),
    ],
) -> None:
    """Open the encoded message of a denial, and print what it says as JSON."""
    text = read_text(STANDARD_INPUT).strip() if message == STANDARD_INPUT else message
    with invocation.connect() as client:
        decoded = client.decode_authorization_message(text)
    try:
        typer.echo(to_json(json.loads(decoded)))
    except ValueError:
        typer.echo(printable(decoded))


def _facts(decision: ExplainedDecision) -> dict[str, object]:
    """Returns what was denied; the tree that follows says why."""
    return {
        "decision": decision.decision_id,
        "time": decision.decide_time,
        "operation": decision.operation,
        "caller": decision.caller_arn,
        "told": decision.reason,
        "kept_until": decision.expire_time,
    }
