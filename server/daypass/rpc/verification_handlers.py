"""The handlers of VerifyToken and BatchVerifyTokens."""

from __future__ import annotations

from collections.abc import Awaitable

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
    answers = VerifiedAnswers()
    return {
        f"{TOKEN}VerifyToken": MethodHandler(
            pb.VerifyTokenRequest, service.verify_token, read=_token, write=answers.one
        ),
        f"{TOKEN}BatchVerifyTokens": MethodHandler(
            pb.BatchVerifyTokensRequest,
            service.batch_verify_tokens,
            read=_tokens,
            write=answers.many,
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

    def verify_token(
        self, invocation: RpcInvocation, token: Secret
    ) -> Awaitable[Judgement]:
        return self._one.run(token, invocation.caller, invocation.call)

    def batch_verify_tokens(
        self, invocation: RpcInvocation, tokens: tuple[Secret, ...]
    ) -> Awaitable[tuple[Judgement, ...]]:
        return self._many.run(tokens, invocation.caller, invocation.call)


def _token(body: bytes) -> Secret:
    return Secret(pb.VerifyTokenRequest.FromString(body).token)


def _tokens(body: bytes) -> tuple[Secret, ...]:
    return tuple(map(Secret, pb.BatchVerifyTokensRequest.FromString(body).tokens))
