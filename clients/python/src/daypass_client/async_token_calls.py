"""The methods of the awaiting client for tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TypeVar

from daypass_client import token_operations
from daypass_client.errors import TokenRejectedError
from daypass_client.exchange_values import (
    ExchangedToken,
    ExchangeRequest,
    VerifiedExchangedToken,
)
from daypass_client.operations import Operation
from daypass_client.values import VerifiedToken

Answer = TypeVar("Answer")


class AsyncTokenCalls(ABC):
    """Tokens that are shown, exchanged and ended."""

    @abstractmethod
    async def _call(self, operation: Operation[Answer]) -> Answer: ...

    async def verify_token(self, token: str) -> VerifiedToken:
        """Returns what a good session token says.

        Raises:
            TokenRejectedError: the token is not good, or is of another kind; its
                `reason` says why.
        """
        return await self._call(token_operations.verify_token(token))

    async def verify_exchanged_token(self, token: str) -> VerifiedExchangedToken:
        """Returns what a good token says that came of an exchange.

        Raises:
            TokenRejectedError: the token is not good, or is of another kind; its
                `reason` says why.
        """
        return await self._call(token_operations.verify_exchanged_token(token))

    async def batch_verify_tokens(
        self, tokens: Sequence[str]
    ) -> tuple[VerifiedToken | VerifiedExchangedToken | TokenRejectedError, ...]:
        """Returns what each of many tokens says, or why it is not good, in order."""
        return await self._call(token_operations.batch_verify_tokens(tokens))

    async def exchange_token(self, exchange: ExchangeRequest) -> ExchangedToken:
        """Returns another token in place of one, or credentials."""
        return await self._call(token_operations.exchange_token(exchange))

    async def revoke_token(self, token: str) -> bool:
        """Ends a token that came of an exchange, with all that was made of it.

        Returns whether no server takes it any more; where it is not certain yet, ask
        again. Tokens that are not known, or have ended, count as ended.
        """
        return await self._call(token_operations.revoke_token(token))
