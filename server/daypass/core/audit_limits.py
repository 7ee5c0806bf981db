"""Bounds of the audit log beside those in `limits`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# How long a record that nobody waits for stays in memory before it is written: long
# enough for many to share one fsync, and shorter than anybody waits to read it.
AUDIT_NOTE_TIME: Final = timedelta(milliseconds=20)
