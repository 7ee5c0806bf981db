"""VerifyToken: judges a token that somebody else was shown, of whichever kind.

The verdict is a value and not an error, because an error would be mistaken for a
fault of the caller's own proof.

SPEC: design 6; attacks J01 to J60.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final, TypeAlias

from daypass.core.ports import Clock, Snapshot
from daypass.core.secret import Secret
from daypass.core.validation import Violations
from daypass.directory.model import Directory
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.exchanged_judge import ExchangedTokenJudge, VerifiedExchangedToken
from daypass.sts.pipeline import Invocation
from daypass.sts.remembered_permission import RememberedPermission
from daypass.sts.revocation_view import RevocationView
from daypass.sts.token_judge import AsOf, TokenJudge, VerifiedToken
from daypass.sts.verdict import Verdict
from daypass.tokens.exchanged_token import claims_to_be_one
from daypass.tokens.session_token import SessionTokenVerifier, digest_of

Judgement: TypeAlias = VerifiedToken | VerifiedExchangedToken | Verdict

# What records say of a good one.
VALID: Final = "VALID"


class VerifyToken:
    """The operation.

    Args:
        tokens: checks form, key, signature and times.
        revocations: which sessions have been ended.
        directory: which principals exist.
        authorizers: decides whether the caller may ask.
        clock: dates the verdict.
        exchanged: judges tokens that came of an exchange.

    Attributes:
        as_of: returns by what a token is judged now; see `TokenJudge.as_of`.
    """

    name: ClassVar[str] = "VerifyToken"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        tokens: SessionTokenVerifier,
        revocations: RevocationView,
        directory: Snapshot[Directory],
        authorizers: AuthorizerFactory,
        clock: Clock,
        exchanged: ExchangedTokenJudge,
    ) -> None:
        self._directory = directory
        self._exchanged = exchanged
        self._sessions = TokenJudge(
            tokens=tokens, revocations=revocations, directory=directory, clock=clock
        )
        self.as_of: Callable[[], AsOf] = self._sessions.as_of
        self._permission = RememberedPermission(
            "daypass:VerifyToken", authorizers=authorizers
        )

    async def perform(self, request: Secret, invocation: Invocation) -> Judgement:
        """Judges a token.

        Raises:
            ValidationError: no token was sent.
            AccessDeniedError: the caller may not ask.
            RevocationViewStaleError: this worker cannot know.
        """
        if not request.reveal():
            found = Violations()
            found.require(("token",), None)
            found.raise_if_any()
        self.authorize(invocation)
        outcome = self.judge(request, self.as_of())
        attributes = invocation.audit.attributes
        match outcome:
            case VerifiedToken():
                attributes["verdict"] = VALID
                invocation.audit.resource = outcome.good.arn
            case VerifiedExchangedToken():
                attributes["verdict"] = VALID
                attributes["token_id"] = outcome.token.token_id
            case Verdict():
                attributes["verdict"] = outcome.name
        return outcome

    def authorize(self, invocation: Invocation) -> None:
        """Decides whether the caller may ask.

        Raises:
            AccessDeniedError: it may not.
        """
        self._permission.require(invocation, self._directory.current())

    def judge(self, token: Secret, as_of: AsOf) -> Judgement:
        """Judges a token as the kind that it says it is, and as no other.

        Args:
            token: the token.
            as_of: by what.

        Raises:
            RevocationViewStaleError: this worker cannot know.
        """
        text = token.reveal()
        digest = digest_of(text)
        seen = self._sessions.judge_seen(digest, as_of)
        if seen is not None:
            return seen
        if claims_to_be_one(text):
            return self._exchanged.judge(token)
        return self._sessions.judge_new(text, digest, as_of)
