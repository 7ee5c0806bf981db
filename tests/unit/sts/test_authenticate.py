"""What a proof must be, and in which order its faults are found.

SPEC: sts-operations 0.11 and 3.4; details 3 to 8 and 22; attacks V14 to V18.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from daypass.core.errors import (
    ExpiredTokenError,
    InvalidClientTokenIdError,
    MissingAuthenticationTokenError,
    RevocationViewStaleError,
    SignatureDoesNotMatchError,
)
from daypass.core.secret import Secret
from daypass.directory.entities import AccessKey
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.caller import CallerKind
from support.sts_world import BODY, CALL, LEASE, METHOD, StsWorld, ready
from unit.sts import organisation as org

WRONG = Secret("x" * 40)


def key_of(world: StsWorld, arn: str) -> AccessKey:
    """Returns the first access key of a user."""
    entry = world.directory.current().user_by_arn(arn)
    assert entry is not None
    return entry.access_keys[0]


async def issued(world: StsWorld, role: str = org.READER) -> AssumeRoleResult:
    """Returns credentials that bob was issued."""
    return await world.assume(world.user(org.BOB), role)


async def test_refuses_a_call_without_proof(world: StsWorld) -> None:
    """A call that brings no proof is refused as such (5)."""
    with pytest.raises(MissingAuthenticationTokenError):
        world.authenticator.authenticate(METHOD, [], BODY, call=CALL)


async def test_refusal_is_recorded(world: StsWorld) -> None:
    """A refused proof leaves an audit record with its inner reason."""
    with pytest.raises(MissingAuthenticationTokenError):
        world.authenticator.authenticate(METHOD, [], BODY, call=CALL)

    record = world.audit.records[-1]
    assert (
        record.operation,
        record.outcome,
        record.detail,
    ) == ("Authenticate", "refused", "no_proof")


async def test_claimed_key_is_recorded(world: StsWorld) -> None:
    """The record of a refused proof says whose key was claimed, not who called."""
    key = key_of(world, org.BOB)
    with pytest.raises(SignatureDoesNotMatchError):
        await world.authenticate(key.access_key_id, WRONG)

    record = world.audit.records[-1]
    assert (("claimed_access_key_id", key.access_key_id),) == record.attributes
    assert (None, None) == (record.caller_arn, record.caller_access_key_id)


@pytest.mark.parametrize(("length", "count"), [(15, 0), (16, 1), (128, 1)])
async def test_claim_of_another_form(world: StsWorld, length: int, count: int) -> None:
    """A claim that has not the form of an access key id is not recorded."""
    with pytest.raises(InvalidClientTokenIdError):
        await world.authenticate("k" * length, WRONG)

    assert count == len(world.audit.records[-1].attributes)


async def test_no_claim_no_record_of_it(world: StsWorld) -> None:
    """A call without a proof claims no key."""
    with pytest.raises(MissingAuthenticationTokenError):
        world.authenticator.authenticate(METHOD, [], BODY, call=CALL)

    assert () == world.audit.records[-1].attributes


async def test_refuses_an_unknown_key(world: StsWorld) -> None:
    """A key that nobody has is an invalid token, whatever the secret (5)."""
    with pytest.raises(InvalidClientTokenIdError):
        await world.authenticate("DAYPASSEXAMPLEKEY001", WRONG)


async def test_refuses_an_inactive_key(world: StsWorld) -> None:
    """An inactive key is refused like an unknown one, with its right secret (V18)."""
    key = key_of(world, f"arn:aws:iam::{org.A}:user/old")

    with pytest.raises(InvalidClientTokenIdError):
        await world.authenticate(key.access_key_id, key.secret_access_key)


async def test_refuses_a_wrong_secret(world: StsWorld) -> None:
    """A known key with another secret is a wrong signature (5)."""
    key = key_of(world, org.BOB)

    with pytest.raises(SignatureDoesNotMatchError):
        await world.authenticate(key.access_key_id, WRONG)


async def test_refuses_another_body(world: StsWorld) -> None:
    """A signature is good for the bytes that were signed and for no others."""
    key = key_of(world, org.BOB)

    with pytest.raises(SignatureDoesNotMatchError):
        await world.authenticate(
            key.access_key_id, key.secret_access_key, received=b"other"
        )


async def test_proves_a_user(world: StsWorld) -> None:
    """The right secret proves a user with long-term keys."""
    key = key_of(world, org.BOB)

    caller = await world.authenticate(key.access_key_id, key.secret_access_key)

    assert (caller.principal.arn, caller.kind) == (org.BOB, CallerKind.USER)


async def test_proves_a_root_user(world: StsWorld) -> None:
    """The root user of an account has keys like others."""
    account = world.directory.current().account(org.A)
    assert account is not None
    key = account.root.access_keys[0]

    caller = await world.authenticate(key.access_key_id, key.secret_access_key)

    assert CallerKind.ROOT is caller.kind


async def test_proves_a_session(world: StsWorld) -> None:
    """Temporary credentials prove the role session that they were issued for."""
    caller = await world.session(await issued(world))

    assert f"arn:aws:sts::{org.B}:assumed-role/Reader/s1" == caller.principal.arn
    assert CallerKind.ROLE_SESSION is caller.kind


async def test_temporary_key_needs_its_token(world: StsWorld) -> None:
    """A temporary key without its token is refused before its signature (4)."""
    credentials = (await issued(world)).credentials

    with pytest.raises(InvalidClientTokenIdError):
        await world.authenticate(credentials.access_key_id, WRONG)


async def test_token_must_be_of_the_key(world: StsWorld) -> None:
    """Another session's token is refused before the signature (4, C10)."""
    first, second = await issued(world), await issued(world)

    with pytest.raises(InvalidClientTokenIdError):
        await world.authenticate(
            first.credentials.access_key_id,
            WRONG,
            second.credentials.session_token,
        )


async def test_garbled_token_is_refused(world: StsWorld) -> None:
    """A token with one character changed is refused before the signature (4)."""
    credentials = (await issued(world)).credentials
    text = credentials.session_token.reveal_text()
    garbled = text[:-3] + ("A" if text[-3] != "A" else "B") + text[-2:]

    with pytest.raises(InvalidClientTokenIdError):
        await world.authenticate(credentials.access_key_id, WRONG, Secret(garbled))


async def test_wrong_secret_of_a_session(world: StsWorld) -> None:
    """A good token with another secret is a wrong signature."""
    credentials = (await issued(world)).credentials

    with pytest.raises(SignatureDoesNotMatchError):
        await world.authenticate(
            credentials.access_key_id, WRONG, credentials.session_token
        )


async def test_session_ends_at_its_expiry(world: StsWorld) -> None:
    """A session is good a second before its expiry, and expired at it (3)."""
    result = await issued(world)
    world.clock.advance(timedelta(seconds=3599))
    await world.follower.catch_up()
    await world.session(result)

    world.clock.advance(timedelta(seconds=1))
    with pytest.raises(ExpiredTokenError):
        await world.session(result)


async def test_deleted_role_ends_its_sessions(world: StsWorld) -> None:
    """A session of a role that is gone is an invalid token (32)."""
    result = await issued(world)
    world.declare(org.ACCOUNT_A)

    with pytest.raises(InvalidClientTokenIdError):
        await world.session(result)


async def test_recreated_role_revives_nothing(world: StsWorld) -> None:
    """A role made again under the same name does not revive old sessions (32)."""
    result = await issued(world)
    world.declare(org.ACCOUNT_A)
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)

    with pytest.raises(InvalidClientTokenIdError):
        await world.session(result)


async def test_changed_trust_ends_nothing(world: StsWorld) -> None:
    """A trust policy is read at issue: changing it leaves live sessions alone (33)."""
    result = await issued(world, org.AUDIT.replace("Audit", "Tagged"))
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B.replace('Principal: {AWS: "*"}', NOBODY))

    caller = await world.session(result)

    assert caller.kind is CallerKind.ROLE_SESSION


NOBODY = f'Principal: {{AWS: "{org.B}"}}'


async def test_stale_view_vouches_for_nobody(world: StsWorld) -> None:
    """A worker whose lease has run out proves no caller, of no kind."""
    result = await issued(world)
    key = key_of(world, org.BOB)
    world.clock.advance(LEASE)

    for proof in (
        world.session(result),
        world.authenticate(key.access_key_id, key.secret_access_key),
    ):
        with pytest.raises(RevocationViewStaleError) as caught:
            await proof
        assert caught.value.retry_after is not None


async def test_fresh_view_vouches_again(world: StsWorld) -> None:
    """A worker that reads the log again vouches again."""
    result = await issued(world)
    world.clock.advance(LEASE)
    await world.follower.catch_up()

    caller = await world.session(result)

    assert caller.session is not None


async def test_another_ring_is_another_deployment(world: StsWorld) -> None:
    """A token of another deployment is refused (J59)."""
    result = await issued(world)
    other = await ready(StsWorld(org.ACCOUNT_A, org.ACCOUNT_B, seed=8))

    with pytest.raises(InvalidClientTokenIdError) as caught:
        await other.session(result)

    assert "session_token_key_unknown" == caught.value.detail
