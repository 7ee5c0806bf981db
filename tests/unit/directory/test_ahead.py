"""What was read ahead is used once, and for the same texts."""

from __future__ import annotations

from daypass.directory.ahead import DeclaredAhead
from daypass.directory.build import declare

_TEXT = "account: {id: '123456789012', name: One}\n"
_ARN = "arn:aws:iam::123456789012:user/dev"


def test_uses_what_was_read() -> None:
    """The same texts are not read again, and what was read is then forgotten."""
    kept = declare({"a.yaml": _TEXT})
    ahead = DeclaredAhead()
    ahead.keep(kept)

    first = ahead({"a.yaml": _TEXT})
    second = ahead({"a.yaml": _TEXT})

    assert first is kept
    assert second is not kept


def test_reads_other_texts() -> None:
    """A text that became another in between is read, and so is one that came."""
    ahead = DeclaredAhead()
    ahead.keep(declare({"a.yaml": _TEXT}))

    found = ahead({"a.yaml": _TEXT + "users: {dev: {}}\n"})

    assert (_ARN,) == found.principal_arns


def test_reads_without_memory() -> None:
    """With nothing remembered, the texts are read."""
    found = DeclaredAhead()({"a.yaml": "account: 1\n"})

    assert found.faults
