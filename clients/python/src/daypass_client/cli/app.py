"""The command line as a whole: which commands there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Final

import typer

from daypass_client._version import __version__
from daypass_client.cli import (
    authorize,
    decode,
    exchange,
    explain,
    handover,
    identity,
    keys,
    roles,
    sessions,
    simulate,
    tokens,
    verify,
)
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
_COMMANDS: Final[tuple[tuple[str, Callable[..., None]], ...]] = (
    ("whoami", identity.whoami),
    ("assume-role", roles.assume_role),
    ("assume-role-with-web-identity", roles.assume_role_with_web_identity),
    ("assume-role-with-saml", roles.assume_role_with_saml),
    ("assume-root", roles.assume_root),
    ("session-token", tokens.session_token),
    ("federation-token", tokens.federation_token),
    ("web-identity-token", tokens.web_identity_token),
    ("trade-in-token", tokens.trade_in_token),
    ("delegated-token", tokens.delegated_token),
    ("exchange", exchange.exchange),
    ("revoke-token", exchange.revoke_token),
    ("credential-process", handover.credential_process),
    ("verify", verify.verify),
    ("decode", decode.decode),
    ("explain", explain.explain),
    ("decode-message", explain.decode_message),
    ("authorize", authorize.authorize),
    ("simulate", simulate.simulate),
    ("access-key-info", identity.access_key_info),
)
for _name, _function in _COMMANDS:
    app.command(_name)(with_common_options(_function))
# What stands behind the program's name is for the program.
app.command("exec", context_settings={"allow_interspersed_args": False})(
    with_common_options(handover.execute)
)

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


def _begin_keys(
    context: typer.Context,
    *,
    profile: ProfileOption = None,
    endpoint: EndpointOption = None,
    region: RegionOption = None,
    output: OutputOption = None,
    timeout: TimeoutOption = None,
) -> None:
    """Show the public keys that verify tokens; in JSON they are a key set (RFC 7517).

    That needs no credentials. The commands below are for operators.
    """
    given = CommonOptions(profile, endpoint, region, output, timeout)
    context.obj = given.over(outer_options(context))
    if context.invoked_subcommand is None:
        show = with_common_options(keys.keys)
        show(context, **dict.fromkeys(field.name for field in fields(CommonOptions)))


_keys = typer.Typer(name="keys", callback=_begin_keys, invoke_without_command=True)
_keys.command("list")(with_common_options(keys.list_keys))
_keys.command("rotate")(with_common_options(keys.rotate))
_keys.command("revoke")(with_common_options(keys.revoke))
app.add_typer(_keys)


def main() -> None:
    """Runs the command line; the entry point of `daypass`."""
    app(prog_name="daypass")
