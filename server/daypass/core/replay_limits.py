"""Bounds of what a signed call is remembered for, each with its reason.

SPEC: sts-operations 3.4 (end); attacks V01.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

# A session is remembered for as long as the call that it was issued to may be sent
# again, and for this much longer: the clocks of workers and store differ a little.
SIGNED_CALL_KEPT_AFTER: Final = timedelta(minutes=1)
# The access key id of a signed call is derived under the secret that was active so
# long before it was signed. A call may be dated fifteen minutes ahead, so that each
# worker has had fifteen minutes to learn of a change before any uses it for this.
RING_SETTLED_AFTER: Final = timedelta(minutes=30)
