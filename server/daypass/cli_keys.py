"""The commands of `daypassd keys`, which work on the ring of the state folder.

Servers read the ring when they start, so each change ends with what to do next.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

import typer
from rich.console import Console

from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.config import InvalidSettingsError, Settings
from daypass.core.limits import KEY_SET_AGE_MAX
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.change import (
    activate_algorithm,
    add_algorithm,
    missing_algorithms,
)
from daypass.keyring.ring import Ring
from daypass.state import change_ring, read_ring

# Settings have one definition, so the parser of the settings reads their flags.
_PASS_ON: Final = {
    "allow_extra_args": True,
    "ignore_unknown_options": True,
    "help_option_names": [],
}
_MINUTES: Final = int(KEY_SET_AGE_MAX.total_seconds()) // 60


def register(
    app: typer.Typer, *, reported: Callable[[], AbstractContextManager[None]]
) -> None:
    """Adds the commands to a program.

    Args:
        app: the program.
        reported: tells what goes wrong, and ends the program with its status.
    """
    commands = _Commands(reported)
    keys = typer.Typer(help="Works with the key ring.", no_args_is_help=True)
    keys.command("list", context_settings=_PASS_ON)(commands.list_keys)
    keys.command("add", context_settings=_PASS_ON)(commands.add)
    keys.command("activate", context_settings=_PASS_ON)(commands.activate)
    app.add_typer(keys, name="keys")


def missing_text(ring: Ring) -> str | None:
    """Returns which algorithms a ring lacks and what to do, or None."""
    missing = [algorithm.value for algorithm in missing_algorithms(ring)]
    if not missing:
        return None
    return f"no active key of {', '.join(missing)}: see `daypassd keys add`"


class _Commands:
    def __init__(self, reported: Callable[[], AbstractContextManager[None]]) -> None:
        self._reported = reported
        self._out = Console(soft_wrap=True, highlight=False, markup=False, emoji=False)

    def list_keys(self, context: typer.Context) -> None:
        """Lists the signing keys: algorithm, state, since when, and name."""
        with self._reported():
            ring = read_ring(_settings(context.args, "list", self.list_keys.__doc__))
            for entry in ring.keys:
                since = entry.since.strftime("%Y-%m-%dT%H:%M:%SZ")
                algorithm = entry.key.algorithm.value
                self._out.print(
                    f"{algorithm:7}{entry.state.value:10}{since}  {entry.key.kid}"
                )
            missing = missing_text(ring)
            if missing is not None:
                self._out.print(missing)

    def add(self, context: typer.Context) -> None:
        """Adds a prepared key: daypassd keys add ALGORITHM [SETTINGS].

        The ring must have no active key of the algorithm. The key is published as
        soon as the servers are started anew, and signs once it is activated.
        """
        with self._reported():
            algorithm, settings = _parse(context.args, "add", self.add.__doc__)
            entropy, clock = SystemEntropy(), SystemClock()
            change_ring(
                settings,
                lambda ring: add_algorithm(ring, algorithm, entropy, clock.now()),
                entropy=entropy,
            )
            name = algorithm.value
            self._out.print(
                f"{name}: prepared; start the servers anew, wait {_MINUTES} minutes,"
                f" then run `daypassd keys activate {name}`"
            )

    def activate(self, context: typer.Context) -> None:
        """Lets a prepared key sign: daypassd keys activate ALGORITHM [SETTINGS]."""
        with self._reported():
            algorithm, settings = _parse(
                context.args, "activate", self.activate.__doc__
            )
            clock = SystemClock()
            change_ring(
                settings,
                lambda ring: activate_algorithm(ring, algorithm, clock.now()),
                entropy=SystemEntropy(),
            )
            self._out.print(f"{algorithm.value}: active; start the servers anew")


def _parse(
    words: list[str], command: str, about: str | None
) -> tuple[Algorithm, Settings]:
    """Reads the algorithm, which comes first, and the settings behind it."""
    if words[:1] == ["--help"]:
        _settings(words, command, about)
    name = words[0] if words else ""
    if name not in set(Algorithm):
        known = ", ".join(algorithm.value for algorithm in Algorithm)
        raise InvalidSettingsError(f"expected an algorithm first, one of {known}")
    return Algorithm(name), _settings(words[1:], command, about)


def _settings(words: list[str], command: str, about: str | None) -> Settings:
    return Settings.load(words, program=f"daypassd keys {command}", about=about or "")
