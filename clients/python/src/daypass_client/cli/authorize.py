"""`daypass authorize`: whether somebody may do something to a resource of yours."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from daypass_client.access import AccessQuestion
from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import parse_context, read_text, token_text
from daypass_client.errors import TokenRejectedError


def authorize(
    invocation: Invocation,
    token: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOKEN|-]",
            help="The session token of who asks; - reads it from standard input.",
        ),
    ] = None,
    *,
    from_env: Annotated[
        bool, typer.Option("--from-env", help="Take the token of AWS_SESSION_TOKEN.")
    ] = False,
    user_arn: Annotated[
        str | None, typer.Option(help="A user of your account, in place of a token.")
    ] = None,
    action: Annotated[str, typer.Option(help="Such as s3:GetObject.")],
    resource: Annotated[str, typer.Option(help="Its ARN.")],
    resource_policy: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Its policy in JSON; - is stdin."),
    ] = None,
    facts: Annotated[
        list[str] | None,
        typer.Option(
            "--context",
            metavar="KEY=VALUE",
            help="What only you know of the request, such as aws:SourceIp; repeatable.",
        ),
    ] = None,
) -> None:
    """Say whether the holder of a session token, or a user, may do something.

    The exit status is 0 only where it is allowed.
    """
    printer = invocation.printer()
    if user_arn is not None and (from_env or token is not None):
        raise typer.BadParameter("give a token or --user-arn, not both")
    held = None if user_arn is not None else token_text(token, from_env=from_env)
    question = AccessQuestion(
        action=action,
        resource=resource,
        resource_policy=None if resource_policy is None else read_text(resource_policy),
        context=parse_context(facts or ()),
    )
    with invocation.connect() as client:
        try:
            decision = client.authorize(question, session_token=held, user_arn=user_arn)
        except TokenRejectedError as rejection:
            printer.record({"allowed": False, "reason": rejection.message})
            raise typer.Exit(code=1) from rejection
    printer.record(asdict(decision))
    if not decision:
        raise typer.Exit(code=1)
