"""Prints results on standard output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from daypass_client import limits
from daypass_client.cli.options import OutputForm
from daypass_client.cli.text import printable, to_cell, to_exports, to_json

Record = Mapping[str, object]


class Printer:
    """Prints results in the form that was asked for.

    NOTE: texts come from the server, so rich gets them as `Text`, which it does
    not search for markup, and without characters that steer a terminal.
    """

    def __init__(self, form: OutputForm, *, exports: bool = False) -> None:
        """Makes a printer.

        Raises:
            BadParameter: `export` is asked for, and nothing is exported.
        """
        if form is OutputForm.EXPORT and not exports:
            raise typer.BadParameter("--output export is for credentials only")
        self._form = form

    def record(
        self, record: Record, *, exports: Mapping[str, str] | None = None
    ) -> None:
        """Prints one thing, as lines of name and value.

        NOTE: these lines are not folded to the terminal, so that a token can be
        copied whole.
        """
        if self._form is OutputForm.EXPORT:
            typer.echo(to_exports(exports or {}))
        elif self._form is OutputForm.JSON:
            typer.echo(to_json(record))
        else:
            width = max(len(name) for name in record)
            for name, value in record.items():
                label = name.replace("_", " ")
                typer.echo(f"{label:<{width}}  {printable(to_cell(value))}")

    def records(
        self, title: str, records: Sequence[Record], columns: Sequence[str]
    ) -> None:
        """Prints many things: these columns in a table, everything in JSON."""
        if self._form is OutputForm.JSON:
            typer.echo(to_json({title: records}))
            return
        table = Table()
        for column in columns:
            table.add_column(column.replace("_", " "), overflow="fold")
        for record in records:
            table.add_row(
                *(Text(printable(to_cell(record[column]))) for column in columns)
            )
        _console().print(table)

    def tree(self, tree: Tree) -> None:
        """Prints a tree for people; its texts are such that they may be printed."""
        _console().print(tree)


def _console() -> Console:
    """Returns a console as wide as the terminal; a pipe or a file is not cut."""
    console = Console(markup=False, emoji=False, highlight=False)
    if not console.is_terminal:
        console.width = limits.PIPE_WIDTH_CHARACTERS
    return console
