"""The published signature vectors.

Source: awslabs/aws-c-auth, tests/aws-signing-test-suite/v4. The services of the
vectors encode a path once more than it came; the vectors hold it unencoded.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

FOLDERS = 38


@dataclass(frozen=True)
class WireRequest:
    """A request of the suite, taken apart as it stands on the wire."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(frozen=True)
class Vector:
    """One folder of the suite."""

    folder: Path
    context: dict[str, Any]

    @property
    def name(self) -> str:
        """The name of the folder."""
        return self.folder.name

    @property
    def secret(self) -> str:
        """The secret access key that signed."""
        return str(self.context["credentials"]["secret_access_key"])

    @property
    def signed_at(self) -> datetime:
        """When it was signed."""
        return datetime.fromisoformat(self.context["timestamp"])

    @property
    def token_unsigned(self) -> bool:
        """Whether the token was added after signing."""
        return bool(self.context.get("omit_session_token"))

    def text(self, name: str) -> str:
        """Returns one of the published values."""
        return (self.folder / f"{name}.txt").read_text()

    def request(self, form: str) -> WireRequest:
        """Returns the signed request in the form `header` or `query`."""
        return wire_request(self.text(f"{form}-signed-request"))


def vectors_of(folder: Path) -> list[Vector]:
    """Returns all vectors, which must be all that were published."""
    folders = sorted(path for path in (folder / "sigv4").iterdir() if path.is_dir())
    assert len(folders) == FOLDERS
    return [
        Vector(folder, json.loads((folder / "context.json").read_text()))
        for folder in folders
    ]


def wire_request(text: str) -> WireRequest:
    """Takes a request apart; a folded line stays folded."""
    head, _, body = text.partition("\n\n")
    first, *lines = head.split("\n")
    method, _, rest = first.partition(" ")
    target = rest.rpartition(" ")[0]
    path, _, query = target.partition("?")
    headers: list[tuple[str, str]] = []
    for line in lines:
        if line.startswith(" "):
            name, value = headers.pop()
            headers.append((name, f"{value}\n{line}"))
        else:
            name, _, value = line.partition(":")
            headers.append((name, value))
    return WireRequest(method, path, query, headers, body.encode())
