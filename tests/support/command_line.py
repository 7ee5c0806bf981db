"""How tests run the command `daypass`."""

from __future__ import annotations

from collections.abc import Callable

from typer.testing import Result

# Takes the arguments and, as `typed`, what stands on standard input.
Run = Callable[..., Result]
