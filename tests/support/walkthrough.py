"""A walk-through in Markdown: what a person types, and what the page shows.

A block of `sh` is typed as it stands. A block of `text` behind it is what comes of
it on both streams; without one it must succeed. In what is shown, `…` stands for any
text within a line, and alone on a line for any lines, none included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PARTS: Final = re.compile(
    r"^### (?P<title>[^\n]+)$|^```(?P<language>\w*)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_ANY: Final = "…"


@dataclass(frozen=True)
class Step:
    """Commands, and what the page shows of them; None where it shows nothing."""

    commands: str
    shown: str | None = None


@dataclass(frozen=True)
class Scenario:
    """A section of the page, which works by itself after the prelude."""

    title: str
    steps: tuple[Step, ...]


def read_walkthrough(page: Path) -> tuple[Scenario, ...]:
    """Returns the prelude, whose title is empty, and the scenarios that have commands."""
    text = page.read_text(encoding="utf-8").partition("\n## Walk-through\n")[2]
    text = text.partition("\n## ")[0]
    sections: dict[str, list[Step]] = {"": []}
    title = ""
    for part in _PARTS.finditer(text):
        if part["title"]:
            title = part["title"]
            sections[title] = []
        elif part["language"] == "sh":
            sections[title].append(Step(part["body"]))
        elif part["language"] == "text":
            before = sections[title].pop()
            assert before.shown is None, f"{title}: two outputs of one block"
            sections[title].append(Step(before.commands, part["body"]))
    return tuple(Scenario(name, tuple(steps)) for name, steps in sections.items())


def script(prelude: Scenario, scenario: Scenario) -> str:
    """Returns what one shell runs: each step writes its output and its status."""
    lines = [step.commands for step in prelude.steps]
    for number, step in enumerate(scenario.steps):
        lines.append(f"{{\n{step.commands}}} > output.{number} 2>&1")
        lines.append(f"echo $? > status.{number}")
    return "\n".join(lines)


def difference(step: Step, output: str, status: int) -> str:
    """Returns what is not as shown, for people; empty where everything is."""
    if step.shown is None:
        return "" if status == 0 else f"{step.commands}\nexits with {status}:\n{output}"
    if _pattern(step.shown).fullmatch(output):
        return ""
    return f"{step.commands}\nprints\n{output}\nand not\n{step.shown}"


def _pattern(shown: str) -> re.Pattern[str]:
    lines = []
    for line in shown.splitlines():
        if line == _ANY:
            lines.append(r"(?:.*\n)*?")
        else:
            parts = (re.escape(part) for part in line.split(_ANY))
            lines.append(".+?".join(parts) + r"\n")
    return re.compile("".join(lines))
