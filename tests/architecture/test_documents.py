"""The documents point to what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from support.sources import REPOSITORY

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
TEXTS = {"", ".md", ".proto", ".py", ".toml", ".yaml"}
# Folders of what others have written, or programs have made.
MADE = {"node_modules", "build", "dist", "target"}
MENTION = re.compile(r"\bdocs/[\w/.-]+\.md\b")


def _files() -> list[Path]:
    """Returns the files that people of ours have written, but for hidden ones."""
    folders = [REPOSITORY / ".ci"]
    folders += [path for path in REPOSITORY.iterdir() if path.name[0] != "."]
    found = [path for path in folders if path.is_file()]
    for folder in folders:
        found += [path for path in folder.rglob("*") if path.suffix in TEXTS]
    return [path for path in found if not MADE & set(path.parts)]


def _documents() -> list[Path]:
    return [path for path in _files() if path.suffix == ".md"]


def _links(document: Path) -> Iterator[str]:
    """Yields the links of a document that do not leave the repository."""
    text = CODE.sub("", document.read_text(encoding="utf-8"))
    for target in LINK.findall(text):
        if not re.match(r"(https?|mailto):", target):
            yield target


def _anchors(document: Path) -> set[str]:
    """Returns the names of a document's headings, as sites render them."""
    text = re.sub(
        r"^```.*?^```", "", document.read_text(), flags=re.MULTILINE | re.DOTALL
    )
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(text)
    }


def _leads_somewhere(document: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    found = document if not name else (document.parent / name).resolve()
    if not found.exists() or not found.is_relative_to(REPOSITORY):
        return False
    return not anchor or anchor in _anchors(found)


def test_links_lead_somewhere() -> None:
    """Every relative link of a document leads to a file, and to a heading of it."""
    documents = _documents()
    broken = [
        f"{document.relative_to(REPOSITORY)}: {target}"
        for document in documents
        for target in _links(document)
        if not _leads_somewhere(document, target)
    ]

    assert REPOSITORY / "README.md" in documents
    assert [] == broken


def test_mentioned_documents_exist() -> None:
    """Every document that a comment, a message or a page names is there."""
    missing = {
        f"{path.relative_to(REPOSITORY)}: {name}"
        for path in _files()
        if path.is_file()
        for name in MENTION.findall(path.read_text(encoding="utf-8", errors="replace"))
        if not (REPOSITORY / name).is_file()
    }

    assert set() == missing


def test_decisions_are_listed() -> None:
    """Every decision is in the list of decisions, in order, each with its own number.

    A number is given out before its decision is written, so that there may be gaps.
    """
    folder = REPOSITORY / "docs" / "adr"
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))

    numbers = [name[:4] for name in files]
    assert sorted(set(numbers)) == numbers
    listed = [link for link in _links(folder / "README.md") if link[0].isdigit()]
    assert files == listed


def test_decisions_have_all_parts() -> None:
    """Every decision tells its status, context, outcome and cost."""
    wanted = {"## Context", "## Outcome", "## Cost"}
    poor = []
    for path in (REPOSITORY / "docs" / "adr").glob("[0-9]*.md"):
        lines = path.read_text(encoding="utf-8").splitlines()
        if wanted - set(lines) or not any(
            line.startswith("Status: ") for line in lines
        ):
            poor.append(path.name)

    assert [] == poor
