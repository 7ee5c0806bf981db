"""The bounds of what is made of a denial after its answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# Denials whose other view is still to be made. One takes less than a millisecond
# and a few KiB, so this is a second of work at the most.
OWNER_VIEWS_WAITING_MAX: Final = 1_024
# The work begins so much later than the denial: long enough for the answer to have
# left, too short for whoever asks why to notice. What comes during a pause waits for the
# next one. In between chance decides, so that
# nobody can aim a second call at the moment in which the first one is explained.
OWNER_VIEW_PAUSE_MIN: Final = timedelta(milliseconds=50)
OWNER_VIEW_PAUSE_MAX: Final = timedelta(milliseconds=100)
