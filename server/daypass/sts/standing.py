"""Whether somebody who was proven a while ago would be proven still.

A call that is kept open outlives the moment in which its caller was proven. Before
each message of it this is asked, so that what ends credentials ends their streams.

SPEC: design 7; decision 0030.
"""

from __future__ import annotations

from daypass.core.errors import ExpiredTokenError, InvalidClientTokenIdError
from daypass.core.ports import Clock, Snapshot
from daypass.directory.model import Directory
from daypass.sts.caller import Caller
from daypass.sts.principals import principal_of_session
from daypass.sts.revocation_view import RevocationView


class Standing:
    """Tells whether callers still stand.

    Args:
        directory: which principals and keys exist.
        revocations: which sessions have been ended.
        clock: which have ended by themselves.
    """

    def __init__(
        self,
        *,
        directory: Snapshot[Directory],
        revocations: RevocationView,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._revocations = revocations
        self._clock = clock

    def check(self, caller: Caller) -> None:
        """Returns while the credentials of a caller are good.

        Raises:
            ExpiredTokenError: the session has ended.
            InvalidClientTokenIdError: it was revoked, its principal is gone, or the
                long-term key is gone or is not active any more.
            RevocationViewStaleError: this worker cannot know.
        """
        directory = self._directory.current()
        if caller.session is not None:
            if caller.session.expire_time <= self._clock.now():
                raise ExpiredTokenError("session_ended_meanwhile")
            self._revocations.check(caller.session)
            principal_of_session(caller.session, directory)
            return
        found = directory.access_keys.get(caller.access_key_id)
        if found is None or not found[0].active:
            raise InvalidClientTokenIdError("access_key_gone_meanwhile")
