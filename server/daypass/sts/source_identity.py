"""The source identity of a session, which is set once and then stays.

SPEC: sts-operations 0.8.
"""

from __future__ import annotations

from daypass.core.errors import ValidationError
from daypass.core.session import Session


def carried_source_identity(
    requested: str | None, session: Session | None
) -> str | None:
    """Returns the source identity of a session that is about to be issued.

    Args:
        requested: what the request names, or None.
        session: the calling session, or None with long-term keys.

    Raises:
        ValidationError: the calling session has another one.
    """
    inherited = session.source_identity if session is not None else None
    if requested is None or inherited is None or requested == inherited:
        return inherited if requested is None else requested
    raise ValidationError(
        "source_identity_changed",
        message="SourceIdentity cannot be changed by a session that already has one",
    )
