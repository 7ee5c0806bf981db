"""What docs/federation.md shows, works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from daypass.adapters.demo_provider import DemoProvider
from daypass.cli import app
from daypass.core import errors
from daypass.policy.checks import check_shared_issuers
from daypass.policy.document import DocumentKind, PolicySource
from daypass.policy.parse import parse_policy
from support.surroundings import Surroundings, surroundings

PAGE = (Path(__file__).parents[3] / "docs/federation.md").read_text(encoding="utf-8")


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields a folder in which a development server has run."""
    (tmp_path / ".daypass").mkdir(mode=0o700)
    DemoProvider.load_or_create(tmp_path / ".daypass")
    with surroundings(tmp_path) as found:
        yield found


def blocks(language: str) -> list[str]:
    """Returns the blocks of the page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_trust_policy_can_be_stored() -> None:
    """The trust policy of the page is one, and a narrow one."""
    (text,) = blocks("json")

    policy = parse_policy(
        text, kind=DocumentKind.TRUST, source=PolicySource("trust", "page")
    )

    check_shared_issuers(policy)
    assert 1 == len(policy.statements)


@pytest.mark.usefixtures("around")
def test_command_prints_a_token() -> None:
    """The command of the page prints a token."""
    (text,) = blocks("sh")
    program, *arguments = shlex.split(text.replace("\\\n", " "))

    result = CliRunner().invoke(app, arguments)

    assert "daypassd" == program
    assert (0, 2) == (result.exit_code, result.output.count("."))


def test_codes_exist() -> None:
    """Every code that the page names is one that callers can get."""
    table = PAGE.partition("## What is refused, and how")[2].partition("\n## ")[0]
    named = set(re.findall(r"^\| `(\w+)`", table, flags=re.MULTILINE))
    known = {
        kind.row.reason
        for kind in vars(errors).values()
        if isinstance(kind, type)
        and issubclass(kind, errors.DaypassError)
        and hasattr(kind, "row")
    }

    assert named
    assert named <= known
