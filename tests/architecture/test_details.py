"""The details that imitators get wrong have tests, which name them by number.

A detail is a numbered line of the specification (sts-operations, section 7). A test
names it in its name, `test_detail_34…`, in its docstring, as `detail 34` or at the
end as `(34)`, or in an id, as `detail 34`. What a test proves is for its reader to
judge; that it is there is judged here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.sources import TESTS

DETAILS = range(1, 63)
# Those of programs that are not there yet. One that gets a test leaves this table.
NOT_YET = {
    55: "the container endpoint and the instance metadata of the sidecar",
    56: "the authorization token file of the sidecar",
    57: "the instance metadata of the sidecar",
    58: "how long the sidecar's credentials are good for",
}
_IN_NAME = re.compile(r"^test_detail_(\d+)(?!\d)")
_IN_TEXT = re.compile(r"\bdetails? (\d+)(?:(?:, | and )(\d+))*", re.IGNORECASE)
_AT_THE_END = re.compile(r"\(([^()]*)\)\.$")
_NUMBER = re.compile(r"(?:^|, |; | and )(\d+)(?=$|, |; | and )")


def _of_text(text: str) -> set[int]:
    """Returns the numbers that a text gives after the word."""
    return {
        int(number)
        for found in _IN_TEXT.finditer(text)
        for number in re.findall(r"\d+", found[0])
    }


def _of_docstring(text: str) -> set[int]:
    """Returns the numbers of a docstring, those in its last parentheses included."""
    end = _AT_THE_END.search(text)
    bare = _NUMBER.findall(end[1]) if end else []
    return _of_text(text) | {int(number) for number in bare}


def _of_test(test: ast.FunctionDef | ast.AsyncFunctionDef) -> set[int]:
    """Returns the numbers of the details that a test says it proves."""
    name = _IN_NAME.match(test.name)
    found = {int(name[1])} if name else set()
    found |= _of_docstring(ast.get_docstring(test) or "")
    for decorator in test.decorator_list:
        for node in ast.walk(decorator):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= _of_text(node.value)
    return found


def _proven(folder: Path) -> Iterator[int]:
    """Yields the numbers that the tests below a folder name."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef
            ) and node.name.startswith("test_"):
                yield from _of_test(node)


def test_every_detail_has_test() -> None:
    """Every detail is named by a test, but for those of what is not there yet."""
    proven = set(_proven(TESTS))

    assert set() == set(DETAILS) - proven - NOT_YET.keys()


def test_every_detail_is_seen_over_http() -> None:
    """Whatever a detail says of a server, a client of the HTTP door gets to see it."""
    proven = set(_proven(TESTS / "gateway"))

    assert set() == set(DETAILS) - proven - NOT_YET.keys()


def test_nothing_is_excused_twice() -> None:
    """What a test names is not excused, and what is excused is a detail."""
    assert set() == NOT_YET.keys() & set(_proven(TESTS))
    assert NOT_YET.keys() <= set(DETAILS)


@pytest.mark.parametrize(
    ("source", "numbers"),
    [
        ("def test_detail_7_wrong_scope(): ...", {7}),
        ("def test_detail_72(): ...", {72}),
        ("def test_it(): 'It holds (4).'", {4}),
        ("def test_it(): 'It holds (S01 to S09, 4; M04 and 5).'", {4, 5}),
        ("def test_it(): 'It holds (details 3, 13 and 9).'", {3, 13, 9}),
        ("def test_it(): 'Detail 8: it holds.'", {8}),
        ("@each('x', ids=['detail 31: star'])\ndef test_it(): ...", {31}),
        ("def test_it(): 'It holds (0.6), (4) or not.'", set()),
        ("def test_it(): 'It holds (RFC 4, 6.2, S5).'", set()),
        ("def test_it(): return 'detail 5'", set()),
    ],
)
def test_naming(source: str, numbers: set[int]) -> None:
    """Details are found where tests name them, and numbers of other things are not."""
    (test,) = ast.parse(source).body
    assert isinstance(test, ast.FunctionDef)

    assert numbers == _of_test(test)
