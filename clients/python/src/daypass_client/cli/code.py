"""Asks for the code of a second factor, on the terminal and nowhere else."""

from __future__ import annotations

import re
from getpass import getpass
from pathlib import Path
from typing import Final

import typer

from daypass_client.cli.text import printable
from daypass_client.errors import ConfigurationError

_TERMINAL: Final = Path("/dev/tty")
_CODE: Final = re.compile(r"[0-9]{6}", re.ASCII)


def ask_code(serial_number: str) -> str:
    """Returns the code that a person types; it is neither shown nor kept.

    Raises:
        ConfigurationError: there is no terminal to ask on, or it is not six digits.
    """
    try:
        # NOTE: without a terminal `getpass` would read standard input, which may be
        # a policy, and show what is typed.
        _TERMINAL.open("rb").close()
    except OSError:
        raise ConfigurationError(
            f"A code of the second factor {serial_number} is needed, and there is no"
            " terminal to ask on.",
            hint="Give it with --token-code.",
        ) from None
    code = getpass(f"Code of {printable(serial_number)}: ").strip()
    if not _CODE.fullmatch(code):
        raise ConfigurationError("A code has six digits.", hint="Type it again.")
    return code


def code_of(serial_number: str | None, token_code: str | None) -> str | None:
    """Returns the code that was given, or asks for the one of the factor named.

    Raises:
        BadParameter: a code is given without the factor that shows it.
        ConfigurationError: the code cannot be asked for.
    """
    if serial_number is None and token_code is not None:
        raise typer.BadParameter("--token-code needs --serial-number")
    if serial_number is None or token_code is not None:
        return token_code
    return ask_code(serial_number)
