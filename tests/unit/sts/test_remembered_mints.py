"""What is remembered of an AssumeRole, and what is asked each time.

SPEC: sts-operations 1.1; decision 0050.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from daypass.core.secret import Secret
from daypass.core.session import Session, SessionKind, SessionPolicies
from daypass.sts.assume_role import AssumeRole, AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest, ProvidedContext
from daypass.sts.caller import Caller
from daypass.sts.draft import SessionDraft
from daypass.sts.origin import origin_of_caller
from daypass.sts.prepared_mint import Minting, PreparedMint
from daypass.sts.remembered_mints import AllowedMint, RememberedMints
from daypass.sts.tags import Tag
from daypass.tokens.session_token import SessionTokenCodec
from support.rings import full_ring
from support.sts_world import StsWorld, allow, trust
from unit.sts import organisation as org

OPEN = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    }
)
REQUEST = AssumeRoleRequest(role_arn=org.READER, role_session_name="s1")
# For each parameter a value that the request above does not have.
OTHERS: dict[str, Any] = {
    "role_arn": org.TAGGED,
    "duration_seconds": 900,
    "policy": OPEN,
    "policy_arns": (f"arn:aws:iam::{org.B}:policy/ReadLogs",),
    "tags": (Tag("k", "v"),),
    "transitive_tag_keys": ("k",),
    "external_id": "e-1",
    "serial_number": f"arn:aws:iam::{org.A}:mfa/phone",
    "token_code": Secret("123456"),
    "source_identity": "ann",
    "provided_contexts": (ProvidedContext(org.BOB, Secret("assertion")),),
    "minimum_session_token_size": 1000,
    "likeness": b"other bytes",
}
# What is never remembered, whatever it says.
NEVER = {"provided_contexts", "serial_number", "tags", "token_code"}
NEVER |= {"transitive_tag_keys"}


def remembered(world: StsWorld) -> RememberedMints:
    """Returns the memory of a world's AssumeRole."""
    operation = world.assume_role._operation
    assert isinstance(operation, AssumeRole)
    return operation._remembered


def some_mint(world: StsWorld, caller: Caller) -> AllowedMint:
    """Returns a mint for a role."""
    role = world.directory.current().role_by_arn(org.READER)
    assert role is not None
    draft = SessionDraft(
        kind=SessionKind.ROLE,
        account_id=role.account_id,
        principal_id=role.unique_id,
        principal_arn=role.arn,
        duration=timedelta(hours=1),
        tags={},
        transitive_tag_keys=frozenset(),
        source_identity=None,
        policies=SessionPolicies(),
        token_size_min=0,
    )
    mint = PreparedMint(
        draft,
        origin_of_caller(caller, SessionKind.ROLE, role.account_id),
        codec=SessionTokenCodec(),
        ring=world.ring.current(),
    )
    return AllowedMint(mint, "allowed by P1", f"{role.unique_id}:", f"{role.arn}/")


def some_session(world: StsWorld, allowed: AllowedMint) -> Session:
    """Returns a session that a mint has made."""
    minting = Minting(
        session_name="s1",
        epoch=world.view.epoch,
        ring=world.ring.current(),
        issue_time=world.clock.now(),
        mint_id=bytes(8),
        call=None,
    )
    return allowed.mint.make(minting, "ASIA" + "A" * 16).session


async def refusal(
    world: StsWorld, caller: Caller, role: str, **parameters: object
) -> str:
    """Returns the inner reason of a refusal."""
    with pytest.raises(DaypassError) as caught:
        await world.assume(caller, role, **parameters)
    return caught.value.detail


async def test_second_call_finds_the_mint(world: StsWorld) -> None:
    """The same parameters by the same caller are answered by one mint."""
    for _ in range(2):
        await world.assume(world.user(org.BOB), org.READER)

    assert 1 == len(remembered(world))


async def test_name_is_of_each_call(world: StsWorld) -> None:
    """A mint serves sessions of other names, and none gets the name of another."""
    first = await world.assume(world.user(org.BOB), org.READER)

    second = await world.assume(
        world.user(org.BOB), org.READER, role_session_name="other"
    )

    assert 1 == len(remembered(world))
    assert second.assumed_role_arn.endswith("/Reader/other")
    assert second.assumed_role_id.endswith(":other")
    names = [
        (await world.session(each)).session.session_name  # type: ignore[union-attr]
        for each in (first, second)
    ]
    assert ["s1", "other"] == names


@pytest.mark.parametrize("name", [None, "", "x", "y" * 65, "a b", "a/b", "ä" * 3])
async def test_wrong_name_is_refused(world: StsWorld, name: str | None) -> None:
    """A name that may not be is refused as it is of a first call."""
    await world.assume(world.user(org.BOB), org.READER)

    with pytest.raises(ValidationError):
        await world.assume(world.user(org.BOB), org.READER, role_session_name=name)


@pytest.mark.parametrize("name", [each.name for each in fields(AssumeRoleRequest)])
def test_each_parameter_tells_mints_apart(world: StsWorld, name: str) -> None:
    """A mint is found for exactly the parameters that it was kept for."""
    if name == "role_session_name":
        # See the tests above.
        return
    caller, directory = world.user(org.BOB), world.directory.current()
    mints, allowed = RememberedMints(), some_mint(world, caller)
    other = replace(REQUEST, **{name: OTHERS[name]})
    mints.keep(REQUEST, caller, directory, allowed)

    assert allowed is mints.find(REQUEST, caller, directory)
    assert mints.find(other, caller, directory) is None

    mints.keep(other, caller, directory, allowed)
    found = mints.find(other, caller, directory)

    assert (name in NEVER) == (found is None)


@pytest.mark.parametrize("name", ["external_id", *sorted(NEVER)])
def test_likeness_keeps_what_may_be_kept(world: StsWorld, name: str) -> None:
    """Requests of the same bytes share a mint, where it is of a kind that is kept."""
    caller, directory = world.user(org.BOB), world.directory.current()
    mints, allowed = RememberedMints(), some_mint(world, caller)
    read = replace(REQUEST, likeness=b"bytes", **{name: OTHERS[name]})

    mints.keep(read, caller, directory, allowed)

    found = mints.find(read.named("s2"), caller, directory)
    assert found is (None if name in NEVER else allowed)


def test_each_caller_has_its_own(world: StsWorld) -> None:
    """A mint is found by its caller's credentials, principal and session alone."""
    caller, directory = world.user(org.BOB), world.directory.current()
    mints, allowed = RememberedMints(), some_mint(world, caller)
    mints.keep(REQUEST, caller, directory, allowed)
    session = some_session(world, allowed)

    others = [
        replace(caller, access_key_id="AKIAOTHER"),
        replace(caller, principal=world.user(org.EVE).principal),
        replace(caller, session=session),
    ]

    assert [None] * 3 == [mints.find(REQUEST, each, directory) for each in others]
    assert allowed is mints.find(REQUEST, replace(caller, region="r"), directory)


def test_other_session_of_one_key_has_its_own(world: StsWorld) -> None:
    """A mint of one session is not found for another, though it were equal."""
    caller, directory = world.user(org.BOB), world.directory.current()
    mints, allowed = RememberedMints(), some_mint(world, caller)
    session = some_session(world, allowed)
    mints.keep(REQUEST, replace(caller, session=session), directory, allowed)

    for other in (replace(session), replace(session, tags={"k": "v"}), None):
        asking = replace(caller, session=other)
        assert mints.find(REQUEST, asking, directory) is None


async def test_other_directory_forgets_all(world: StsWorld) -> None:
    """Nothing is found by another directory, though it says the same."""
    await world.assume(world.user(org.BOB), org.READER)
    before = world.directory.current()
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B)

    caller, mints = world.user(org.BOB), remembered(world)
    assert mints.find(REQUEST, caller, world.directory.current()) is None
    await world.assume(caller, org.TAGGED)

    assert 1 == len(mints)
    assert mints.find(REQUEST, caller, before) is None


async def test_deleted_role_is_refused(world: StsWorld) -> None:
    """A role that is gone is refused to whoever had it before."""
    await world.assume(world.user(org.BOB), org.TAGGED)
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B.replace("  Tagged:", "  Other:"))

    assert "policy" == await refusal(world, world.user(org.BOB), org.TAGGED)


async def test_shorter_role_is_refused(world: StsWorld) -> None:
    """A duration that the role allows no more is refused."""
    asked = {"duration_seconds": 7200}
    await world.assume(world.user(org.BOB), org.READER, **asked)
    world.declare(org.ACCOUNT_A, org.ACCOUNT_B.replace("12h", "1h"))

    detail = await refusal(world, world.user(org.BOB), org.READER, **asked)

    assert "duration_above_role" == detail


async def test_condition_is_asked_each_time(world: StsWorld) -> None:
    """A trust policy with a condition is asked for each call."""
    await world.assume(world.user(org.BOB), org.AUDIT, external_id="e-42")

    assert 0 == len(remembered(world))


async def test_refusal_is_not_remembered(world: StsWorld) -> None:
    """What was refused is decided anew, and a yes of later is given."""
    eve = world.user(org.EVE)
    assert "policy" == await refusal(world, eve, org.LOCAL)
    assert 0 == len(remembered(world))
    trusting = org.ACCOUNT_A.replace(trust(org.BOB), trust(org.EVE))
    world.declare(
        trusting.replace("eve: {}", f"eve: {{policies: {{a: {allow('sts:*')}}}}}"),
        org.ACCOUNT_B,
    )

    result = await world.assume(world.user(org.EVE), org.LOCAL)

    assert result.assumed_role_arn.endswith("/Local/s1")


async def test_policies_that_do_not_fit_are_not_remembered(world: StsWorld) -> None:
    """A session that cannot be made leaves no mint."""
    # Letters that take as much room as there is, however they are compressed.
    letters = "".join(chr(0xC0 + byte % 64) for byte in world.entropy.token_bytes(1800))
    document = json.loads(OPEN)
    document["Statement"]["Condition"] = {"StringEquals": {"aws:userid": letters}}
    text = json.dumps(document, ensure_ascii=False)

    with pytest.raises(PackedPolicyTooLargeError):
        await world.assume(world.user(org.BOB), org.READER, policy=text)

    assert 0 == len(remembered(world))


async def test_session_with_policies_is_not_remembered(world: StsWorld) -> None:
    """A caller whose session has policies of its own is decided about each time."""
    limited = await world.assume(world.user(org.BOB), org.READER, policy=OPEN)
    kept = len(remembered(world))

    await world.assume(await world.session(limited), org.NEXT)

    assert kept == len(remembered(world))


async def test_chain_that_has_grown_old_is_refused(world: StsWorld) -> None:
    """The time that a chain may last is looked at each time."""
    operation = world.assume_role._operation
    assert isinstance(operation, AssumeRole)
    operation._chains = replace(operation._chains, lifetime_max=timedelta(hours=2))
    first = await world.assume(world.user(org.BOB), org.READER, duration_seconds=7200)
    caller = await world.session(first)
    await world.assume(caller, org.NEXT)
    kept = len(remembered(world))

    world.clock.advance(timedelta(hours=1, seconds=1))

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(caller, org.NEXT)
    assert "chain_too_long" == caught.value.detail
    assert kept == len(remembered(world))


async def test_new_ring_signs(world: StsWorld) -> None:
    """A mint signs and derives by the ring that is in use, whatever made it."""
    await world.assume(world.user(org.BOB), org.READER)
    world.ring.value = full_ring(world.entropy, world.clock.now())

    result = await world.assume(world.user(org.BOB), org.READER)

    assert 1 == len(remembered(world))
    assert (await world.session(result)).session is not None


async def test_revoked_key_signs_no_more(world: StsWorld) -> None:
    """A mint whose keys were revoked makes nothing with them."""
    await world.assume(world.user(org.BOB), org.READER)
    ring = world.ring.current()
    world.ring.value = ring.in_use(
        as_of=world.clock.now(), revoked=frozenset({ring.signing_key().kid})
    )

    assert "key_revoked" == await refusal(world, world.user(org.BOB), org.READER)


async def test_epoch_is_of_each_call(world: StsWorld) -> None:
    """A session has the place in the log that its own proof was checked at."""
    caller = world.user(org.BOB)
    await world.assume(caller, org.READER)
    later = replace(caller, epoch=replace(caller.epoch, sequence=41))

    result = await world.assume(later, org.READER)

    record = await world.store.get(
        result.credentials.access_key_id, now=world.clock.now()
    )
    assert record is not None
    assert 41 == record.epoch.sequence


def test_oldest_make_room(world: StsWorld) -> None:
    """Not more mints are remembered than there is room for."""
    caller, directory = world.user(org.BOB), world.directory.current()
    mints, allowed = RememberedMints(size_max=2), some_mint(world, caller)

    for number in range(3):
        asked = replace(REQUEST, external_id=f"e-{number}")
        mints.keep(asked, caller, directory, allowed)

    assert 2 == len(mints)
    gone = replace(REQUEST, external_id="e-0")
    assert mints.find(gone, caller, directory) is None


@pytest.mark.parametrize(
    "lengthen",
    [
        lambda text: {"external_id": text},
        lambda text: {"policy": text},
        lambda text: {"policy_arns": (text,)},
    ],
)
def test_long_texts_make_room(
    world: StsWorld, lengthen: Callable[[str], dict[str, object]]
) -> None:
    """What callers choose is remembered up to a length in all."""
    caller, directory = world.user(org.BOB), world.directory.current()
    mints, allowed = RememberedMints(characters_max=10), some_mint(world, caller)

    for text in ("aaaaaa", "bbbbbb"):
        asked = replace(REQUEST, **lengthen(text))  # type: ignore[arg-type]
        mints.keep(asked, caller, directory, allowed)

    assert 1 == len(mints)


async def test_tags_of_callers_make_room(world: StsWorld) -> None:
    """The tags of a calling session count, as its mints hold them."""
    tagged: AssumeRoleResult = await world.assume(
        world.user(org.BOB), org.TAGGED, tags=(Tag("key", "value"),)
    )
    caller, directory = await world.session(tagged), world.directory.current()
    allowed = some_mint(world, caller)

    for most in (7, 8):
        mints = RememberedMints(characters_max=most)
        mints.keep(REQUEST, caller, directory, allowed)
        assert (most == 8) == (len(mints) == 1)
