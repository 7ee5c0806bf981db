"""Bounds of tokens beside those in `limits`."""

from __future__ import annotations

from typing import Final

# Sessions of tokens that were read before. One with nothing packed takes about two
# kilobytes, the largest some sixteen; a worker holds 64 MiB of them at the most.
SESSIONS_READ_MAX: Final = 4_096
