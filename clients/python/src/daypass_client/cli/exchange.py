"""Commands that exchange tokens, and end those that came of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final

import typer

from daypass_client.cli.command import Invocation
from daypass_client.cli.inputs import read_text, token_text
from daypass_client.cli.issued import exports, issued_record
from daypass_client.exchange_values import (
    ACCESS_TOKEN,
    CREDENTIALS,
    ID_TOKEN,
    JWT,
    ExchangedToken,
    ExchangeRequest,
)


class PresentedType(StrEnum):
    """What a token is that is shown."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a type.
    ID_TOKEN = "id_token"  # noqa: S105
    JWT = "jwt"


class IssuedType(StrEnum):
    """What may be asked for."""

    ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a type.
    ID_TOKEN = "id_token"  # noqa: S105
    JWT = "jwt"
    CREDENTIALS = "credentials"


_URNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "access_token": ACCESS_TOKEN,
        "id_token": ID_TOKEN,
        "jwt": JWT,
        "credentials": CREDENTIALS,
    }
)


def exchange(
    invocation: Invocation,
    *,
    subject_token_file: Annotated[
        str, typer.Option(metavar="FILE", help="Holds the token; - is stdin.")
    ],
    subject_token_type: Annotated[
        PresentedType, typer.Option(help="What it is.")
    ] = PresentedType.ACCESS_TOKEN,
    actor_token_file: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="A token of who acts for the subject."),
    ] = None,
    actor_token_type: Annotated[
        PresentedType | None, typer.Option(help="What that is.")
    ] = None,
    audience: Annotated[
        list[str] | None,
        typer.Option(help="Where it will be used, by name; repeatable."),
    ] = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(help="Where it will be used, as a URI; repeatable."),
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it shall grant; repeatable.")
    ] = None,
    requested_type: Annotated[
        IssuedType, typer.Option(help="What to ask for.")
    ] = IssuedType.ACCESS_TOKEN,
) -> None:
    """Exchange a token for another, or for credentials, as RFC 8693 says.

    The new one never grants more than the old one and the exchange policy both do.
    """
    wants_credentials = requested_type is IssuedType.CREDENTIALS
    printer = invocation.printer(exports=wants_credentials)
    if (actor_token_file is None) != (actor_token_type is None):
        raise typer.BadParameter("--actor-token-file goes with --actor-token-type")
    actor = None if actor_token_file is None else read_text(actor_token_file).strip()
    request = ExchangeRequest(
        subject_token=read_text(subject_token_file).strip(),
        subject_token_type=_URNS[subject_token_type],
        actor_token=actor,
        actor_token_type=None if actor_token_type is None else _URNS[actor_token_type],
        audiences=tuple(audience or ()),
        resources=tuple(resource or ()),
        scopes=tuple(scope or ()),
        requested_token_type=_URNS[requested_type],
    )
    profile = invocation.profile()
    with invocation.connect(profile) as client:
        issued = client.exchange_token(request)
    if issued.credentials is None:
        token = None if issued.token is None else issued.token.reveal()
        printer.record({**_facts(issued), "access_token": token})
        return
    printer.record(
        issued_record(issued.credentials, _facts(issued)),
        exports=exports(issued.credentials, profile),
    )


def revoke_token(
    invocation: Invocation,
    token: Annotated[
        str,
        typer.Argument(
            metavar="TOKEN|-",
            help="The token; - reads it from standard input, which keeps it out of"
            " the shell's history and the list of processes.",
        ),
    ],
) -> None:
    """End a token that came of an exchange, with all that was made of it."""
    printer = invocation.printer()
    text = token_text(token, from_env=False)
    with invocation.connect() as client:
        everywhere = client.revoke_token(text)
    printer.record({"state": "revoked", "effective_everywhere": everywhere})


def _facts(issued: ExchangedToken) -> dict[str, object]:
    return {
        "issued_token_type": issued.issued_token_type,
        "token_type": issued.token_type,
        "expires_in": issued.expires_in,
        "scopes": issued.scopes,
    }
