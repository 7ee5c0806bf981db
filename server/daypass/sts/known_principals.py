"""The principals of sessions that were asked about before, remembered.

A session and a snapshot of the directory say who a session stands for, and neither
changes. Another snapshot may say something else, so that what was remembered of the
one before is forgotten with it.

SPEC: sts-operations 0.11; decision 0051.
"""

from __future__ import annotations

from daypass.core.lru import LruCache
from daypass.core.principal import AccountPrincipal
from daypass.core.session import Session
from daypass.core.token_limits import SESSIONS_READ_MAX
from daypass.directory.model import Directory
from daypass.sts.principals import principal_of_session

# NOTE: by where the session is in memory. What is remembered holds it there, so that
# no other can come to stand at the same place meanwhile.
_Known = LruCache[int, tuple[Session, AccountPrincipal]]


class KnownPrincipals:
    """Finds the principals of sessions.

    Args:
        size_max: how many it remembers; as many as there are sessions remembered.
    """

    def __init__(self, *, size_max: int = SESSIONS_READ_MAX) -> None:
        self._directory: Directory | None = None
        self._known: _Known = LruCache(size_max=size_max)

    def __len__(self) -> int:
        """Tells how many are remembered."""
        return len(self._known)

    def of(self, session: Session, directory: Directory) -> AccountPrincipal:
        """Returns the principal that a session stands for.

        Raises:
            PrincipalGoneError: it does not exist any more; see `sts.principals`.
        """
        if directory is not self._directory:
            # Before it is asked: whoever is gone is to be held no longer.
            self._known.clear()
            self._directory = directory
        known = self._known.get(id(session))
        if known is not None and known[0] is session:
            return known[1]
        principal = principal_of_session(session, directory)
        self._known.put(id(session), (session, principal))
        return principal
