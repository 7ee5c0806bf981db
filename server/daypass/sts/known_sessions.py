"""What follows from a session that was read before.

Who a session stands for follows from it and from the directory, and its secret access
key from its id and a derivation secret. Neither is worked out again for each call of
the session. What is remembered is found only by the very objects that it was made of:
these are frozen, and whatever replaces one of them is another object.

Expiry, revocation, and whether the derivation secret is still a live one, do not
belong to this and are looked at for every call.

SPEC: sts-operations 0.11 and 3.4 step 6; attacks V14, V17, V18.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from daypass.core.lru import LruCache
from daypass.core.principal import AccountPrincipal
from daypass.core.quick import quick_init
from daypass.core.secret import Secret
from daypass.core.session import Session
from daypass.core.token_limits import SESSIONS_READ_MAX
from daypass.directory.model import Directory
from daypass.keyring.ring import RingSecret


@quick_init
@dataclass(frozen=True, slots=True)
class KnownSession:
    """A session and what follows from it.

    Attributes:
        session: the session.
        principal: who it stands for.
        derivation: what its secret access key is derived from.
        secret_access_key: that key.
    """

    session: Session
    principal: AccountPrincipal
    derivation: RingSecret = field(repr=False)
    secret_access_key: Secret


class KnownSessions:
    """Remembers sessions of one snapshot of the directory.

    Args:
        size_max: how many it remembers.
    """

    def __init__(self, *, size_max: int = SESSIONS_READ_MAX) -> None:
        self._known: LruCache[str, KnownSession] = LruCache(size_max=size_max)
        self._directory: Directory | None = None

    def __len__(self) -> int:
        """Tells how many sessions are remembered."""
        return len(self._known)

    def find(self, session: Session, directory: Directory) -> KnownSession | None:
        """Returns what follows from this session in this directory, or None."""
        known = self._known.get(session.access_key_id)
        if known is None or known.session is not session:
            return None
        return known if directory is self._directory else None

    def remember(self, known: KnownSession, directory: Directory) -> None:
        """Remembers a session, and forgets those of another directory.

        Args:
            known: the session.
            directory: the snapshot by which it stands for that principal.
        """
        if directory is not self._directory:
            self._known.clear()
            self._directory = directory
        self._known.put(known.session.access_key_id, known)
