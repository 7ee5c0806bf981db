"""The commands of `daypassd demo`, which play the parts of others on one machine.

They work with what `daypassd dev` has made, and no other server believes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer

from daypass.adapters.demo_provider import DemoProvider, is_reserved
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.config import Settings
from daypass.core.clock import to_epoch_seconds
from daypass.core.ports import Clock, Entropy
from daypass.core.provider_limits import ID_TOKEN_LIFETIME_MAX
from daypass.state import StateError

_ISSUER: Final = "https://ci.securecart.example"
_AUDIENCE: Final = "daypass"
_SUBJECT: Final = "repo:securecart/storefront:ref:refs/heads/main"
_LIFETIME_SECONDS: Final = 3_600
_LIFETIME_SECONDS_MAX: Final = int(ID_TOKEN_LIFETIME_MAX.total_seconds())
_ID_BYTES: Final = 16


def register(
    app: typer.Typer,
    *,
    reported: Callable[[], AbstractContextManager[None]],
    clock: Clock | None = None,
    entropy: Entropy | None = None,
) -> typer.Typer:
    """Adds the commands to a program, and returns the group of them.

    Args:
        app: the program.
        reported: tells what goes wrong, and ends the program with its status.
        clock: dates tokens.
        entropy: names tokens.
    """
    demo = typer.Typer(
        help="Plays identity providers for `daypassd dev`.", no_args_is_help=True
    )
    commands = _Commands(reported, clock or SystemClock(), entropy or SystemEntropy())
    demo.command("identity-token")(commands.identity_token)
    app.add_typer(demo, name="demo")
    return demo


class _Commands:
    def __init__(
        self,
        reported: Callable[[], AbstractContextManager[None]],
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._reported = reported
        self._clock = clock
        self._entropy = entropy

    def identity_token(
        self,
        *,
        issuer: Annotated[
            str,
            typer.Option(help="Its issuer, at a host that cannot exist (.example)."),
        ] = _ISSUER,
        audience: Annotated[str, typer.Option(help="Its audience.")] = _AUDIENCE,
        subject: Annotated[str, typer.Option(help="Its subject.")] = _SUBJECT,
        claim: Annotated[
            list[str] | None,
            typer.Option(metavar="NAME=JSON", help="A further claim; repeatable."),
        ] = None,
        lifetime: Annotated[
            int,
            typer.Option(
                min=1, max=_LIFETIME_SECONDS_MAX, help="Seconds until it ends."
            ),
        ] = _LIFETIME_SECONDS,
        state_dir: Annotated[
            Path | None,
            typer.Option(metavar="PATH", help="The state folder of `daypassd dev`."),
        ] = None,
    ) -> None:
        """Prints a token of an identity provider, signed on this machine.

        `daypassd dev` stands in for identity providers that cannot exist, and
        believes it. Without options it is a token of the example's pipeline.
        """
        with self._reported():
            token = self._provider(state_dir, issuer).sign(
                {
                    "iss": issuer,
                    "sub": subject,
                    "aud": audience,
                    **self._times(timedelta(seconds=lifetime)),
                    "jti": self._entropy.token_bytes(_ID_BYTES).hex(),
                    **dict(map(_claim, claim or [])),
                }
            )
        typer.echo(token)

    def _provider(self, state_dir: Path | None, issuer: str) -> DemoProvider:
        if not is_reserved(issuer):
            raise ValueError(
                f"{issuer} may exist, and daypassd dev does not stand in for it"
            )
        flags = [] if state_dir is None else ["--state-dir", str(state_dir)]
        settings = Settings.load(flags, program="daypassd demo", about="")
        try:
            return DemoProvider.load(settings.state_dir)
        except FileNotFoundError:
            raise StateError(
                f"there is no demo in {settings.state_dir}: run `daypassd dev` first"
            ) from None

    def _times(self, lifetime: timedelta) -> dict[str, int]:
        now = self._clock.now()
        return {
            "iat": to_epoch_seconds(now),
            "exp": to_epoch_seconds(now + lifetime),
        }


def _claim(text: str) -> tuple[str, object]:
    """Reads NAME=JSON; what is no JSON is text.

    Raises:
        ValueError: there is no name.
    """
    name, separator, value = text.partition("=")
    if not (name and separator):
        raise ValueError(f"{text} is not NAME=JSON")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value
