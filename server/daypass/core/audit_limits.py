"""Bounds of the audit log beside those in `limits`."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# How long a record that nobody waits for stays in memory before it is written: long
# enough for many to share one fsync, and shorter than anybody waits to read it.
AUDIT_NOTE_TIME: Final = timedelta(milliseconds=20)

# What lines have in common, remembered as it is written: a caller that does one thing
# takes one. A usual one has 400 characters; all together are a megabyte at the most.
AUDIT_FORMS_MAX: Final = 256
AUDIT_FORM_CHARACTERS_MAX: Final = 2_048
