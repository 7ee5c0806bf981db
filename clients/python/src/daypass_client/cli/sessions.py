"""`daypass sessions`: lists, shows and revokes sessions."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Annotated

import typer

from daypass_client import limits
from daypass_client.cli.command import Invocation

_COLUMNS = (
    "access_key_id",
    "kind",
    "principal_arn",
    "session_name",
    "requester_arn",
    "expire_time",
)


def list_sessions(
    invocation: Invocation,
    role_arn: Annotated[str | None, typer.Option(help="Only those of a role.")] = None,
    user_arn: Annotated[str | None, typer.Option(help="Only those of a user.")] = None,
    limit: Annotated[
        int, typer.Option(min=1, help="How many to show at most.")
    ] = limits.SESSIONS_SHOWN_DEFAULT,
) -> None:
    """List the live sessions of your account, the first to expire first."""
    if role_arn is not None and user_arn is not None:
        raise typer.BadParameter("give --role-arn or --user-arn, not both")
    printer = invocation.printer()
    with invocation.connect() as client:
        sessions = client.list_sessions(
            role_arn=role_arn,
            user_arn=user_arn,
            # One more than is shown tells whether there are more.
            page_size=min(limit + 1, limits.PAGE_SIZE_MAX),
        )
        shown = list(islice(sessions, limit))
        more = next(sessions, None) is not None
    printer.records("sessions", [asdict(session) for session in shown], _COLUMNS)
    if more:
        typer.echo(f"daypass: more than {limit} sessions; see --limit.", err=True)


def get(
    invocation: Invocation,
    access_key_id: Annotated[
        str, typer.Argument(metavar="ACCESS_KEY_ID", help="Names the session.")
    ],
) -> None:
    """Show one session."""
    printer = invocation.printer()
    with invocation.connect() as client:
        printer.record(asdict(client.get_session(access_key_id)))


def revoke(
    invocation: Invocation,
    access_key_id: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCESS_KEY_ID", help="One session, with all chained from it."
        ),
    ] = None,
    role_arn: Annotated[
        str | None, typer.Option(help="All sessions of a role until now.")
    ] = None,
    user_arn: Annotated[
        str | None, typer.Option(help="All sessions of a user until now.")
    ] = None,
    account_id: Annotated[
        str | None,
        typer.Option(help="All sessions of your account until now, yours included."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
) -> None:
    """End sessions before their time."""
    targets = (access_key_id, role_arn, user_arn, account_id)
    if sum(target is not None for target in targets) != 1:
        raise typer.BadParameter(
            "give one of ACCESS_KEY_ID, --role-arn, --user-arn and --account-id"
        )
    printer = invocation.printer()
    with invocation.connect() as client:
        revocation = client.revoke_sessions(
            access_key_id=access_key_id,
            role_arn=role_arn,
            user_arn=user_arn,
            account_id=account_id,
            reason=reason,
        )
    printer.record({"state": "revoked", **asdict(revocation)})
