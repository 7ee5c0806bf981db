"""How a command fails: a person is told why, and the program ends with a status.

1 where it could not do what it was asked, 2 where it was called wrongly.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NoReturn

import typer
from rich.console import Console

from daypass.config import InvalidSettingsError
from daypass.core.errors import DaypassError
from daypass.directory.fault import DirectoryInvalidError
from daypass.state import StateError

# What goes wrong outside of the code, and says itself what to do about it.
_MENDABLE: Final = (
    DirectoryInvalidError,
    StateError,
    ValueError,
    OSError,
    DaypassError,
)
# NOTE: paths and reasons are printed as they are, brackets included.
_err: Final = Console(
    stderr=True, soft_wrap=True, highlight=False, markup=False, emoji=False
)


def fail(reason: str) -> NoReturn:
    """Tells a reason, and ends the program with status 1."""
    _err.print(f"daypassd: {reason}")
    raise typer.Exit(1)


@contextmanager
def reported() -> Iterator[None]:
    """Tells what a person can mend in a line or a few; the rest keeps its traceback."""
    try:
        yield
    except InvalidSettingsError as error:
        _err.print(f"daypassd: {error}")
        raise typer.Exit(2) from error
    except _MENDABLE as error:
        fail(_reason(error))
    except BaseExceptionGroup as group:
        mendable, others = group.split(_MENDABLE)
        if mendable is None or others is not None:
            raise
        fail("; ".join(map(_reason, leaves(mendable))))


def leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Yields what a group holds, and the groups in it hold."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def _reason(error: BaseException) -> str:
    if isinstance(error, DaypassError):
        return f"{error.message} ({error.detail})"
    return str(error)
