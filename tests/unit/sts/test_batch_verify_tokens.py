"""BatchVerifyTokens: a verdict for each token, and turns that are bounded."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest

from daypass.core.batch_limits import VERIFICATIONS_A_TURN_MAX
from daypass.core.errors import (
    AccessDeniedError,
    RevocationViewStaleError,
    ValidationError,
)
from daypass.core.limits import BATCH_ITEMS_MAX
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.secret import Secret
from daypass.sts.batch_verify_tokens import BatchVerifyTokens
from daypass.sts.exchanged_judge import ExchangedTokenJudge
from daypass.sts.token_judge import AsOf, VerifiedToken
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import Judgement, VerifyToken
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from support.sts_world import LEASE, StsWorld
from unit.sts import organisation as org

ADMIN = f"arn:aws:iam::{org.B}:user/admin"
CLERK = f"arn:aws:iam::{org.B}:user/clerk"


class Counting(VerifyToken):
    """The operation for one token, which counts how many it has judged."""

    judged = 0

    def judge(self, token: Secret, as_of: AsOf) -> Judgement:
        """Judges a token."""
        self.judged += 1
        return super().judge(token, as_of)


def _one(world: StsWorld) -> Counting:
    return Counting(
        tokens=world.tokens,
        revocations=world.view,
        directory=world.directory,
        authorizers=world.authorizers,
        clock=world.clock,
        exchanged=ExchangedTokenJudge(
            tokens=ExchangedTokenVerifier(ring=world.ring, issuer=None),
            revocations=world.view,
            directory=world.directory,
            clock=world.clock,
        ),
    )


async def _judge(
    world: StsWorld,
    *tokens: Secret,
    one: VerifyToken | None = None,
    caller_arn: str = ADMIN,
) -> tuple[Judgement, ...]:
    operation = BatchVerifyTokens(one=one or _one(world))
    return await world.run(operation, tokens, world.user(caller_arn))


async def _token(world: StsWorld) -> Secret:
    result = await world.assume(world.user(org.BOB), org.READER)
    return result.credentials.session_token


async def test_refuses_who_may_not_ask(world: StsWorld) -> None:
    """Asking takes daypass:VerifyToken, and no token is judged without it."""
    one = _one(world)

    with pytest.raises(AccessDeniedError):
        await _judge(world, await _token(world), one=one, caller_arn=CLERK)

    assert one.judged == 0


@pytest.mark.parametrize("count", [0, BATCH_ITEMS_MAX + 1])
async def test_has_bounds(world: StsWorld, count: int) -> None:
    """A batch of none or of more than 256 is refused whole."""
    with pytest.raises(ValidationError) as caught:
        await _judge(world, *[Secret("x")] * count)

    assert "tokens" == caught.value.violations[0].field


async def test_verdicts_stand_alone(world: StsWorld) -> None:
    """Each token has its own verdict, in order; a bad one spoils no other."""
    good, revoked = await _token(world), await _token(world)
    now = world.clock.now()
    key = world.tokens.verify(revoked.reveal_text(), now).access_key_id
    await world.log.append(
        Revocation(RevocationScope.SESSION, key, now, now + timedelta(days=3))
    )
    await world.follower.catch_up()

    found = await _judge(world, Secret(""), good, revoked, Secret("a.b.c"), good)

    assert isinstance(found[1], VerifiedToken)
    assert found[1] == found[4]
    assert (Verdict.MALFORMED, Verdict.REVOKED, Verdict.MALFORMED) == (
        found[0],
        found[2],
        found[3],
    )
    assert world.audit.records[-1].attributes == (
        ("verdicts", "MALFORMED 2, REVOKED 1, VALID 2"),
    )


async def test_stale_view_refuses_all(world: StsWorld) -> None:
    """A worker that cannot know what was revoked answers for no token."""
    token = await _token(world)
    world.clock.advance(LEASE)

    with pytest.raises(RevocationViewStaleError):
        await _judge(world, token)


async def test_each_turn_as_of_its_own(world: StsWorld) -> None:
    """A token that expires while a batch goes on is expired from the next turn on."""
    token = await _token(world)
    world.clock.step(timedelta(seconds=3599))

    async def rival() -> None:
        world.clock.step(timedelta(seconds=1))

    other = asyncio.create_task(rival())
    found = await _judge(world, *[token] * (VERIFICATIONS_A_TURN_MAX + 1))
    await other

    assert isinstance(found[VERIFICATIONS_A_TURN_MAX - 1], VerifiedToken)
    assert Verdict.EXPIRED is found[VERIFICATIONS_A_TURN_MAX]


async def test_largest_batch(world: StsWorld) -> None:
    """256 tokens are judged in one call."""
    found = await _judge(world, *[await _token(world)] * BATCH_ITEMS_MAX)

    assert BATCH_ITEMS_MAX == sum(isinstance(each, VerifiedToken) for each in found)


async def test_others_get_their_turns(world: StsWorld) -> None:
    """Whoever else is ready runs after every few tokens of a batch, not after all."""
    one, seen = _one(world), list[int]()

    async def rival() -> None:
        while True:
            seen.append(one.judged)
            await asyncio.sleep(0)

    other = asyncio.create_task(rival())
    await _judge(world, *[Secret("x")] * BATCH_ITEMS_MAX, one=one)
    other.cancel()

    between = [after - before for before, after in pairwise(seen)]
    assert BATCH_ITEMS_MAX == one.judged
    assert VERIFICATIONS_A_TURN_MAX == max(between)
