"""The commands of `daypassd mfa`: enrols second factors, and shows one in the example."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated

import typer

from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.config import Settings
from daypass.dev import demo_code
from daypass.enrollment import Enroller, plan_device

_Reported = Callable[[], AbstractContextManager[None]]


def register(app: typer.Typer, *, reported: _Reported) -> None:
    """Adds the commands to a program.

    Args:
        app: the program.
        reported: tells what goes wrong, and ends the program with its status.
    """
    commands = _Commands(reported)
    mfa = typer.Typer(help="Works with second factors.", no_args_is_help=True)
    mfa.command("enroll")(commands.enroll)
    mfa.command("demo-code")(commands.demo_code)
    app.add_typer(mfa, name="mfa")


class _Commands:
    def __init__(self, reported: _Reported) -> None:
        self._reported = reported

    def enroll(
        self,
        user_arn: Annotated[
            str,
            typer.Argument(
                metavar="USER-ARN", help="Whose it is: a user or root user."
            ),
        ],
        *,
        directory: Annotated[
            Path | None,
            typer.Option(
                "--directory", "-d", help="The folder that declares the user."
            ),
        ] = None,
        state_dir: Annotated[
            Path | None, typer.Option(help="Where the master key is.")
        ] = None,
        device_name: Annotated[
            str | None, typer.Option(help="Its name; default: the name of the user.")
        ] = None,
        secret_file: Annotated[
            str | None,
            typer.Option(
                metavar="PATH",
                help="Writes the seed below the folder of secrets, unsealed.",
            ),
        ] = None,
        confirm: Annotated[
            bool, typer.Option(help="Asks for two codes in a row before it is done.")
        ] = True,
    ) -> None:
        """Makes a second factor, shows it as a QR code, and prints its declaration.

        The seed is sealed under the master key, unless a file is named. Other settings
        come from the environment and daypass.toml.
        """
        with self._reported():
            settings = _settings(directory=directory, state_dir=state_dir)
            device = plan_device(settings.directory, user_arn, device_name)
            Enroller(
                settings,
                clock=SystemClock(),
                entropy=SystemEntropy(),
                show=typer.echo,
                ask=lambda question: str(typer.prompt(question)),
            ).enroll(device, secret_file=secret_file, confirm=confirm)

    def demo_code(
        self,
        seed_file: Annotated[Path, typer.Argument(metavar="SEED-FILE")],
    ) -> None:
        """Prints the present code of a seed that `daypassd dev` has made.

        It takes the place of the phone in the example, and refuses every file that is
        not in the state folder of `daypassd dev`. A code works once; the next one
        comes within half a minute.
        """
        with self._reported():
            typer.echo(demo_code(seed_file, SystemClock().now()).reveal_text())


def _settings(**given: Path | None) -> Settings:
    """Reads the settings, of which those that are given come as flags."""
    flags = [
        word
        for name, value in given.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    return Settings.load(flags, program="daypassd mfa enroll", about="")
