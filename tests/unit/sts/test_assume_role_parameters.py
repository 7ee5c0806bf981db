"""The constraints on the parameters of AssumeRole, on both sides of each edge.

SPEC: sts-operations 0.2, 0.4; details 15, 16, 24, 61.
"""

from __future__ import annotations

import pytest

from daypass.core.errors import (
    MalformedPolicyDocumentError,
    PackedPolicyTooLargeError,
    ValidationError,
)
from daypass.core.secret import Secret
from daypass.sts.assume_role_request import (
    AssumeRoleRequest,
    ProvidedContext,
    validate,
)
from daypass.sts.tags import Tag
from support.sts_world import StsWorld
from unit.sts import organisation as org

ROLE = "arn:aws:iam::123456789012:role/R"


def request(**fields: object) -> AssumeRoleRequest:
    """Returns a good request with some fields replaced."""
    good: dict[str, object] = {"role_arn": ROLE, "role_session_name": "s1"}
    return AssumeRoleRequest(**{**good, **fields})  # type: ignore[arg-type]


def test_good_request_passes() -> None:
    """A request with nothing but the required parameters is good for an hour."""
    valid = validate(request())

    assert 3600 == valid.duration.total_seconds()


REFUSED = {
    "role_arn absent": ({"role_arn": None}, "role_arn"),
    "role_arn empty": ({"role_arn": ""}, "role_arn"),
    "role_arn 19 characters": ({"role_arn": "a" * 19}, "role_arn"),
    "role_arn 2049 characters": ({"role_arn": "a" * 2049}, "role_arn"),
    "role_arn with NUL": ({"role_arn": ROLE + "\0"}, "role_arn"),
    "session name absent": ({"role_session_name": None}, "role_session_name"),
    "session name 1 character": ({"role_session_name": "s"}, "role_session_name"),
    "session name 65": ({"role_session_name": "s" * 65}, "role_session_name"),
    "session name newline": ({"role_session_name": "session\n"}, "role_session_name"),
    "session name accent": ({"role_session_name": "séance"}, "role_session_name"),
    "session name slash": ({"role_session_name": "a/b"}, "role_session_name"),
    "duration 899": ({"duration_seconds": 899}, "duration_seconds"),
    "duration 43201": ({"duration_seconds": 43_201}, "duration_seconds"),
    "policy empty": ({"policy": ""}, "policy"),
    "policy beyond Latin-1": ({"policy": "{\u0100}"}, "policy"),
    "policy arn short": ({"policy_arns": ("arn",)}, "policy_arns[0].arn"),
    "tag key empty": ({"tags": (Tag("", "v"),)}, "tags[0].key"),
    "tag key 129": ({"tags": (Tag("k" * 129, "v"),)}, "tags[0].key"),
    "tag key with star": ({"tags": (Tag("k*", "v"),)}, "tags[0].key"),
    "tag value 257": ({"tags": (Tag("k", "v" * 257),)}, "tags[0].value"),
    "tags 51": ({"tags": tuple(Tag(f"k{n}", "") for n in range(51))}, "tags"),
    "transitive key empty": ({"transitive_tag_keys": ("",)}, "transitive_tag_keys[0]"),
    "external id 1": ({"external_id": "x"}, "external_id"),
    "external id 1225": ({"external_id": "x" * 1225}, "external_id"),
    "external id blank": ({"external_id": "a b"}, "external_id"),
    "source identity 1": ({"source_identity": "x"}, "source_identity"),
    "source identity 65": ({"source_identity": "x" * 65}, "source_identity"),
    "source identity colon": ({"source_identity": "aws:x"}, "source_identity"),
    "serial alone": ({"serial_number": "GAHT12345678"}, "token_code"),
    "code alone": ({"token_code": Secret("012345")}, "serial_number"),
    "code of letters": (
        {"serial_number": "GAHT12345678", "token_code": Secret("12345a")},
        "token_code",
    ),
    "contexts 6": (
        {"provided_contexts": (ProvidedContext(ROLE, Secret("abcd")),) * 6},
        "provided_contexts",
    ),
    "context assertion 3": (
        {"provided_contexts": (ProvidedContext(ROLE, Secret("abc")),)},
        "provided_contexts[0].context_assertion",
    ),
    "token size -1": (
        {"minimum_session_token_size": -1},
        "minimum_session_token_size",
    ),
    "token size 4097": (
        {"minimum_session_token_size": 4097},
        "minimum_session_token_size",
    ),
}


@pytest.mark.parametrize(("fields", "field"), REFUSED.values(), ids=REFUSED.keys())
def test_breach_names_its_field(fields: dict[str, object], field: str) -> None:
    """A breach of a constraint is refused, and its field is named."""
    with pytest.raises(ValidationError) as caught:
        validate(request(**fields))

    assert field in {violation.field for violation in caught.value.violations}


ACCEPTED = {
    "session name 2": {"role_session_name": "ab"},
    "session name 64 of all characters": {"role_session_name": "a_+=,.@-" * 8},
    "duration 900": {"duration_seconds": 900},
    "duration 43200": {"duration_seconds": 43_200},
    "tag key 128 in any script": {"tags": (Tag("ключ_.:/=+-@ " + "k" * 115, ""),)},
    "tag value empty": {"tags": (Tag("k", ""),)},
    "tags 50": {"tags": tuple(Tag(f"k{n}", "v" * 4) for n in range(50))},
    "external id 2": {"external_id": "x/"},
    "external id 1224": {"external_id": "x" * 1224},
    "source identity 64": {"source_identity": "x" * 64},
    "token size 4096": {"minimum_session_token_size": 4096},
    "role with a path": {"role_arn": "arn:aws:iam::123456789012:role/a/b/R"},
}


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_edge_is_inside(fields: dict[str, object]) -> None:
    """The last value inside each bound is accepted."""
    valid = validate(request(**fields))

    assert valid.role_arn.startswith("arn:aws:iam::123456789012:role/")


def test_all_breaches_are_reported_at_once() -> None:
    """One error counts and lists every breach, in the documented template."""
    with pytest.raises(ValidationError) as caught:
        validate(AssumeRoleRequest(role_session_name="s", duration_seconds=1))

    assert caught.value.message.startswith(
        "3 validation errors detected: Value null at 'roleArn' failed to satisfy"
        " constraint: Member must not be null; Value 's' at 'roleSessionName'"
    )


def test_list_paths_follow_both_worlds() -> None:
    """A list member is `tags[1].key` in protobuf and `tags.2.member.key` in AWS."""
    with pytest.raises(ValidationError) as caught:
        validate(request(tags=(Tag("a", ""), Tag("b*", ""))))

    (violation,) = caught.value.violations
    assert "tags[1].key" == violation.field
    assert "'tags.2.member.key'" in violation.description


def test_code_is_not_shown() -> None:
    """A second factor's code is never repeated in an error."""
    with pytest.raises(ValidationError) as caught:
        validate(request(serial_number="GAHT12345678", token_code=Secret("98765")))

    assert "98765" not in caught.value.message


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:user/R",
        "arn:aws:iam::12345678901:role/R-and-more",
        "arn:aws:iam::1234567890123:role/R",
        "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/R",
        "arn:aws:iam:eu:123456789012:role/R",
        "arn:aws:sts::123456789012:role/R",
        "arn:AWS:iam::123456789012:role/R",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/R*",
        "nothing:like:an:arn:at:all",
    ],
)
def test_arn_of_no_role_is_invalid(arn: str) -> None:
    """Text that passes the pattern and is no role's ARN is refused (V27)."""
    with pytest.raises(ValidationError) as caught:
        validate(request(role_arn=arn))

    assert f"{arn} is invalid" == caught.value.message


async def test_policy_of_2048_characters_passes(world: StsWorld) -> None:
    """An inline policy of 2,048 characters fits (24)."""
    policy = _policy(2048)

    result = await world.assume(world.user(org.BOB), org.LOCAL, policy=policy)

    assert result.packed_policy_percent is not None


async def test_policy_of_2049_characters_fails(world: StsWorld) -> None:
    """One character more is too many (24)."""
    with pytest.raises(PackedPolicyTooLargeError) as caught:
        await world.assume(world.user(org.BOB), org.LOCAL, policy=_policy(2049))

    assert "Packed policy consumes 101% of allotted space" == caught.value.message


async def test_policy_and_arns_share_the_room(world: StsWorld) -> None:
    """The inline policy and the managed ARNs share the 2,048 characters (24)."""
    arn = f"arn:aws:iam::{org.B}:policy/ReadLogs"

    with pytest.raises(PackedPolicyTooLargeError):
        await world.assume(
            world.user(org.BOB),
            org.READER,
            policy=_policy(2048 - len(arn) + 1),
            policy_arns=(arn,),
        )


async def test_eleven_managed_policies_fail(world: StsWorld) -> None:
    """Ten managed policies pass and eleven fail (24)."""
    arn = f"arn:aws:iam::{org.B}:policy/ReadLogs"
    caller = world.user(org.BOB)
    await world.assume(caller, org.READER, policy_arns=(arn,) * 10)

    with pytest.raises(MalformedPolicyDocumentError):
        await world.assume(caller, org.READER, policy_arns=(arn,) * 11)


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{org.A}:policy/ReadLogs",
        f"arn:aws:iam::{org.B}:policy/Nothing",
        "not-an-arn-but-long-enough",
    ],
)
async def test_managed_policy_must_be_the_accounts(world: StsWorld, arn: str) -> None:
    """A managed policy that is not of the role's account is malformed input."""
    with pytest.raises(MalformedPolicyDocumentError):
        await world.assume(world.user(org.BOB), org.READER, policy_arns=(arn,))


@pytest.mark.parametrize(
    "policy",
    ["{", "[]", "{}", '{"Statement": {"Effect": "Allow"}}', " {}"],
)
async def test_malformed_policy_is_refused(world: StsWorld, policy: str) -> None:
    """An inline policy that is not a policy is refused before any decision."""
    with pytest.raises(MalformedPolicyDocumentError):
        await world.assume(world.user(org.EVE), org.LOCAL, policy=policy)


async def test_duration_above_the_role_is_refused(world: StsWorld) -> None:
    """A duration above MaxSessionDuration is refused and not cut (15)."""
    with pytest.raises(ValidationError) as caught:
        await world.assume(world.user(org.BOB), org.LOCAL, duration_seconds=3601)

    assert "exceeds the MaxSessionDuration set for this role" in caught.value.message


async def test_duration_of_the_role_passes(world: StsWorld) -> None:
    """MaxSessionDuration itself is granted whole."""
    result = await world.assume(
        world.user(org.BOB), org.READER, duration_seconds=43_200
    )

    granted = result.credentials.expire_time - world.clock.now()
    assert 43_200 == granted.total_seconds()


async def test_default_duration_is_an_hour(world: StsWorld) -> None:
    """Without a duration a session lasts an hour, whatever the role allows (16)."""
    result = await world.assume(world.user(org.BOB), org.READER)

    granted = result.credentials.expire_time - world.clock.now()
    assert 3600 == granted.total_seconds()


async def test_chained_session_has_an_hour(world: StsWorld) -> None:
    """A session of a role gets an hour at the most from the next role (15)."""
    session = await world.session(await world.assume(world.user(org.BOB), org.READER))

    with pytest.raises(ValidationError) as caught:
        await world.assume(session, org.NEXT, duration_seconds=3601)

    assert "exceeds the 1 hour session limit" in caught.value.message
    await world.assume(session, org.NEXT, duration_seconds=3600)


async def test_role_limit_is_named_before_the_chain(world: StsWorld) -> None:
    """Of two limits that are passed the role's is the one that is named (15)."""
    world.declare(
        org.ACCOUNT_A,
        org.ACCOUNT_B.replace("  Next:\n    max_session_duration: 12h", "  Next:"),
    )
    session = await world.session(await world.assume(world.user(org.BOB), org.READER))

    with pytest.raises(ValidationError) as caught:
        await world.assume(session, org.NEXT, duration_seconds=7200)

    assert "duration_above_role" == caught.value.detail


async def test_token_is_padded_on_request(world: StsWorld) -> None:
    """MinimumSessionTokenSize makes the token at least that long."""
    result = await world.assume(
        world.user(org.BOB), org.LOCAL, minimum_session_token_size=4000
    )

    assert 4000 <= result.session_token_bytes <= 4096


async def test_packed_size_is_absent_without_contents(world: StsWorld) -> None:
    """PackedPolicySize is missing, not 0, without policies and tags (23)."""
    result = await world.assume(world.user(org.BOB), org.LOCAL)

    assert result.packed_policy_percent is None


def _policy(characters: int) -> str:
    """Returns a valid policy of exactly that many characters."""
    frame = (
        '{{"Version":"2012-10-17","Id":"{}","Statement":'
        '{{"Effect":"Allow","Action":"s3:*","Resource":"*"}}}}'
    )
    return frame.format("x" * (characters - len(frame.format(""))))
