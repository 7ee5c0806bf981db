"""The handlers of VerifyToken and BatchVerifyTokens."""

from __future__ import annotations

from daypass.api.token.v1 import token_service_pb2 as pb
from daypass.core.secret import Secret
from daypass.rpc.methods import TOKEN, Handlers, MethodHandler, RpcInvocation
from daypass.rpc.verified_answers import VerifiedAnswers
from daypass.sts.pipeline import Pipeline
from daypass.sts.verify_token import Judgement


def verification_handlers(
    one: Pipeline[Secret, Judgement],
    many: Pipeline[tuple[Secret, ...], tuple[Judgement, ...]],
) -> Handlers:
    """Returns the handlers, of one token and of many."""
    service = _Service(one, many)
    return {
        f"{TOKEN}VerifyToken": MethodHandler(
            pb.VerifyTokenRequest, service.verify_token
        ),
        f"{TOKEN}BatchVerifyTokens": MethodHandler(
            pb.BatchVerifyTokensRequest, service.batch_verify_tokens
        ),
    }


class _Service:
    def __init__(
        self,
        one: Pipeline[Secret, Judgement],
        many: Pipeline[tuple[Secret, ...], tuple[Judgement, ...]],
    ) -> None:
        self._one = one
        self._many = many
        self._answers = VerifiedAnswers()

    async def verify_token(
        self, invocation: RpcInvocation, message: pb.VerifyTokenRequest
    ) -> bytes:
        outcome = await self._one.run(
            Secret(message.token), invocation.proven, invocation.call
        )
        return self._answers.one(outcome)

    async def batch_verify_tokens(
        self, invocation: RpcInvocation, message: pb.BatchVerifyTokensRequest
    ) -> bytes:
        outcomes = await self._many.run(
            tuple(map(Secret, message.tokens)), invocation.proven, invocation.call
        )
        return self._answers.many(outcomes)
