"""The options that commands which issue something share."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from daypass_client.cli.inputs import parse_span

RoleArgument = Annotated[
    str, typer.Argument(metavar="ROLE_ARN", help="The ARN of the role.")
]
RoleOption = Annotated[str, typer.Option(help="The ARN of the role.")]
SessionNameOption = Annotated[
    str | None, typer.Option(help="Names the session. Default: from the time.")
]
DurationOption = Annotated[
    timedelta | None,
    typer.Option(
        parser=parse_span,
        metavar="SPAN",
        help="Until it ends, as 900, 15m or 1h. Default: the server's choice.",
    ),
]
PolicyOption = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A session policy in JSON; - is stdin."),
]
PolicyArnsOption = Annotated[
    list[str] | None, typer.Option(help="A managed session policy; repeatable.")
]
TagsOption = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="A tag; repeatable.")
]
SerialNumberOption = Annotated[
    str | None,
    typer.Option(
        metavar="ARN",
        help="Your second factor, as an ARN or a serial number. Without"
        " --token-code you are asked for the code.",
    ),
]
TokenCodeOption = Annotated[
    str | None, typer.Option(metavar="CODE", help="The six digits that it shows.")
]
