"""Reads what commands are given beside options: files, standard input, pairs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Final

import typer

from daypass_client import limits
from daypass_client.errors import ConfigurationError

STANDARD_INPUT: Final = "-"
# How JSON begins, and tokens: somebody gave the text itself in place of a file.
_TEXTS: Final = ("{", "[", "eyJ")
_FILE_NAME_CHARACTERS_MAX: Final = 255
_SPAN: Final = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smh]?)")
_UNITS: Final[Mapping[str, timedelta]] = {
    "": timedelta(seconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}


def read_text(name: str) -> str:
    """Returns the text of a file, or of standard input for `-`.

    Raises:
        ConfigurationError: it cannot be read, is too long or is not UTF-8 text.
    """
    try:
        if name == STANDARD_INPUT:
            data = _bounded(typer.get_binary_stream("stdin"))
        else:
            with Path(name).open("rb") as file:
                data = _bounded(file)
    except OSError as error:
        if name.startswith(_TEXTS) or len(name) > _FILE_NAME_CHARACTERS_MAX:
            # NOTE: not chained: the error holds the text, which may be a token.
            raise ConfigurationError(
                "There is no file of this name, which looks like what should be in it.",
                hint="Name a file, or `-` and pass the text on standard input.",
            ) from None
        message = f"The file cannot be read: {error.strerror}."
        raise ConfigurationError(message, file=name) from error
    if len(data) > limits.INPUT_BYTES_MAX:
        raise ConfigurationError(
            f"The input is longer than {limits.INPUT_BYTES_MAX:,} bytes.", file=name
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # NOTE: not chained: the error holds the bytes, which may be a token.
        raise ConfigurationError("The input is not UTF-8 text.", file=name) from None


def token_text(token: str | None, *, from_env: bool) -> str:
    """Returns the token that was given, of standard input, or of the environment.

    Raises:
        BadParameter: not exactly one of them is asked for.
        ConfigurationError: there is no token.
    """
    if (token is None) == (not from_env):
        raise typer.BadParameter("give either a token, - or --from-env")
    if from_env:
        text = os.environ.get("AWS_SESSION_TOKEN", "")
    else:
        text = read_text(STANDARD_INPUT) if token == STANDARD_INPUT else token or ""
    text = text.strip()
    if not text:
        raise ConfigurationError("There is no token.")
    return text


def _bounded(stream: BinaryIO) -> bytes:
    return stream.read(limits.INPUT_BYTES_MAX + 1)


def parse_span(text: str) -> timedelta:
    """Returns a span written as `900`, `900s`, `15m` or `1h`.

    Raises:
        BadParameter: it is not written so.
    """
    form = _SPAN.fullmatch(text)
    if form is None:
        raise typer.BadParameter("write seconds, or a number with s, m or h")
    return int(form["count"]) * _UNITS[form["unit"]]


def parse_tags(pairs: Sequence[str]) -> dict[str, str]:
    """Returns tags written as `key=value`; the value may hold further `=`.

    Raises:
        BadParameter: one is not written so, or a key is repeated.
    """
    tags: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"write key=value, not {pair!r}")
        if key in tags:
            raise typer.BadParameter(f"the tag {key!r} is given twice")
        tags[key] = value
    return tags


def parse_context(pairs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Returns context keys written as `key=value`; a repeated key has more values.

    Raises:
        BadParameter: one is not written so.
    """
    context: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise typer.BadParameter(f"write key=value, not {pair!r}")
        context[key] = (*context.get(key, ()), value)
    return context
