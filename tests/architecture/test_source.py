"""The source holds to the house's rules of form."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest
from importlinter.cli import lint_imports

from daypass.core import limits
from support.sources import CLIENT, REPOSITORY, SERVER, TESTS, Module, modules

OURS = modules(SERVER, CLIENT)
ALL = [*OURS, *modules(TESTS)]
MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
# A paragraph: what a package owns, what it leans on, what it does not do.
PACKAGE_CHARACTERS_MIN = 300
# Marks and calls by which a test would not be run, or be allowed to fail.
EVASIONS = {"skip", "skipif", "xfail", "importorskip"}
# Python before 3.11.5, which is that of Debian 12, matches a group of several branches
# that is possessive, or atomic, wrongly (CPython issue 106052); one set is no group.
SET_OF_CHARACTERS = re.compile(r"\[(?:\\.|[^\]\\])+\]")
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+|\(\?>")
# Not in the layers: the version has no imports, and the stubs are generated.
OUTSIDE_LAYERS = {"_version", "api"}


def _named(found: ast.AST) -> str:
    """Returns the last name of an attribute or a call, or nothing."""
    if isinstance(found, ast.Attribute):
        return found.attr
    return found.id if isinstance(found, ast.Name) else ""


def _imported(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_packages_say_what_they_own() -> None:
    """The docstring of every package says what it owns, leans on and does not do."""
    poor = [
        module.name
        for module in OURS
        if module.path.name == "__init__.py"
        and len(ast.get_docstring(module.tree) or "") < PACKAGE_CHARACTERS_MIN
    ]

    assert [] == poor


def test_modules_have_docstrings() -> None:
    """Every module says in a docstring what it is about."""
    assert [] == [module.name for module in ALL if not ast.get_docstring(module.tree)]


def test_public_names_have_docstrings() -> None:
    """Every public class, function and method has a docstring."""
    silent = [
        name
        for module in OURS
        for name, node in module.public()
        if not ast.get_docstring(node)
    ]

    assert [] == silent


def test_tests_have_docstrings() -> None:
    """Every test says in a docstring what it shows."""
    silent = [
        f"{module.name}:{function.name}"
        for module in modules(TESTS)
        for function in module.functions()
        if function.name.startswith("test_") and not ast.get_docstring(function)
    ]

    assert [] == silent


def test_modules_are_short() -> None:
    """No module of ours is longer than can be read at a sitting."""
    assert [] == [
        f"{module.name}: {module.length}"
        for module in OURS
        if module.length > MODULE_LINES_MAX
    ]


def test_functions_are_short() -> None:
    """No function of ours is longer than a screen or so."""
    lengths = {
        f"{module.name}:{function.name}": function.end_lineno - function.lineno + 1
        for module in OURS
        for function in module.functions()
        if function.end_lineno is not None
    }

    assert {} == {
        name: length for name, length in lengths.items() if length > FUNCTION_LINES_MAX
    }


def test_no_test_is_evaded() -> None:
    """No test is skipped or allowed to fail, by a mark or by a call."""
    evaded = [
        f"{module.name}:{node.lineno}"
        for module in modules(TESTS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name) and _named(node) in EVASIONS
    ]

    assert [] == evaded


def test_nothing_is_mocked() -> None:
    """No test replaces code of ours by a mock or a patch."""
    mocking = [
        module.name
        for module in modules(TESTS)
        if any("mock" in name.split(".") for name in _imported(module))
        or any(
            ast.unparse(node) in {"monkeypatch.setattr", "mocker.patch"}
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Attribute)
        )
    ]

    assert [] == mocking


def test_no_group_is_possessive() -> None:
    """No pattern means one thing to one release of Python and another to the next."""
    wrong = [
        f"{module.name}:{node.lineno}"
        for module in OURS
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and POSSESSIVE_GROUP.search(SET_OF_CHARACTERS.sub("", node.value))
    ]

    assert [] == wrong


def test_imports_are_absolute() -> None:
    """No module is imported relative to another."""
    relative = [
        f"{module.name}:{node.lineno}"
        for module in ALL
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]

    assert [] == relative


def test_limits_have_reasons() -> None:
    """A comment stands above every bound, or above the group that it belongs to."""
    lines = (SERVER / "core" / "limits.py").read_text().splitlines()

    assert [] == [
        line
        for number, line in enumerate(lines)
        if re.match(r"[A-Z][A-Z0-9_]+: Final", line) and not _has_reason(lines[:number])
    ]


def _has_reason(above: list[str]) -> bool:
    """Tells whether a comment that is no heading ends the lines, bounds apart."""
    for line in reversed(above):
        if not re.match(r"[A-Z][A-Z0-9_]+: Final", line):
            return line.startswith("# ") and not line.startswith("# ---")
    return False


def test_limits_are_kept() -> None:
    """Every bound is used somewhere, since one that nobody keeps is a false claim."""
    used = {
        _named(node)
        for module in OURS
        if module.path.name != "limits.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute | ast.Name)
    }
    used |= {name.split(".")[-1] for module in OURS for name in _imported(module)}

    bounds = {name for name in vars(limits) if name.isupper()}
    assert set() == bounds - used


def test_every_module_has_layer() -> None:
    """Every package and module of the server stands in the contract of layers."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    contract = project["tool"]["importlinter"]["contracts"][0]
    layers = {name.strip() for layer in contract["layers"] for name in layer.split("|")}

    found = {
        path.stem
        for path in SERVER.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert {
        f"daypass.{name}" for name in found - OUTSIDE_LAYERS - {"__init__"}
    } == layers


def test_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """Imports point inward, and the other contracts of imports hold."""
    status = lint_imports(
        config_filename=str(REPOSITORY / "pyproject.toml"), no_cache=True
    )

    assert 0 == status, capsys.readouterr().out
