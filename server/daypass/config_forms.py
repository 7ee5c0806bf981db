"""How settings are written down and shown: spans, lists, flags, faults."""

from __future__ import annotations

import contextlib
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Final, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode

from daypass.core.exchange_limits import ISSUER_BASE_CHARACTERS_MAX
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.urls import check_issuer

SettingsT = TypeVar("SettingsT", bound=BaseSettings)

# What the help calls a value; of a choice it lists the words.
METAVARS: Final[Mapping[str, str]] = {
    "Path": "PATH",
    "str": "TEXT",
    "SecretStr": "KEY",
    "tuple[str,...]": "NAME,NAME",
    "timedelta": "SECONDS",
}


def _seconds(value: object) -> object:
    """Reads a span that is given as a number of seconds."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        with contextlib.suppress(ValueError, OverflowError):
            return timedelta(seconds=float(value))
    raise ValueError("it is not a number of seconds")


def _words(value: object) -> object:
    """Reads a list that is given as one text with commas."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return value


# A span, written as a number of seconds.
Seconds = Annotated[timedelta, BeforeValidator(_seconds)]
# A list, written with commas in the environment and as a list in the file.
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


def issuer_base(text: str) -> str:
    """Returns the URL below which issuers lie.

    Raises:
        ValueError: it is not https, is too long, or has a port, a query or a slash
            at its end.
    """
    if len(text) > ISSUER_BASE_CHARACTERS_MAX or text.endswith("/"):
        most = ISSUER_BASE_CHARACTERS_MAX
        raise ValueError(f"it ends without a slash, and has at most {most} characters")
    try:
        check_issuer(text)
    except DocumentRefusedError as error:
        raise ValueError("it is not an https URL without port and query") from error
    return text


def add_argument(
    parser: ArgumentParser,
    *flags: str,
    **facts: Any,  # noqa: ANN401 - whatever the parser of settings hands on.
) -> None:
    """Adds a flag, whose help calls its value as people do."""
    if "metavar" in facts:
        facts["metavar"] = METAVARS.get(facts["metavar"], facts["metavar"])
    parser.add_argument(*flags, **facts)


def with_defaults(
    base: type[SettingsT], about: str, fixed: Mapping[str, object]
) -> type[SettingsT]:
    """Makes a subclass with the defaults and the help of one command."""
    annotations = {name: base.model_fields[name].annotation for name in fixed}
    fields = {
        name: Field(default=value, description=base.model_fields[name].description)
        for name, value in fixed.items()
    }
    return type(
        base.__name__,
        (base,),
        {
            **fields,
            "__annotations__": annotations,
            "__module__": base.__module__,
            "__doc__": about,
        },
    )


def readable(error: ValidationError) -> str:
    """Renders each fault as `setting: reason`, without the copy of the input."""
    return "; ".join(
        f"{'.'.join(map(str, fault['loc'])) or 'settings'}:"
        f" {fault['msg'].removeprefix('Value error, ')}"
        for fault in error.errors(include_input=False, include_url=False)
    )
