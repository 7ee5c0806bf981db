"""`daypass decode`: what a token says, which proves nothing.

SPEC: RFC 7515, compact serialization. Left out: every check but that of the form.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import token_text
from daypass_client.cli.options import OutputForm
from daypass_client.cli.text import iso_time
from daypass_client.errors import ConfigurationError

_COMPACT: Final = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]*)", re.ASCII)
_TIMES: Final = frozenset({"iat", "nbf", "exp", "auth_time"})
_WARNING: Final = (
    "daypass: NOT VERIFIED: anybody can write such a token. `daypass verify` asks the"
    " server whether a session token is good."
)


def decode(
    invocation: Invocation,
    token: Annotated[
        str | None,
        typer.Argument(
            metavar="[TOKEN|-]",
            help="The token; - reads it from standard input, which keeps it out of"
            " the shell's history and the list of processes.",
        ),
    ] = None,
    *,
    from_env: Annotated[
        bool, typer.Option("--from-env", help="Take the token of AWS_SESSION_TOKEN.")
    ] = False,
) -> None:
    """Show what a token says, WITHOUT verifying it.

    It asks nobody, and believes nothing: neither the signature nor the times are
    checked.
    """
    printer = invocation.printer()
    form = _COMPACT.fullmatch(token_text(token, from_env=from_env))
    if form is None:
        raise ConfigurationError(
            "The text is not a compact JSON Web Token: three parts in base64url,"
            " joined by points."
        )
    header, claims = _object(form[1], "header"), _object(form[2], "payload")
    typer.echo(_WARNING, err=True)
    if invocation.options.form is OutputForm.JSON:
        printer.record({"verified": False, "header": header, "claims": claims})
        return
    printer.record(
        {
            "verified": False,
            **{f"header {name}": _shown(value) for name, value in header.items()},
            **{name: _shown(_time(name, value)) for name, value in claims.items()},
        }
    )


def _object(part: str, name: str) -> dict[str, object]:
    """Reads a part of a token.

    Raises:
        ConfigurationError: it is no JSON object, or has a member twice.
    """
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        found = json.loads(data, object_pairs_hook=_members, parse_constant=_refuse)
    except (binascii.Error, ValueError, RecursionError):
        # NOTE: not chained: the error holds a part of the token.
        found = None
    if not isinstance(found, dict):
        raise ConfigurationError(f"The {name} of the token is not a JSON object.")
    return found


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _time(name: str, value: object) -> object:
    """Returns a claim that is a time as one, if it can be."""
    if name not in _TIMES or not isinstance(value, int) or isinstance(value, bool):
        return value
    try:
        return f"{value} ({iso_time(datetime.fromtimestamp(value, UTC))})"
    except (OverflowError, OSError, ValueError):
        return value


def _shown(value: object) -> object:
    """Returns a value for a table; what is nested is shown as JSON."""
    nested = isinstance(value, (Mapping, list))
    return json.dumps(value, ensure_ascii=False) if nested else value
