"""Session tags and source identity, alone and along a chain.

SPEC: sts-operations 0.7 and 0.8; details 25 to 28; attacks C04 to C06.
"""

from __future__ import annotations

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    InvalidParameterValueError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from daypass.sts.caller import Caller
from daypass.sts.tags import Tag
from support.sts_world import StsWorld, trust
from unit.sts import organisation as org


async def chained(world: StsWorld, **parameters: object) -> Caller:
    """Returns a session of `Tagged` that bob was issued with some parameters."""
    return await world.session(
        await world.assume(world.user(org.BOB), org.TAGGED, **parameters)
    )


@pytest.mark.parametrize(
    ("parameters", "detail"),
    [
        ({"tags": (Tag("Team", "a"), Tag("team", "b"))}, "tag_key_twice"),
        ({"tags": (Tag("aws:x", "a"),)}, "tag_key_reserved"),
        ({"tags": (Tag("AwS:x", "a"),)}, "tag_key_reserved"),
        (
            {"tags": (Tag("a", "1"),), "transitive_tag_keys": ("b",)},
            "transitive_key_not_passed",
        ),
    ],
)
async def test_tag_conflicts_are_refused(
    world: StsWorld, parameters: dict[str, object], detail: str
) -> None:
    """Tags that contradict each other or a rule are refused (25)."""
    with pytest.raises(InvalidParameterValueError) as caught:
        await chained(world, **parameters)

    assert detail == caught.value.detail


async def test_tags_need_a_permission(world: StsWorld) -> None:
    """Tags on a role whose trust does not allow sts:TagSession are refused."""
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(org.BOB), org.LOCAL, tags=(Tag("a", "1"),))

    assert "sts:TagSession" == caught.value.metadata["action"]


async def test_tags_reach_the_session(world: StsWorld) -> None:
    """Tags are carried by the session with their keys as they were sent."""
    session = await chained(world, tags=(Tag("Team", "x"),))

    assert session.session is not None
    assert {"Team": "x"} == dict(session.session.tags)


async def test_transitive_keys_fold_case(world: StsWorld) -> None:
    """A transitive key names its tag ignoring case."""
    session = await chained(
        world, tags=(Tag("Team", "x"),), transitive_tag_keys=("TEAM",)
    )

    assert session.session is not None
    assert {"Team"} == session.session.transitive_tag_keys


async def test_inherited_key_cannot_be_sent_again(world: StsWorld) -> None:
    """A transitive key from the calling session is refused, same value or not (26)."""
    session = await chained(
        world, tags=(Tag("Team", "x"),), transitive_tag_keys=("Team",)
    )

    with pytest.raises(InvalidParameterValueError) as caught:
        await world.assume(session, org.TAGGED, tags=(Tag("team", "x"),))

    assert "tag_key_inherited" == caught.value.detail


async def test_plain_tag_may_be_sent_again(world: StsWorld) -> None:
    """A tag that was not transitive is gone after one hop and may be sent (26)."""
    session = await chained(world, tags=(Tag("Team", "x"),))

    second = await world.session(
        await world.assume(session, org.TAGGED, tags=(Tag("Team", "y"),))
    )

    assert second.session is not None
    assert {"Team": "y"} == dict(second.session.tags)


async def test_transitive_tag_travels_on(world: StsWorld) -> None:
    """A transitive tag is carried down every hop and stays transitive."""
    caller = await chained(
        world, tags=(Tag("Team", "x"),), transitive_tag_keys=("Team",)
    )

    for _ in range(2):
        caller = await world.session(await world.assume(caller, org.TAGGED))

    assert caller.session is not None
    assert {"Team": "x"} == dict(caller.session.tags)
    assert {"Team"} == caller.session.transitive_tag_keys


async def test_inherited_tags_need_a_permission(world: StsWorld) -> None:
    """Inherited tags need sts:TagSession although the request names none (27)."""
    world.declare(
        org.ACCOUNT_A, org.ACCOUNT_B.replace(trust(org.READER), trust(org.TAGGED))
    )
    session = await chained(
        world, tags=(Tag("Team", "x"),), transitive_tag_keys=("Team",)
    )

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(session, org.NEXT)

    assert "sts:TagSession" == caught.value.metadata["action"]


async def test_tags_that_do_not_fit_are_refused(world: StsWorld) -> None:
    """Tags that cannot be packed into a token are refused with their share."""
    noise = [world.entropy.token_bytes(120).hex()[:240] for _ in range(50)]
    tags = tuple(Tag(f"key-{n}", value) for n, value in enumerate(noise))

    with pytest.raises(PackedPolicyTooLargeError) as caught:
        await chained(world, tags=tags)

    assert caught.value.message.startswith("Packed size of session tags consumes")


async def test_source_identity_needs_a_permission(world: StsWorld) -> None:
    """A source identity needs sts:SetSourceIdentity in the trust policy."""
    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(world.user(org.BOB), org.LOCAL, source_identity="bob")

    assert "sts:SetSourceIdentity" == caught.value.metadata["action"]


async def test_source_identity_cannot_change(world: StsWorld) -> None:
    """A chained call with another source identity is refused (28)."""
    session = await chained(world, source_identity="bob")

    with pytest.raises(ValidationError) as caught:
        await world.assume(session, org.TAGGED, source_identity="eve")

    assert "source_identity_changed" == caught.value.detail


async def test_source_identity_may_be_repeated(world: StsWorld) -> None:
    """The same source identity may be sent again (28)."""
    session = await chained(world, source_identity="bob")

    result = await world.assume(session, org.TAGGED, source_identity="bob")

    assert "bob" == result.source_identity


async def test_source_identity_sticks(world: StsWorld) -> None:
    """An inherited source identity is echoed over ten hops (28, C06)."""
    caller = await chained(world, source_identity="bob")

    for _ in range(10):
        caller = await world.session(await world.assume(caller, org.TAGGED))

    assert caller.session is not None
    assert "bob" == caller.session.source_identity


async def test_inherited_identity_needs_a_permission(world: StsWorld) -> None:
    """An inherited source identity needs sts:SetSourceIdentity as well (27)."""
    world.declare(
        org.ACCOUNT_A, org.ACCOUNT_B.replace(trust(org.READER), trust(org.TAGGED))
    )
    session = await chained(world, source_identity="bob")

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(session, org.NEXT)

    assert "sts:SetSourceIdentity" == caught.value.metadata["action"]


async def test_chain_has_an_end(world: StsWorld) -> None:
    """A chain of sixteen ancestors is the longest; the next hop is refused."""
    caller = await chained(world)
    for _ in range(16):
        caller = await world.session(await world.assume(caller, org.TAGGED))

    with pytest.raises(AccessDeniedError) as caught:
        await world.assume(caller, org.TAGGED)

    assert "chain_too_deep" == caught.value.detail
