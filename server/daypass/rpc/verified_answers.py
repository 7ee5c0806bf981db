"""Answers about session tokens as bytes, of which most is made once for a token.

All that an answer says of a good token rests on its session and its principal, but
for the age of the view of revocations. Whether the token is good is asked each time.

SPEC: design 6; decision 0090.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.rpc.convert_token import said_by_token, verify_token_response
from daypass.rpc.wire import duration, field_of_bytes
from daypass.sts.token_judge import VerifiedToken
from daypass.sts.verify_token import Judgement

_AGE: Final = pb.VerifiedToken.REVOCATION_VIEW_AGE_FIELD_NUMBER
_VERIFIED: Final = pb.VerifyTokenResponse.VERIFIED_FIELD_NUMBER
_RESULTS: Final = pb.BatchVerifyTokensResponse.RESULTS_FIELD_NUMBER


class VerifiedAnswers:
    """Makes answers; what a token says is written once and kept by the token."""

    def __init__(self) -> None:
        # None is as old as this one.
        self._last_age: tuple[timedelta, bytes] = (-timedelta.resolution, b"")

    def one(self, outcome: Judgement) -> bytes:
        """Returns a `VerifyTokenResponse`."""
        if not isinstance(outcome, VerifiedToken):
            return verify_token_response(outcome).SerializeToString()
        good = outcome.good
        said = good.said
        if said is None:
            said = said_by_token(good.session, good.principal).SerializeToString()
            good.said = said
        age = outcome.revocation_view_age
        # Tokens of a batch are judged by the same view.
        last, written = self._last_age
        if age != last:
            written = field_of_bytes(_AGE, duration(age))
            self._last_age = age, written
        # The age has the last number of the fields, which is their order.
        return field_of_bytes(_VERIFIED, said + written)

    def many(self, outcomes: Iterable[Judgement]) -> bytes:
        """Returns a `BatchVerifyTokensResponse`."""
        return b"".join(
            [field_of_bytes(_RESULTS, self.one(outcome)) for outcome in outcomes]
        )
