"""`daypassd demo saml-assertion`: what a SAML provider would say, on one machine."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from daypass.adapters.demo_saml import Claims, DemoSamlProvider
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.config import Settings
from daypass.core import limits
from daypass.core.ports import Clock, Entropy
from daypass.state import StatePaths

_DIRECTORY: Final = Path("examples/securecart/directory")
_PROVIDER: Final = "arn:aws:iam::123456789012:saml-provider/CorpIdP"
_ROLE: Final = "arn:aws:iam::123456789012:role/S3AccessRole"
_USER: Final = "alice@securecart.example"


def register(
    demo: typer.Typer,
    *,
    reported: Callable[[], AbstractContextManager[None]],
    clock: Clock | None = None,
    entropy: Entropy | None = None,
) -> None:
    """Adds the command to the group `demo`.

    Args:
        demo: the group.
        reported: tells what goes wrong, and ends the program with its status.
        clock: dates assertions.
        entropy: names assertions.
    """
    command = _Command(reported, clock or SystemClock(), entropy or SystemEntropy())
    demo.command("saml-assertion")(command.saml_assertion)


class _Command:
    def __init__(
        self,
        reported: Callable[[], AbstractContextManager[None]],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._reported = reported
        self._clock = clock
        self._entropy = entropy

    def saml_assertion(
        self,
        *,
        user: Annotated[str, typer.Option(help="Who has signed in.")] = _USER,
        role: Annotated[
            list[str] | None,
            typer.Option(metavar="ARN", help="A role that may be had; repeatable."),
        ] = None,
        provider: Annotated[
            str, typer.Option(metavar="ARN", help="The provider that says so.")
        ] = _PROVIDER,
        tag: Annotated[
            list[str] | None,
            typer.Option(metavar="KEY=VALUE", help="A session tag; repeatable."),
        ] = None,
        duration: Annotated[
            int | None,
            typer.Option(
                min=limits.ROLE_SESSION_SECONDS_MIN,
                max=limits.ROLE_SESSION_SECONDS_MAX,
                help="The longest session, in seconds.",
            ),
        ] = None,
        directory: Annotated[
            Path | None, typer.Option(metavar="DIR", help="The directory.")
        ] = None,
        state_dir: Annotated[
            Path | None,
            typer.Option(metavar="PATH", help="The state folder of `daypassd dev`."),
        ] = None,
    ) -> None:
        """Prints a signed SAML response in base64, good for five minutes and once.

        `daypassd dev` stands in for SAML providers that cannot exist, and believes
        it. Without options it is of a person of the example's company.
        """
        with self._reported():
            settings = _settings(directory, state_dir)
            idp = DemoSamlProvider.load(
                provider,
                folder=settings.directory,
                secrets_dir=StatePaths.of(settings).secrets,
            )
            claims = Claims(
                user,
                tuple(role or [_ROLE]),
                tuple(map(_tag, tag or [])),
                None if duration is None else timedelta(seconds=duration),
            )
            typer.echo(
                idp.response(claims, now=self._clock.now(), entropy=self._entropy)
            )


def _settings(directory: Path | None, state_dir: Path | None) -> Settings:
    flags: list[str] = []
    if directory is not None:
        flags += ["--directory", str(directory)]
    if state_dir is not None:
        flags += ["--state-dir", str(state_dir)]
    return Settings.load(flags, program="daypassd demo", about="", directory=_DIRECTORY)


def _tag(text: str) -> tuple[str, str]:
    """Reads KEY=VALUE.

    Raises:
        ValueError: it is not that.
    """
    key, separator, value = text.partition("=")
    if not (key and separator):
        raise ValueError(f"{text} is not KEY=VALUE")
    return key, value
