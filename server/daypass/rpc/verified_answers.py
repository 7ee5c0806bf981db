"""Answers about session tokens as bytes, of which most is made once for a token.

All that an answer says of a good token rests on its session and its principal, but
for the age of the view of revocations. Whether the token is good is asked each time.

SPEC: design 6; decision 0051.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.lru import LruCache
from daypass.core.principal import AccountPrincipal
from daypass.core.session import Session
from daypass.core.token_limits import SESSIONS_READ_MAX
from daypass.rpc.convert_token import said_by_token, verify_token_response, view_age
from daypass.rpc.wire import field_of_bytes
from daypass.sts.verify_token import Judgement, VerifiedToken

_VERIFIED: Final = pb.VerifyTokenResponse.VERIFIED_FIELD_NUMBER
_RESULTS: Final = pb.BatchVerifyTokensResponse.RESULTS_FIELD_NUMBER


class VerifiedAnswers:
    """Makes answers, and remembers what the last tokens said.

    Args:
        size_max: how many tokens; as many as there are sessions remembered.
    """

    def __init__(self, *, size_max: int = SESSIONS_READ_MAX) -> None:
        # NOTE: by where the session is in memory. What is remembered holds it there,
        # so that no other can come to stand at the same place meanwhile.
        self._said: LruCache[int, tuple[Session, AccountPrincipal, bytes]] = LruCache(
            size_max=size_max
        )
        # None is as old as this one.
        self._last_age: tuple[timedelta, bytes] = (-timedelta.resolution, b"")

    def __len__(self) -> int:
        """Tells of how many tokens it is remembered what they said."""
        return len(self._said)

    def one(self, outcome: Judgement) -> bytes:
        """Returns a `VerifyTokenResponse`."""
        if not isinstance(outcome, VerifiedToken):
            return verify_token_response(outcome).SerializeToString()
        # The age has the last number of the fields, which is their order.
        said = self._said_by(outcome) + self._age(outcome)
        return field_of_bytes(_VERIFIED, said)

    def many(self, outcomes: Iterable[Judgement]) -> bytes:
        """Returns a `BatchVerifyTokensResponse`."""
        return b"".join(
            [field_of_bytes(_RESULTS, self.one(outcome)) for outcome in outcomes]
        )

    def _age(self, found: VerifiedToken) -> bytes:
        """Returns how old the view is; tokens of a batch are judged by the same."""
        age, written = self._last_age
        if found.revocation_view_age != age:
            written = view_age(found).SerializeToString()
            self._last_age = found.revocation_view_age, written
        return written

    def _said_by(self, found: VerifiedToken) -> bytes:
        key = id(found.session)
        known = self._said.get(key)
        if (
            known is not None
            and known[0] is found.session
            and known[1] is found.principal
        ):
            return known[2]
        said = said_by_token(found).SerializeToString()
        self._said.put(key, (found.session, found.principal, said))
        return said
