"""The command line as a whole: which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from daypass_client._version import __version__
from daypass_client.cli import explain, identity, keys, roles, sessions, verify
from daypass_client.cli.command import outer_options, with_common_options
from daypass_client.cli.options import (
    CommonOptions,
    EndpointOption,
    OutputOption,
    ProfileOption,
    RegionOption,
    TimeoutOption,
)


def _show_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"daypass {__version__}")
        raise typer.Exit


def _take_common_options(
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    endpoint: EndpointOption = None,
    region: RegionOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = None,
) -> None:
    """Keep the options that stand before a command for the command."""
    given = CommonOptions(profile, endpoint, region, output, timeout)
    context.obj = given.over(outer_options(context))


def _begin(
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    endpoint: EndpointOption = None,
    region: RegionOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = None,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=lambda value: _show_version(wanted=value),
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Temporary credentials from a Daypass server: get, check and revoke them."""
    del version
    given = CommonOptions(profile, endpoint, region, output, timeout)
    context.obj = given.over(outer_options(context))


app = typer.Typer(
    name="daypass",
    callback=_begin,
    no_args_is_help=True,
    # A traceback shows no local variables: some are secrets.
    pretty_exceptions_show_locals=False,
)
app.command("whoami")(with_common_options(identity.whoami))
app.command("assume-role")(with_common_options(roles.assume_role))
app.command("verify")(with_common_options(verify.verify))
app.command("explain")(with_common_options(explain.explain))
app.command("keys")(with_common_options(keys.keys))

_sessions = typer.Typer(
    name="sessions",
    help="List, show and revoke sessions.",
    callback=_take_common_options,
    no_args_is_help=True,
)
_sessions.command("list")(with_common_options(sessions.list_sessions))
_sessions.command("get")(with_common_options(sessions.get))
_sessions.command("revoke")(with_common_options(sessions.revoke))
app.add_typer(_sessions)


def main() -> None:
    """Runs the command line; the entry point of `daypass`."""
    app(prog_name="daypass")
