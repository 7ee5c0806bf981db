"""The command `daypassd`.

Exit statuses: 0 success, 1 the command could not do what it was asked (the reason
is on standard error), 2 it was called wrongly, 78 `serve` cannot start before
something is changed, the directory, the keys or the settings of the store.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import grpc
import typer
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rich.console import Console

from daypass import cli_demo, cli_demo_saml, cli_keys, cli_mfa, cli_oauth
from daypass._version import __version__
from daypass.adapters.audit_file import AuditCorruptError, verify_audit_file
from daypass.adapters.demo_provider import DemoProvider
from daypass.adapters.directory_check import advise_folder, check_folder, note_secrets
from daypass.adapters.secrets import seal as seal_secret
from daypass.adapters.store_url import import_store
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.cli_failures import fail, reported
from daypass.cli_policy import register
from daypass.cli_serve import run_worker, serve_worker, status_of_serving
from daypass.config import InvalidSettingsError, Settings
from daypass.core.secret import Secret
from daypass.dev import announce, generate_access_keys, prepare
from daypass.directory.ahead import DeclaredAhead
from daypass.health_channel import health_channel
from daypass.key_report import missing_text
from daypass.state import initialise, read_master_key, read_ring
from daypass.supervisor import supervise

_HEALTH_SECONDS: Final = 2.0
_EXAMPLE: Final = Path("examples/securecart/directory")
# Settings have one definition, so the parser of the settings reads their flags.
_PASS_ON: Final = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}

app = typer.Typer(
    help="The Daypass server: temporary, limited credentials over gRPC.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
audit = typer.Typer(help="Works with audit logs.", no_args_is_help=True)
app.add_typer(audit, name="audit")
register(app)
# NOTE: paths and reasons are printed as they are, brackets included.
_out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)
_err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False)


@app.command(context_settings=_PASS_ON)
def serve(context: typer.Context) -> None:
    """Serves a directory. Needs the keys that `daypassd init` makes."""
    with reported():
        settings = _settings(context, serve)
        if settings.workers == 1:
            raise typer.Exit(status_of_serving(settings, on_ready=lambda *_: None))
        clock, entropy = SystemClock(), SystemEntropy()
        # Before it is forked, so that the workers share it.
        import_store(settings.store)
        raise typer.Exit(
            supervise(settings, serve=serve_worker, clock=clock, entropy=entropy)
        )


@app.command(context_settings=_PASS_ON)
def dev(context: typer.Context) -> None:
    """Serves the example on this machine, and makes whatever it needs."""
    with reported():
        ahead = DeclaredAhead()
        settings = prepare(
            context.args,
            about=dev.__doc__ or "",
            directory=_EXAMPLE,
            clock=SystemClock(),
            entropy=SystemEntropy(),
            ahead=ahead,
        )
        if settings.workers > 1:
            raise InvalidSettingsError("workers: dev has one, serve may have more")
        run_worker(
            settings,
            on_ready=lambda served, directory: announce(
                settings, served, directory, _out
            ),
            stand_in=DemoProvider.load_or_create(settings.state_dir).key_set_of,
            declarer=ahead,
        )


@app.command(context_settings=_PASS_ON)
def init(
    context: typer.Context,
    *,
    access_keys: Annotated[
        bool,
        typer.Option(
            "--access-keys",
            help="Also makes the access keys that users of the directory refer to.",
        ),
    ] = False,
) -> None:
    """Makes the master key and the key ring, where they are missing.

    With --access-keys it also makes the access keys that users of the directory
    refer to as files, and writes profiles for them into the state folder.
    """
    with reported():
        settings = _settings(context, init)
        made = initialise(settings, clock=SystemClock(), entropy=SystemEntropy())
        what = "made a key ring" if made else "there is a key ring already"
        _out.print(f"{settings.state_dir}: {what}")
        missing = missing_text(read_ring(settings))
        if missing is not None:
            _out.print(f"{settings.state_dir}: {missing}")
        if access_keys:
            folder = generate_access_keys(settings, entropy=SystemEntropy())
            _out.print(f"{folder}: wrote credentials and config")


@app.command()
def check(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", exists=True, file_okay=False, help="The folder."),
    ],
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 1 if there are warnings.")
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", help="Also name each secret a start will look for."),
    ] = False,
) -> None:
    """Checks a directory whole: each fault with file, line, path and reason.

    Policies that are legal and dangerous are warned of, with a fix for each.
    """
    with reported():
        faults = check_folder(folder)
        for fault in faults:
            _err.print(str(fault))
        if faults:
            raise typer.Exit(1)
        for note in note_secrets(folder) if verbose else ():
            _out.print(str(note))
        warnings = advise_folder(folder)
        for warning in warnings:
            _err.print(str(warning))
        found = f"no fault, warnings: {len(warnings)}" if warnings else "no fault"
        _out.print(f"{folder}: {found}")
        if strict and warnings:
            raise typer.Exit(1)


@app.command()
def health(
    address: Annotated[
        str,
        typer.Option(envvar="DAYPASS_GRPC_LISTEN", help="HOST:PORT of the gRPC door."),
    ] = "127.0.0.1:50051",
    tls_cert_file: Annotated[
        Path | None,
        typer.Option(
            envvar="DAYPASS_TLS_CERT_FILE", help="The certificate of the door."
        ),
    ] = None,
) -> None:
    """Asks a server on this machine whether it serves; exits 0 if it does."""
    with reported(), health_channel(address, tls_cert_file) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        try:
            answer = stub.Check(
                health_pb2.HealthCheckRequest(), timeout=_HEALTH_SECONDS
            )
        except grpc.RpcError as error:
            fail(f"{address} does not answer: {error.code().name}")
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            fail(f"{address} is not serving")
        _out.print(f"{address} is serving")


@app.command(context_settings=_PASS_ON)
def seal(context: typer.Context) -> None:
    """Reads a secret from standard input and prints it sealed, for a directory."""
    with reported():
        settings = _settings(context, seal)
        secret = Secret(sys.stdin.buffer.read().rstrip(b"\r\n"))
        if not secret.reveal():
            fail("there is no secret on standard input")
        _out.print(
            seal_secret(secret, read_master_key(settings), SystemEntropy()),
        )


@audit.command("verify")
def audit_verify(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The log."),
    ],
) -> None:
    """Proves an audit log whole: no line changed, removed or added."""
    with reported():
        try:
            report = verify_audit_file(file)
        except AuditCorruptError as error:
            fail(str(error))
        _out.print(
            f"{file}: {report.count} records, last hash {report.last_hash}",
        )


@app.command()
def version() -> None:
    """Prints the version."""
    _out.print(f"daypassd {__version__}")


def main() -> None:
    """Runs the command."""
    app()


def _settings(context: typer.Context, command: Callable[..., None]) -> Settings:
    """Reads the settings of a command; `--help` prints them under its docstring."""
    return Settings.load(
        context.args,
        program=f"daypassd {command.__name__}",
        about=command.__doc__ or "",
    )


cli_demo_saml.register(cli_demo.register(app, reported=reported), reported=reported)
cli_keys.register(app, reported=reported)
cli_mfa.register(app, reported=reported)
cli_oauth.register(app)
