"""The methods of the awaiting client for questions about access."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TypeVar

from daypass_client import access_operations
from daypass_client.access import (
    AccessDecision,
    AccessQuestion,
    AuthenticatedRequest,
    ReceivedRequest,
    SignatureRules,
    SimulationRequest,
)
from daypass_client.explanations import ExplainedDecision, Explanation
from daypass_client.operations import Operation

Answer = TypeVar("Answer")


class AsyncAccessCalls(ABC):
    """Who may do what, who has signed what, and why not."""

    @abstractmethod
    async def _call(self, operation: Operation[Answer]) -> Answer: ...

    async def authorize(
        self,
        question: AccessQuestion,
        *,
        session_token: str | None = None,
        user_arn: str | None = None,
    ) -> AccessDecision:
        """Decides whether a principal may do something to a resource of yours.

        A denial is an answer, which is false. Name either the principal's session
        token or a user of your account.

        Raises:
            TokenRejectedError: the token is not good, or there is no such user.
            AccessDeniedError: you may not ask, or it is another account's user or
                resource.
            ValueError: not exactly one of them is given.
        """
        operation = access_operations.authorize(
            question, session_token=session_token, user_arn=user_arn
        )
        return await self._call(operation)

    async def simulate(self, request: SimulationRequest) -> tuple[Explanation, ...]:
        """Returns what policies would say: for each action each resource.

        Raises:
            ValueError: not exactly one kind of caller is given.
        """
        return await self._call(access_operations.simulate(request))

    async def explain_decision(self, decision_id: str) -> ExplainedDecision:
        """Returns why something was denied, as far as your account may know."""
        return await self._call(access_operations.explain_decision(decision_id))

    async def authenticate_request(
        self,
        request: ReceivedRequest,
        rules: SignatureRules,
        *,
        question: AccessQuestion | None = None,
    ) -> AuthenticatedRequest:
        """Returns who signed a request that you have received.

        With a question it is answered as well; look at `decision` of the result.

        Raises:
            RequestRejectedError: nobody did; its `reason` is for the sender.
        """
        operation = access_operations.authenticate_request(request, rules, question)
        return await self._call(operation)
