"""DecodeAuthorizationMessage: what a denial carries, and who may open it (C17)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import limits
from daypass.core.errors import (
    AccessDeniedError,
    InvalidAuthorizationMessageError,
    ValidationError,
)
from daypass.keyring.generate import new_ring
from daypass.sts.tags import Tag
from support.sts_world import RETENTION, StsWorld
from unit.sts import access
from unit.sts import organisation as org
from unit.sts.access import decode, denial


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts, each with somebody who may ask."""
    return await access.three_accounts()


async def message_of(world: StsWorld, caller: str, role: str) -> str:
    """Returns the message of a denial."""
    error = await denial(world, caller, role)
    return error.metadata["encoded_authorization_message"]


async def test_refuses_without_permission(world: StsWorld) -> None:
    """Opening takes sts:DecodeAuthorizationMessage, also for whom was refused."""
    message = await message_of(world, org.EVE, org.LOCAL)

    with pytest.raises(AccessDeniedError):
        await decode(world, message, org.EVE)


@pytest.mark.parametrize("asker", [access.ADMIN, access.MAX])
async def test_refuses_other_accounts(world: StsWorld, asker: str) -> None:
    """Neither the account of the role nor any other opens the caller's message."""
    message = await message_of(world, org.BOB, org.AUDIT)

    with pytest.raises(InvalidAuthorizationMessageError):
        await decode(world, message, asker)


async def test_refuses_tampered(world: StsWorld) -> None:
    """A message of which one character was changed does not open."""
    message = await message_of(world, org.BOB, org.AUDIT)
    other = "A" if message[200] != "A" else "B"

    with pytest.raises(InvalidAuthorizationMessageError):
        await decode(world, message[:200] + other + message[201:])


async def test_refuses_expired(world: StsWorld) -> None:
    """A message is refused when its denial is forgotten."""
    message = await message_of(world, org.BOB, org.AUDIT)
    world.clock.step(RETENTION)

    with pytest.raises(InvalidAuthorizationMessageError):
        await decode(world, message)


async def test_opens_until_expiry(world: StsWorld) -> None:
    """One second before, it opens."""
    message = await message_of(world, org.BOB, org.AUDIT)
    world.clock.step(RETENTION - timedelta(seconds=1))

    assert (await decode(world, message))["allowed"] is False


async def test_refuses_another_deployments(world: StsWorld) -> None:
    """A message under keys that are not ours does not open."""
    message = await message_of(world, org.BOB, org.AUDIT)
    world.ring.value = new_ring(world.entropy, world.clock.now())

    with pytest.raises(InvalidAuthorizationMessageError):
        await decode(world, message)


@pytest.mark.parametrize(
    "message", ["", "A" * (limits.AUTHORIZATION_MESSAGE_CHARACTERS_MAX + 1)]
)
async def test_refuses_no_message(world: StsWorld, message: str) -> None:
    """A message that is missing or longer than any is wrong, and is not repeated."""
    with pytest.raises(ValidationError) as caught:
        await decode(world, message)

    assert "encoded_message" == caught.value.violations[0].field
    assert "AAAA" not in caught.value.message


async def test_longest_message_is_read(world: StsWorld) -> None:
    """A message of the greatest length is looked at, and not ours."""
    with pytest.raises(InvalidAuthorizationMessageError):
        await decode(world, "A" * limits.AUTHORIZATION_MESSAGE_CHARACTERS_MAX)


async def test_refusals_are_alike(world: StsWorld) -> None:
    """What is wrong with a message is in the audit log, and not in the answer."""
    message = await message_of(world, org.BOB, org.AUDIT)
    texts = set()
    for text, asker in ((message, access.MAX), (message[:-2], access.ADA)):
        with pytest.raises(InvalidAuthorizationMessageError) as caught:
            await decode(world, text, asker)
        texts.add(caught.value.message)

    assert 1 == len(texts)


async def test_says_what_was_refused(world: StsWorld) -> None:
    """The text names principal, action and resource as AWS does."""
    decoded = await decode(world, await message_of(world, org.EVE, org.LOCAL))

    context = decoded["context"]
    assert ("eve", org.EVE) == (
        context["principal"]["name"],
        context["principal"]["arn"],
    )
    assert ("sts:AssumeRole", org.LOCAL) == (context["action"], context["resource"])


async def test_has_the_documented_members(world: StsWorld) -> None:
    """The text has the members of the specification and no others."""
    decoded = await decode(world, await message_of(world, org.EVE, org.LOCAL))

    assert [
        "allowed",
        "explicitDeny",
        "matchedStatements",
        "failures",
        "context",
    ] == list(decoded)
    assert ["principal", "action", "resource", "conditions"] == list(decoded["context"])


async def test_has_the_context(world: StsWorld) -> None:
    """The context keys of the request are in it, each with its values."""
    decoded = await decode(world, await message_of(world, org.BOB, org.AUDIT))

    conditions = {
        item["key"]: [value["value"] for value in item["values"]["items"]]
        for item in decoded["context"]["conditions"]["items"]
    }
    assert ["203.0.113.7"] == conditions["aws:SourceIp"]
    assert ["s1"] == conditions["sts:RoleSessionName"]


async def test_has_no_foreign_tags(world: StsWorld) -> None:
    """Tags of another account's role are not among them (P41)."""
    message = await message_of(world, org.BOB, access.SECRETIVE)

    assert "falcon" not in repr(await decode(world, message))


async def test_has_no_foreign_statements(world: StsWorld) -> None:
    """A Deny of another account is neither named nor told from silence (P41)."""
    decoded = await decode(world, await message_of(world, org.BOB, access.SECRETIVE))

    statements = decoded["matchedStatements"]["items"]
    assert ["assume"] == [item["policy"] for item in statements]
    assert decoded["explicitDeny"] is False


async def test_own_deny_is_explicit(world: StsWorld) -> None:
    """A Deny of the caller's own account is told, and stands first."""
    deny = (
        '{Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:*",'
        ' Resource: "*"}, {Sid: Never, Effect: Deny, Action: "sts:AssumeRole",'
        ' Resource: "*"}]}'
    )
    first, *rest = access.ACCOUNT_A.split("    policies: {assume: ")
    _, _, after = rest[0].partition("\n")
    account_a = f"{first}    policies: {{assume: {deny}}}\n{after}"
    world.declare(account_a, access.ACCOUNT_B, access.ACCOUNT_C)

    decoded = await decode(world, await message_of(world, org.BOB, org.READER))

    assert decoded["explicitDeny"] is True
    assert "Never" == decoded["matchedStatements"]["items"][0]["statementId"]


async def test_missing_role_looks_as_refusing(world: StsWorld) -> None:
    """The message of a role that denies is that of a role that is not there."""
    texts = {
        repr(await decode(world, await message_of(world, org.BOB, role))).replace(
            role, "ROLE"
        )
        for role in (org.AUDIT, access.SECRETIVE, org.ABSENT)
    }

    assert 1 == len(texts)


async def test_fits_an_error(world: StsWorld) -> None:
    """The message fits an error, however much the request carried."""
    tags = tuple(
        Tag(f"key-{number}", world.entropy.token_bytes(128).hex())
        for number in range(50)
    )

    error = await denial(world, org.BOB, org.AUDIT, tags=tags)

    message = error.metadata["encoded_authorization_message"]
    assert limits.AUTHORIZATION_MESSAGE_ISSUED_CHARACTERS_MAX >= len(message)
    assert org.AUDIT == (await decode(world, message))["context"]["resource"]


@given(noise=st.text(st.characters(exclude_categories=["Cs"]), max_size=64))
async def test_any_noise_is_refused(noise: str) -> None:
    """No text that we did not make opens, whatever it is."""
    world = await access.three_accounts()

    with pytest.raises((InvalidAuthorizationMessageError, ValidationError)):
        await decode(world, noise)
