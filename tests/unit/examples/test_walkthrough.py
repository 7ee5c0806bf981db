"""How a walk-through is read, so that a page cannot promise what was not compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.walkthrough import Step, difference, read_walkthrough, script

PAGE = """# A page

```sh
not typed
```

## Walk-through

```sh
begin
```

### One

```sh
first
```

```text
shown
```

```sh
second
```

## Behind

```sh
not typed
```
"""


@pytest.mark.parametrize(
    ("shown", "output", "status"),
    [
        (None, "", 1),
        ("a\n", "b\n", 0),
        ("a\n", "a\nb\n", 0),
        ("a\nb\n", "a\n", 0),
        ("a …\n", "a \n", 0),
        ("a …\n", "a b\nc\n", 0),
        ("a.c\n", "abc\n", 0),
    ],
)
def test_difference_is_told(shown: str | None, output: str, status: int) -> None:
    """Another output, more of it or less, or a failure that is not shown, is told."""
    assert difference(Step("command", shown), output, status)


@pytest.mark.parametrize(
    ("shown", "output", "status"),
    [
        (None, "whatever\n", 0),
        ("a\n", "a\n", 1),
        ("a … c\n", "a b c\n", 0),
        ("a\n…\nd\n", "a\nd\n", 0),
        ("a\n…\nd\n", "a\nb\nc\nd\n", 0),
    ],
)
def test_what_is_shown_is_what_came(
    shown: str | None, output: str, status: int
) -> None:
    """An ellipsis stands for text within a line, and alone for any lines."""
    assert difference(Step("command", shown), output, status) == ""


def test_page_is_read(tmp_path: Path) -> None:
    """Only the walk-through is read, with each output beside its commands."""
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")

    prelude, one = read_walkthrough(page)

    assert (Step("begin\n"),) == prelude.steps
    assert ("One", (Step("first\n", "shown\n"), Step("second\n"))) == (
        one.title,
        one.steps,
    )


def test_output_without_commands_is_refused(tmp_path: Path) -> None:
    """Two outputs in a row are a mistake of the page."""
    page = tmp_path / "page.md"
    doubled = PAGE.replace("```text\nshown\n```", "```text\na\n```\n```text\nb\n```")
    page.write_text(doubled, encoding="utf-8")

    with pytest.raises(AssertionError, match="two outputs"):
        read_walkthrough(page)


def test_steps_share_a_shell(tmp_path: Path) -> None:
    """A step runs in the shell of those before it, and its status is kept."""
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")

    lines = script(*read_walkthrough(page)).splitlines()

    assert "begin" == lines[0]
    assert "{" == lines[2]
    assert "} > output.0 2>&1" in lines
    assert "echo $? > status.1" == lines[-1]
