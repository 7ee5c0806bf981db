"""IntrospectToken: what an access token says, for the client that may know.

A client may ask about the tokens that were issued to it, and about those that are
meant for an audience that it is declared to be. To everybody else, and for all that
is no good access token, the answer is that there is none: nothing tells why.

SPEC: sts-operations 6.2 and detail 60; RFC 7662 sections 2.2 and 4; attacks J28.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core.exchanged_token import ExchangedToken, TokenUse
from daypass.core.secret import Secret
from daypass.directory.oauth_clients import OAuthClient
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.exchanged_judge import ExchangedTokenJudge
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.sts.verdict import Verdict

_ACTION: Final = "daypass:VerifyToken"


@dataclass(frozen=True, slots=True)
class IntrospectionRequest:
    """Who asks, and about what."""

    client: OAuthClient
    token: Secret


class IntrospectToken:
    """The operation.

    Args:
        judge: tells the tokens of ours that are good.
        authorizers: decides whether the client may ask at all.
    """

    name: ClassVar[str] = "IntrospectToken"
    grants: ClassVar[bool] = False

    def __init__(
        self, *, judge: ExchangedTokenJudge, authorizers: AuthorizerFactory
    ) -> None:
        self._judge = judge
        self._authorizers = authorizers

    async def perform(
        self, request: IntrospectionRequest, invocation: Invocation
    ) -> ExchangedToken | None:
        """Returns what a good access token says, or None.

        Raises:
            AccessDeniedError: policies say no.
            RevocationViewStaleError: this worker cannot know.
        """
        audit = invocation.audit
        audit.attributes["client_id"] = request.client.client_id
        target = Target("*", request.client.account_id)
        self._authorizers.authorize(target, {}, invocation).require(_ACTION)
        outcome = self._judge.judge(request.token)
        if isinstance(outcome, Verdict):
            audit.attributes["verdict"] = outcome.name
            return None
        token = outcome.token
        audit.attributes["token_id"] = token.token_id
        if not _is_for(request.client, token):
            audit.attributes["verdict"] = "NOT_FOR_THIS_CLIENT"
            return None
        audit.attributes["verdict"] = "VALID"
        return token


def _is_for(client: OAuthClient, token: ExchangedToken) -> bool:
    """Tells whether a client may know what a token says."""
    if token.use is not TokenUse.ACCESS or token.account_id != client.account_id:
        return False
    issued_to = token.client_principal_id == client.principal_id
    return issued_to or not client.introspects.isdisjoint(token.audiences)
