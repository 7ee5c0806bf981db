"""The credentials that an operation hands out.

SPEC: sts-operations 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from daypass.core.quick import quick_init
from daypass.core.secret import Secret


@quick_init
@dataclass(frozen=True, slots=True)
class Credentials:
    """Temporary credentials, all four parts of which are always present.

    `expire_time` is in whole seconds, UTC.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret
    expire_time: datetime
