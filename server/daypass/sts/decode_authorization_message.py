"""DecodeAuthorizationMessage: opens what came with a denial, for whom it concerned.

SPEC: sts-operations 1.5; attacks C17.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from daypass.core import limits
from daypass.core.ports import Clock
from daypass.core.validation import TextRule, Violations
from daypass.sts.access_question import EVERYTHING
from daypass.sts.authorize import AuthorizerFactory
from daypass.sts.pipeline import Invocation
from daypass.sts.policy_question import Target
from daypass.tokens.authorization_message import AuthorizationMessageCodec

_ACTION: Final = "sts:DecodeAuthorizationMessage"
_MESSAGE: Final = TextRule(
    length_min=1, length_max=limits.AUTHORIZATION_MESSAGE_CHARACTERS_MAX
)


@dataclass(frozen=True, slots=True)
class DecodeAuthorizationMessageRequest:
    """The message as it came with the denial, in its metadata."""

    encoded_message: str


@dataclass(frozen=True, slots=True)
class DecodedAuthorizationMessage:
    """What the message says: JSON, as a text."""

    decoded_message: str


class DecodeAuthorizationMessage:
    """The operation.

    Args:
        messages: opens messages.
        authorizers: decides whether the caller may ask.
        clock: tells which have expired.
    """

    name: ClassVar[str] = "DecodeAuthorizationMessage"
    grants: ClassVar[bool] = False

    def __init__(
        self,
        *,
        messages: AuthorizationMessageCodec,
        authorizers: AuthorizerFactory,
        clock: Clock,
    ) -> None:
        self._messages = messages
        self._authorizers = authorizers
        self._clock = clock

    async def perform(
        self, request: DecodeAuthorizationMessageRequest, invocation: Invocation
    ) -> DecodedAuthorizationMessage:
        """Opens a message of the caller's account.

        Raises:
            ValidationError: the message is missing or too long.
            AccessDeniedError: the caller may not ask.
            InvalidAuthorizationMessageError: the message is not ours, was tampered
                with, has expired, or tells of a denial of another account.
        """
        found = Violations()
        found.require(("encoded_message",), request.encoded_message)
        if request.encoded_message:
            found.check_text(
                ("encoded_message",), request.encoded_message, _MESSAGE, secret=True
            )
        found.raise_if_any()
        account_id = invocation.caller.principal.account_id
        self._authorizers.authorize(
            Target(EVERYTHING, account_id), {}, invocation
        ).require(_ACTION)
        return DecodedAuthorizationMessage(
            self._messages.open(request.encoded_message, account_id, self._clock.now())
        )
