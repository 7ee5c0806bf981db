"""Faults as they are printed."""

from __future__ import annotations

import pytest

from daypass.directory.compact import compact_json
from daypass.directory.fault import Fault, path_text
from daypass.directory.yaml_tree import parse_yaml


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ((), ""),
        (("users", "dev", "access_keys", 0, "id"), "users.dev.access_keys[0].id"),
        (("roles", "a.b"), "roles['a.b']"),
        (("roles", ""), "roles['']"),
        (("roles", "\x1b[0m"), "roles['\\x1b[0m']"),
        (("roles", "é"), "roles['\\xe9']"),
    ],
)
def test_prints_path(path: tuple[str | int, ...], text: str) -> None:
    """A path reads as it would in a program, and holds nothing a terminal obeys."""
    assert text == path_text(path)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        (Fault("a.yaml", 3, "users.u", "why"), "a.yaml:3: users.u: why"),
        (Fault("a.yaml", 3, "", "why"), "a.yaml:3: why"),
        (Fault("a.yaml", 0, "", "why"), "a.yaml: why"),
        (Fault("", 0, "", "why"), ".: why"),
    ],
)
def test_prints_fault(fault: Fault, text: str) -> None:
    """A fault is one line, in the form that editors jump to."""
    assert text == str(fault)


def test_measures_without_blanks() -> None:
    """Compact JSON keeps values and their order, and no blank between them."""
    tree = parse_yaml("a.yaml", '{b: [1, 1.50, true, null], a: "x \\"é"}')

    assert compact_json(tree.value) == '{"b":[1,1.50,true,null],"a":"x \\"é"}'
