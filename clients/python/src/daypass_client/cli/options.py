"""The options that every command takes, before its name or after it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from typing import Annotated

import typer

from daypass_client import limits

_PANEL = "Options of every command"


class OutputForm(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    EXPORT = "export"


ProfileOption = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="The profile, of the AWS files (AWS_SHARED_CREDENTIALS_FILE and"
        " AWS_CONFIG_FILE, or ~/.aws), or else of the folder .daypass here."
        " Default: keys in the environment, DAYPASS_PROFILE, AWS_PROFILE, default.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
EndpointOption = Annotated[
    str | None,
    typer.Option(
        "--endpoint",
        metavar="ADDRESS",
        help="The server, as host:port, https://host:port or unix:/path. Default:"
        " DAYPASS_ENDPOINT, the profile, 127.0.0.1:50051.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
RegionOption = Annotated[
    str | None,
    typer.Option(
        "--region",
        metavar="REGION",
        help="The region that signatures name. Default: AWS_REGION,"
        " AWS_DEFAULT_REGION, the profile, us-east-1.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
OutputOption = Annotated[
    OutputForm | None,
    typer.Option(
        "--output",
        help="How to print: table, json, or, of credentials, export: lines for a"
        " shell. Default: table.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=0.001,
        max=limits.CALL_TIMEOUT_MAX.total_seconds(),
        help="How long one call may take, at most 60. Default: 10.",
        rich_help_panel=_PANEL,
        show_default=False,
    ),
]


@dataclass(frozen=True, slots=True)
class CommonOptions:
    """What was given of these options; None where nothing was."""

    profile: ProfileOption = None
    endpoint: EndpointOption = None
    region: RegionOption = None
    output: OutputOption = None
    timeout: TimeoutOption = None

    def over(self, outer: CommonOptions) -> CommonOptions:
        """Returns these options, and those given further out where these say nothing."""
        chosen = {
            field.name: value
            if (value := getattr(self, field.name)) is not None
            else getattr(outer, field.name)
            for field in fields(self)
        }
        return CommonOptions(**chosen)

    @property
    def form(self) -> OutputForm:
        """How results are printed."""
        return self.output or OutputForm.TABLE

    @property
    def call_timeout(self) -> timedelta:
        """How long one call may take."""
        if self.timeout is None:
            return limits.CALL_TIMEOUT_DEFAULT
        return timedelta(seconds=self.timeout)
