"""The repository's own files, for the tests that read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = REPOSITORY / "server" / "daypass"
CLIENT = REPOSITORY / "clients" / "python" / "src" / "daypass_client"
TESTS = REPOSITORY / "tests"
# Made by a program, which is checked instead.
_GENERATED = {SERVER / "api", CLIENT / "_stubs"}

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documented = Function | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """A Python file and its syntax tree."""

    path: Path

    @property
    def name(self) -> str:
        """The path within the repository."""
        return str(self.path.relative_to(REPOSITORY))

    @property
    def length(self) -> int:
        """The number of lines."""
        return len(self._text.splitlines())

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self._text)

    @cached_property
    def _text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def functions(self) -> Iterator[Function]:
        """Yields every function, methods and inner ones included."""
        for node in ast.walk(self.tree):
            if isinstance(node, Function):
                yield node

    def public(self) -> Iterator[tuple[str, Documented]]:
        """Yields what others may use: classes, functions, and methods of classes."""
        yield from _public(self.tree, self.name)


def modules(*folders: Path) -> list[Module]:
    """Returns the modules below folders that people have written."""
    return [
        Module(path)
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        if not _GENERATED & set(path.parents)
    ]


def _public(
    node: ast.Module | ast.ClassDef, place: str
) -> Iterator[tuple[str, Documented]]:
    for child in node.body:
        if isinstance(child, Documented) and not child.name.startswith("_"):
            name = f"{place}:{child.name}"
            yield name, child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, name)
