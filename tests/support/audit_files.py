"""Audit files as tests need them."""

from __future__ import annotations

import json
from pathlib import Path

from daypass.adapters.audit_file import FileAuditSink
from support.records import audit_record


async def written(path: Path, count: int = 3) -> bytes:
    """Writes records and returns the bytes of the file."""
    sink = FileAuditSink(path)
    for number in range(count):
        await sink.write(audit_record(number))
    sink.close()
    return path.read_bytes()


def request_ids(path: Path) -> list[str]:
    """Returns the request ids of a file, line by line."""
    return [json.loads(line)["request_id"] for line in path.read_bytes().splitlines()]
