"""Answers about session tokens as bytes, of which most is made once for a token.

All that an answer says of a good token rests on its session and its principal, but
for the age of the view of revocations. Whether the token is good is asked each time.
Texts are put between their sizes, in the order of their fields; what sessions have at
times is written by the library.

SPEC: design 6; Protocol Buffers, "Encoding"; decision 0090.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from daypass.core.session import SessionKind
from daypass.rpc.convert import session_kind, timestamp
from daypass.rpc.convert_token import said_by_token, verify_token_response
from daypass.rpc.wire import duration, head, varint
from daypass.sts.token_judge import GoodToken, VerifiedToken
from daypass.sts.verify_token import Judgement

# As many as there are seconds in an hour, and more than there are sizes of texts.
_KEPT: Final = 4_096
# A field that holds a message is a tag, the size, and what it holds.
_AGE: Final = b"\x5a%b%b"
_VERIFIED: Final = b"\x0a%b%b"
_RESULT: Final = b"\x0a%b%b"

_size: Final = lru_cache(maxsize=_KEPT)(varint)


class VerifiedAnswers:
    """Makes answers; what a token says is written once and kept by the token."""

    def __init__(self) -> None:
        # None is as old as this one.
        self._last_age: tuple[timedelta, bytes] = (-timedelta.resolution, b"")

    def one(self, outcome: Judgement) -> bytes:
        """Returns a `VerifyTokenResponse`."""
        if not isinstance(outcome, VerifiedToken):
            return verify_token_response(outcome).SerializeToString()
        age = outcome.revocation_view_age
        # Tokens of a batch are judged by the same view.
        last, written = self._last_age
        if age != last:
            span = duration(age)
            written = _AGE % (_size(len(span)), span)
            self._last_age = age, written
        good = outcome.good
        if good.said is None:
            good.said = _said(good)
        # The age has the last number of the fields, which is their order.
        said = good.said + written
        return _VERIFIED % (_size(len(said)), said)

    def many(self, outcomes: Iterable[Judgement]) -> bytes:
        """Returns a `BatchVerifyTokensResponse`."""
        results = [self.one(outcome) for outcome in outcomes]
        return b"".join([_RESULT % (_size(len(each)), each) for each in results])


def _said(good: GoodToken) -> bytes:
    """Writes what a token says, whenever."""
    session, principal = good.session, good.principal
    key, origin = session.access_key_id.encode(), session.origin_id.encode()
    name, arn = session.session_name.encode(), good.arn.encode()
    user, account = principal.user_id.encode(), principal.account_id.encode()
    at_times = session.tags or session.transitive_tag_keys or session.source_identity
    if at_times or not (key and origin and name and arn and user and account):
        # A text that is empty is not written at all.
        return said_by_token(session, principal).SerializeToString()
    texts = (
        *(arn, user, account, key, name),
        *(_instant(session.issue_time), _instant(session.expire_time), origin),
    )
    return _frame(session.kind, *map(len, texts)) % texts


@lru_cache(maxsize=_KEPT)
def _frame(kind: SessionKind, *sizes: int) -> bytes:
    """Returns what stands before and between the texts of an answer, to be filled in.

    Args:
        kind: of the session.
        sizes: of the texts, in the order of their fields: those of the principal, and
            those of the session.
    """
    *of_principal, key, name, begin, end, origin = sizes
    heads = [head(number, size) for number, size in enumerate(of_principal, 1)]
    principal = head(2, sum(map(len, heads)) + sum(of_principal))
    before = (
        *(b"\x08" + varint(session_kind(kind)) + principal + heads[0], *heads[1:]),
        *(head(3, key), head(4, name), head(5, begin), head(6, end), head(10, origin)),
    )
    return b"".join([each.replace(b"%", b"%%") + b"%b" for each in before])


@lru_cache(maxsize=_KEPT)
def _instant(instant: datetime) -> bytes:
    return timestamp(instant).SerializeToString()
