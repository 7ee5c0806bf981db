"""GetFederationToken: credentials for a name that the caller vouches for.

SPEC: sts-operations 0.6, 0.7, 0.9 and 1.9; policy-language 7.3 and 7.5; details 17,
19, 21, 23, 24 and 25.
"""

from __future__ import annotations

import json
from typing import Final

import pytest

from daypass.core.credentials import Credentials
from daypass.core.errors import (
    AccessDeniedError,
    InvalidParameterValueError,
    MalformedPolicyDocumentError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from daypass.sts.caller import CallerKind
from daypass.sts.tags import Tag
from support.sts_world import StsWorld, allow
from unit.sts import organisation as org
from unit.sts.credentials import (
    federation_token,
    holder,
    root,
    session_token,
    user,
)

GUEST: Final = f"arn:aws:sts::{org.A}:federated-user/guest"
BUCKET: Final = "arn:aws:s3:::logs/today"
READ: Final = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}'
)
MANAGED: Final = f"arn:aws:iam::{org.A}:policy/ReadLogs"
POLICIES: Final = f"""
account: {{id: "{org.A}"}}
policies:
  ReadLogs: {{document: {allow("s3:GetObject")}}}
"""


def lifetime(world: StsWorld, credentials: Credentials) -> float:
    """Returns for how many seconds from now credentials are good."""
    return (credentials.expire_time - world.clock.now()).total_seconds()


def permit(world: StsWorld, *actions: str) -> None:
    """Replaces what bob may do."""
    rows = ", ".join(f'"{action}"' for action in actions)
    listed = allow("sts:*").replace('"sts:*"', f"[{rows}]")
    world.declare(
        org.ACCOUNT_A.replace(allow("sts:*"), listed), org.ACCOUNT_B, POLICIES
    )


@pytest.mark.parametrize("role", [True, False])
async def test_session_refused(world: StsWorld, *, role: bool) -> None:
    """A session of any kind may not call it, whatever its policy (19)."""
    bob = await user(world, org.BOB)
    issued = (
        (await world.assume(bob, org.READER)).credentials
        if role
        else (await session_token(world, bob)).credentials
    )

    with pytest.raises(AccessDeniedError) as caught:
        await federation_token(world, await holder(world, issued))

    assert "Cannot call GetFederationToken with session credentials" == (
        caught.value.message
    )


async def test_without_permission_refused(world: StsWorld) -> None:
    """A user whose policies do not allow it is refused; the guest is the resource."""
    permit(world, "sts:AssumeRole")

    with pytest.raises(AccessDeniedError) as caught:
        await federation_token(world, await user(world, org.BOB))

    assert (
        f"User: {org.BOB} is not authorized to perform: sts:GetFederationToken"
        f" on resource: {GUEST}"
    ) == caught.value.message


async def test_tags_need_permission(world: StsWorld) -> None:
    """A tag needs `sts:TagSession`; without tags it is not asked for."""
    permit(world, "sts:GetFederationToken")
    bob = await user(world, org.BOB)

    with pytest.raises(AccessDeniedError) as caught:
        await federation_token(world, bob, tags=(Tag("a", "1"),))

    assert "sts:TagSession" == caught.value.metadata["action"]
    assert GUEST == (await federation_token(world, bob)).federated_user_arn


async def test_condition_on_request_tag(world: StsWorld) -> None:
    """Policies may ask which tags are passed."""
    policy = allow("sts:*").replace(
        '"*"}', '"*", Condition: {StringEquals: {"aws:RequestTag/team": blue}}}'
    )
    world.declare(org.ACCOUNT_A.replace(allow("sts:*"), policy), org.ACCOUNT_B)
    bob = await user(world, org.BOB)

    with pytest.raises(AccessDeniedError):
        await federation_token(world, bob, tags=(Tag("team", "red"),))

    await federation_token(world, bob, tags=(Tag("team", "blue"),))


@pytest.mark.parametrize("name", [None, "", "a", "a" * 33, "a b", "séance", "ab\n"])
async def test_name_refused(world: StsWorld, name: str | None) -> None:
    """A name is 2 to 32 of the documented characters, to its end (61)."""
    with pytest.raises(ValidationError) as caught:
        await federation_token(world, await user(world, org.BOB), name=name)

    assert "at 'name'" in caught.value.message


@pytest.mark.parametrize("name", ["ab", "a" * 32, "a_B+=,.@-9"])
async def test_names_of_guest(world: StsWorld, name: str) -> None:
    """The guest is known by the account and the name."""
    result = await federation_token(world, await user(world, org.BOB), name=name)

    caller = await holder(world, result.credentials)
    assert (f"{org.A}:{name}", f"arn:aws:sts::{org.A}:federated-user/{name}") == (
        result.federated_user_id,
        result.federated_user_arn,
    )
    assert result.federated_user_arn == caller.principal.arn
    assert CallerKind.FEDERATED_USER_SESSION is caller.kind


@pytest.mark.parametrize("seconds", [0, 899, 129_601])
async def test_duration_out_of_range(world: StsWorld, seconds: int) -> None:
    """A duration outside the range is refused, for a root user too."""
    for caller in (await user(world, org.BOB), await root(world, org.A)):
        with pytest.raises(ValidationError):
            await federation_token(world, caller, duration_seconds=seconds)


@pytest.mark.parametrize(
    ("seconds", "of_user", "of_root"),
    [
        (None, 43_200, 3_600),
        (900, 900, 900),
        (3_600, 3_600, 3_600),
        (3_601, 3_601, 3_600),
        (129_600, 129_600, 3_600),
    ],
)
async def test_duration_granted(
    world: StsWorld, seconds: int | None, of_user: int, of_root: int
) -> None:
    """Twelve hours without asking (16); a root user gets an hour at the most (17)."""
    bob = await federation_token(
        world, await user(world, org.BOB), duration_seconds=seconds
    )
    owner = await federation_token(
        world, await root(world, org.A), duration_seconds=seconds
    )

    assert (of_user, of_root) == (
        lifetime(world, bob.credentials),
        lifetime(world, owner.credentials),
    )


def _long_policy(characters: int) -> str:
    text = json.dumps(json.loads(READ))
    return text + " " * (characters - len(text))


async def test_inline_policy_too_long(world: StsWorld) -> None:
    """An inline policy has at most 2,048 characters (24)."""
    bob = await user(world, org.BOB)

    with pytest.raises(ValidationError):
        await federation_token(world, bob, policy=_long_policy(2_049))

    await federation_token(world, bob, policy=_long_policy(2_048))


async def test_policies_share_the_size(world: StsWorld) -> None:
    """Inline policy and ARNs share the 2,048 characters (24)."""
    permit(world, "sts:*")
    bob = await user(world, org.BOB)
    most = 2_048 - len(MANAGED)

    with pytest.raises(PackedPolicyTooLargeError):
        await federation_token(
            world, bob, policy=_long_policy(most + 1), policy_arns=(MANAGED,)
        )

    await federation_token(
        world, bob, policy=_long_policy(most), policy_arns=(MANAGED,)
    )


@pytest.mark.parametrize("text", ["{", "{}", '{"Version":"2012-10-17"}'])
async def test_malformed_policy(world: StsWorld, text: str) -> None:
    """An inline policy that is none is refused."""
    with pytest.raises(MalformedPolicyDocumentError):
        await federation_token(world, await user(world, org.BOB), policy=text)


async def test_foreign_managed_policy(world: StsWorld) -> None:
    """A managed policy of another account cannot be used."""
    arn = f"arn:aws:iam::{org.B}:policy/ReadLogs"

    with pytest.raises(MalformedPolicyDocumentError) as caught:
        await federation_token(world, await user(world, org.BOB), policy_arns=(arn,))

    assert "managed_policy_unknown" == caught.value.detail


@pytest.mark.parametrize("keys", [("Team", "team"), ("aws:x",)])
async def test_tags_in_conflict(world: StsWorld, keys: tuple[str, ...]) -> None:
    """Tag keys are unique ignoring case, and not reserved (25)."""
    tags = tuple(Tag(key, "1") for key in keys)

    with pytest.raises(InvalidParameterValueError):
        await federation_token(world, await user(world, org.BOB), tags=tags)


@pytest.mark.parametrize(("count", "fits"), [(51, False), (50, True)])
async def test_number_of_tags(world: StsWorld, count: int, *, fits: bool) -> None:
    """At most fifty tags are passed."""
    bob = await user(world, org.BOB)
    tags = tuple(Tag(f"k{number}", "") for number in range(count))

    if fits:
        await federation_token(world, bob, tags=tags)
    else:
        with pytest.raises(ValidationError):
            await federation_token(world, bob, tags=tags)


async def test_packed_size_told_when_packed(world: StsWorld) -> None:
    """The packed size is absent without policies and tags (23), else from 1."""
    bob = await user(world, org.BOB)

    without = await federation_token(world, bob)
    with_policy = await federation_token(world, bob, policy=READ)
    with_tag = await federation_token(world, bob, tags=(Tag("a", "1"),))

    assert None is without.packed_policy_percent
    assert 1 <= (with_policy.packed_policy_percent or 0)
    assert 1 <= (with_tag.packed_policy_percent or 0)


async def test_audit_names_the_guest(world: StsWorld) -> None:
    """The audit log says for whom and what was issued."""
    result = await federation_token(world, await user(world, org.BOB))

    record = world.audit.records[-1]
    assert ("GetFederationToken", GUEST, result.credentials.access_key_id) == (
        record.operation,
        record.resource,
        record.issued_access_key_id,
    )
