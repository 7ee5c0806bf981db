"""VerifyToken: every verdict, in the order in which faults are looked for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    AuditUnavailableError,
    RevocationViewStaleError,
    ValidationError,
)
from daypass.core.revocation import Revocation, RevocationScope
from daypass.core.secret import Secret
from daypass.keyring.generate import new_ring
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.exchanged_judge import ExchangedTokenJudge, VerifiedExchangedToken
from daypass.sts.token_judge import VerifiedToken
from daypass.sts.verdict import Verdict
from daypass.sts.verify_token import VerifyToken
from daypass.tokens.exchanged_token import ExchangedTokenVerifier
from support.sts_world import LEASE, StsWorld
from unit.sts import organisation as org

ADMIN = f"arn:aws:iam::{org.B}:user/admin"
CLERK = f"arn:aws:iam::{org.B}:user/clerk"


async def judge(
    world: StsWorld, token: Secret, caller_arn: str = ADMIN
) -> VerifiedToken | VerifiedExchangedToken | Verdict:
    """Asks for a verdict on a token."""
    operation = VerifyToken(
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
    return await world.run(operation, token, world.user(caller_arn))


async def token_of(world: StsWorld) -> AssumeRoleResult:
    """Returns credentials that bob was issued."""
    return await world.assume(world.user(org.BOB), org.READER)


async def test_refuses_who_may_not_ask(world: StsWorld) -> None:
    """Asking takes daypass:VerifyToken."""
    result = await token_of(world)

    with pytest.raises(AccessDeniedError):
        await judge(world, result.credentials.session_token, CLERK)


async def test_refuses_an_empty_token(world: StsWorld) -> None:
    """A request without a token is wrong, which is not a verdict."""
    with pytest.raises(ValidationError) as caught:
        await judge(world, Secret(""))

    assert "token" == caught.value.violations[0].field


@pytest.mark.parametrize("text", ["x", "a.b.c", "a" * 9000, "….…", "a.b.c.d"])
async def test_malformed(world: StsWorld, text: str) -> None:
    """What is no token in form is malformed."""
    assert Verdict.MALFORMED is await judge(world, Secret(text))


async def test_unknown_key(world: StsWorld) -> None:
    """A token of a key that is not in the ring is not judged further."""
    result = await token_of(world)
    world.ring.value = new_ring(world.entropy, world.clock.now())

    assert Verdict.UNKNOWN_KEY is await judge(world, result.credentials.session_token)


async def test_untrusted(world: StsWorld) -> None:
    """A token whose claims were changed is not what the key has signed."""
    text = (await token_of(world)).credentials.session_token.reveal_text()
    head, claims, signature = text.split(".")
    other = claims[:20] + ("A" if claims[20] != "A" else "B") + claims[21:]

    assert Verdict.UNTRUSTED is await judge(
        world, Secret(f"{head}.{other}.{signature}")
    )


async def test_not_yet_valid(world: StsWorld) -> None:
    """A token from further in the future than clocks may differ is refused."""
    result = await token_of(world)
    world.clock.step(-timedelta(seconds=6))

    assert Verdict.NOT_YET_VALID is await judge(world, result.credentials.session_token)


async def test_expired(world: StsWorld) -> None:
    """A token is expired at its expiry."""
    result = await token_of(world)
    world.clock.step(timedelta(seconds=3600))

    assert Verdict.EXPIRED is await judge(world, result.credentials.session_token)


async def test_revoked_although_seen_before(world: StsWorld) -> None:
    """A token that was found good is refused once it is revoked (J55)."""
    result = await token_of(world)
    assert isinstance(
        await judge(world, result.credentials.session_token), VerifiedToken
    )
    now = world.clock.now()
    key = result.credentials.access_key_id
    await world.log.append(
        Revocation(RevocationScope.SESSION, key, now, now + timedelta(days=3))
    )
    await world.follower.catch_up()

    assert Verdict.REVOKED is await judge(world, result.credentials.session_token)


async def test_principal_gone(world: StsWorld) -> None:
    """A token of a role that was deleted is refused."""
    result = await token_of(world)
    world.declare(
        org.ACCOUNT_A,
        org.ACCOUNT_B.replace("  Reader:", "  Writer:").replace(
            org.READER, org.READER.replace("Reader", "Writer")
        ),
    )

    assert Verdict.PRINCIPAL_GONE is await judge(
        world, result.credentials.session_token
    )


async def test_stale_worker_gives_no_verdict(world: StsWorld) -> None:
    """A worker whose lease is over says that it cannot know."""
    result = await token_of(world)
    world.clock.advance(LEASE)

    with pytest.raises(RevocationViewStaleError):
        await judge(world, result.credentials.session_token)


async def test_good_token_says_whose_it_is(world: StsWorld) -> None:
    """A good token shows its session, its principal, and how fresh the view is."""
    result = await token_of(world)
    world.clock.advance(timedelta(seconds=2))

    outcome = await judge(world, result.credentials.session_token)

    assert isinstance(outcome, VerifiedToken)
    assert result.assumed_role_arn == outcome.good.arn
    assert timedelta(seconds=2) == outcome.revocation_view_age


async def test_verdict_is_recorded(world: StsWorld) -> None:
    """The audit record holds the verdict, and nothing of the token."""
    token = (await token_of(world)).credentials.session_token
    await judge(world, token)

    record = world.audit.records[-1]
    assert record.attributes == (("verdict", "VALID"),)
    assert token.reveal_text() not in repr(record)


async def test_goes_on_without_the_audit_log(world: StsWorld) -> None:
    """Verifying goes on while the audit log cannot be written."""
    token = (await token_of(world)).credentials.session_token
    world.audit.fail_next(AuditUnavailableError(), method="note")

    assert isinstance(await judge(world, token), VerifiedToken)


async def test_derivation_secret_revoked(world: StsWorld) -> None:
    """A session ends with the secret that its own is derived from, if that leaks."""
    result = await token_of(world)
    name = world.ring.value.current_derivation.name
    revoked = frozenset({name})
    world.ring.value = world.ring.value.in_use(as_of=world.clock.now(), revoked=revoked)

    assert Verdict.UNKNOWN_KEY is await judge(world, result.credentials.session_token)
