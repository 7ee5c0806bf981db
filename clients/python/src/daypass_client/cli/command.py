"""Makes commands of functions: common options, one client, readable failures."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Concatenate, Final, NoReturn, ParamSpec, cast, get_type_hints

import typer

from daypass_client.cli.code import ask_code
from daypass_client.cli.options import CommonOptions
from daypass_client.cli.output import Printer
from daypass_client.cli.text import printable
from daypass_client.client import DaypassClient
from daypass_client.errors import DaypassError
from daypass_client.profiles.load import load_profile
from daypass_client.profiles.profile import Profile

Parameters = ParamSpec("Parameters")
_KEYWORD: Final = inspect.Parameter.KEYWORD_ONLY


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a command has to work with."""

    options: CommonOptions

    def profile(self) -> Profile:
        """Loads the profile that the options name."""
        return load_profile(
            self.options.profile,
            endpoint=self.options.endpoint,
            region=self.options.region,
        )

    def connect(self, profile: Profile | None = None) -> DaypassClient:
        """Returns a client for the profile; the caller closes it."""
        return DaypassClient(
            profile or self.profile(),
            timeout=self.options.call_timeout,
            ask_code=ask_code,
        )

    def printer(self, *, exports: bool = False) -> Printer:
        """Returns what prints the result; make it before the call."""
        return Printer(self.options.form, exports=exports)


def with_common_options(
    function: Callable[Concatenate[Invocation, Parameters], None],
) -> Callable[..., None]:
    """Returns the function as a command for typer.

    It takes the common options beside its own, and turns a failure into one line
    on standard error and exit status 1.
    """
    # What typer hands over has the types that the signature below asks for.
    body = cast("Callable[..., None]", function)

    @functools.wraps(function)
    def command(context: typer.Context, **given: object) -> None:
        common = {field.name: given.pop(field.name) for field in fields(CommonOptions)}
        options = CommonOptions(**common).over(outer_options(context))  # type: ignore[arg-type]
        try:
            body(Invocation(options), **given)
        except DaypassError as error:
            fail(error)

    # typer reads the options off the signature: the context, those of the
    # function without its first parameter, and the common ones.
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    parameters = [
        inspect.Parameter("context", _KEYWORD, annotation=typer.Context),
        *(parameter.replace(kind=_KEYWORD) for parameter in own),
        *common_parameters(),
    ]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {
        parameter.name: parameter.annotation for parameter in parameters
    }
    return command


def common_parameters() -> list[inspect.Parameter]:
    """Returns the common options as parameters of a function."""
    hints = get_type_hints(CommonOptions, include_extras=True)
    return [
        inspect.Parameter(
            field.name, _KEYWORD, default=None, annotation=hints[field.name]
        )
        for field in fields(CommonOptions)
    ]


def outer_options(context: typer.Context) -> CommonOptions:
    """Returns the common options that were given before the command's name."""
    found = context.obj
    return found if isinstance(found, CommonOptions) else CommonOptions()


def fail(error: DaypassError) -> NoReturn:
    """Prints what went wrong, and ends the command with exit status 1.

    Raises:
        Exit: always.
    """
    typer.echo(printable(f"daypass: {error}"), err=True)
    raise typer.Exit(code=1) from error
