"""Details of sessions that imitators get wrong (spec section 7), each as raw HTTP.

SPEC: sts-operations 0.6 to 0.8, 0.11, 1.1, 1.9 and 1.10.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest

from daypass.directory.fault import DirectoryInvalidError
from support.detailed_organisation import (
    ANYBODY,
    AUDIT,
    BY_PATH,
    DELEGATING,
    DEV,
    EVE,
    FILES,
    INNER_VAULT,
    NAMED,
    NEVER_ASKED,
    NEXT,
    PHONE,
    PRODUCTION,
    READER,
    READER_POLICY,
    READER_TRUST,
    ROOT,
    STILL_NAMED,
    UNTAGGED,
    VAULT,
    WITHOUT_DEV,
    A,
    B,
)
from support.http_client import HttpAnswer, Keys, ask, signed
from support.http_world import DoorOptions, HttpWorld
from support.phone import code_of
from support.sts_world import allow, trust

DENIED = (403, "AccessDenied")
CONFLICT = (400, "InvalidParameterValue")
IDENTITY = {"Action": "GetCallerIdentity"}
TAG = {"Tags.member.1.Key": "Team", "Tags.member.1.Value": "blue"}
TRANSITIVE = {**TAG, "TransitiveTagKeys.member.1": "Team"}
SECOND = timedelta(seconds=1)


@pytest.fixture
def world() -> Iterator[HttpWorld]:
    """Yields a deployment whose door is open."""
    with HttpWorld(DoorOptions(files=FILES)) as found:
        yield found


@pytest.fixture
def dev(world: HttpWorld) -> Keys:
    """Returns the keys of a user who may ask for every role."""
    return Keys.of(world, DEV)


def call(world: HttpWorld, keys: Keys, action: str, **parameters: str) -> HttpAnswer:
    """Calls an operation, at a second of its own."""
    # Calls of one second that are alike are one call.
    world.clock.step(SECOND)
    return ask(world, signed(world, keys, {"Action": action, **parameters}))


def assume(
    world: HttpWorld, keys: Keys, role: str, parameters: dict[str, str] | None = None
) -> HttpAnswer:
    """Assumes a role."""
    asked = {"RoleArn": role, "RoleSessionName": "s1", **(parameters or {})}
    return call(world, keys, "AssumeRole", **asked)


def session(
    world: HttpWorld, keys: Keys, role: str, parameters: dict[str, str] | None = None
) -> Keys:
    """Returns the credentials of a role."""
    answer = assume(world, keys, role, parameters)
    assert 200 == answer.status, answer.body
    return Keys.issued(answer)


def shown(world: HttpWorld, keys: Keys) -> dict[str, Any]:
    """Returns the claims of a token that says what a session is."""
    asked = {"Audience.member.1": "a", "SigningAlgorithm": "ES384"}
    answer = call(world, keys, "GetWebIdentityToken", **asked)
    said: dict[str, Any] = jwt.decode(
        answer.text("WebIdentityToken"), options={"verify_signature": False}
    )
    return said


def test_detail_1_paths_of_roles(world: HttpWorld, dev: Keys) -> None:
    """A session's ARN drops the path of its role; policies and tokens see it."""
    reader = session(world, dev, READER)
    anybody = session(world, dev, ANYBODY)

    arn = ask(world, signed(world, reader, IDENTITY)).text("Arn")

    assert f"arn:aws:sts::{B}:assumed-role/Reader/s1" == arn
    assert READER == shown(world, reader)["sub"]
    assert 200 == assume(world, reader, BY_PATH).status
    assert DENIED == assume(world, anybody, BY_PATH).refusal


def test_detail_2_ids_of_roles(world: HttpWorld, dev: Keys) -> None:
    """A role has one id, and another one when it is made anew."""
    first = assume(world, dev, READER).text("AssumedRoleId")
    again = assume(world, dev, READER).text("AssumedRoleId")
    world.sts.declare(FILES[0])
    world.sts.declare(*FILES)
    anew = assume(world, dev, READER).text("AssumedRoleId")

    assert first == again
    assert first != anew
    for one in (first, anew):
        assert one.startswith("AROA")
        assert one.endswith(":s1")


@pytest.mark.parametrize(
    "asked",
    [
        {"action": "GetSessionToken"},
        {"action": "GetFederationToken", "Name": "guest"},
    ],
    ids=["detail 17: session", "detail 17: federation"],
)
def test_duration_of_root_is_lowered(world: HttpWorld, asked: dict[str, str]) -> None:
    """A root user who asks for twelve hours gets one, and is not refused."""
    answer = call(world, Keys.of(world, ROOT), DurationSeconds="43200", **asked)

    end = world.clock.now() + timedelta(hours=1)
    assert f"{end:%Y-%m-%dT%H:%M:%SZ}" == answer.text("Expiration")


def test_detail_21_federated_user_without_policies(world: HttpWorld, dev: Keys) -> None:
    """A federated user without policies says who it is, and does nothing else."""
    answer = call(world, dev, "GetFederationToken", Name="guest")
    guest = Keys.issued(answer)

    arn = ask(world, signed(world, guest, IDENTITY)).text("Arn")

    assert f"arn:aws:sts::{A}:federated-user/guest" == arn
    assert not answer.has("PackedPolicySize")
    assert DENIED == assume(world, guest, ANYBODY).refusal
    key = {"AccessKeyId": dev.access_key_id}
    assert DENIED == call(world, guest, "GetAccessKeyInfo", **key).refusal
    assert DENIED == call(world, guest, "GetSessionToken").refusal


def test_detail_22_session_of_user(world: HttpWorld, dev: Keys) -> None:
    """The session of a user shows the user, and a role assumed with it is no chain."""
    keys = Keys.issued(call(world, dev, "GetSessionToken"))

    identity = ask(world, signed(world, keys, IDENTITY))
    long = assume(world, keys, READER, {"DurationSeconds": "7200"})

    assert DEV == identity.text("Arn")
    assert identity.text("UserId").startswith("AIDA")
    assert 200 == long.status


def test_tag_of_role_is_replaced(world: HttpWorld, dev: Keys) -> None:
    """The tag of a session replaces that of its role in other letters (25)."""
    said = shown(world, session(world, dev, READER, TAG))

    tags = said["https://sts.amazonaws.com/"]["principal_tags"]
    assert {"Team": "blue", "kept": "yes"} == tags


@pytest.mark.parametrize("value", ["blue", "red"])
def test_detail_26_transitive_tags(world: HttpWorld, dev: Keys, value: str) -> None:
    """A transitive tag is not sent again, and any other may be."""
    again = {"Tags.member.1.Key": "team", "Tags.member.1.Value": value}
    transitive = session(world, dev, READER, TRANSITIVE)
    other = session(world, dev, READER, TAG)

    assert CONFLICT == assume(world, transitive, NEXT, again).refusal
    assert 200 == assume(world, transitive, NEXT).status
    assert 200 == assume(world, other, NEXT, again).status


@pytest.mark.parametrize(
    ("inherited", "action"),
    [
        (TRANSITIVE, "sts:TagSession"),
        ({"SourceIdentity": "dev"}, "sts:SetSourceIdentity"),
    ],
)
def test_detail_27_inherited(
    world: HttpWorld, dev: Keys, inherited: dict[str, str], action: str
) -> None:
    """What a session hands on has to be let in by the next role, though not named."""
    plain = session(world, dev, READER)
    marked = session(world, dev, READER, inherited)

    refused = assume(world, marked, UNTAGGED)

    assert DENIED == refused.refusal
    assert action in refused.text("Message")
    assert 200 == assume(world, marked, NEXT).status
    assert 200 == assume(world, plain, UNTAGGED).status


def test_detail_28_source_identity(world: HttpWorld, dev: Keys) -> None:
    """A source identity may be sent again, not changed, and is always answered."""
    marked = session(world, dev, READER, {"SourceIdentity": "dev"})

    same = assume(world, marked, NEXT, {"SourceIdentity": "dev"})
    other = assume(world, marked, NEXT, {"SourceIdentity": "eve"})
    silent = assume(world, marked, NEXT)

    assert (400, "ValidationError") == other.refusal
    for answer in (same, silent):
        assert "dev" == answer.text("SourceIdentity")


def test_detail_29_external_id(world: HttpWorld, dev: Keys) -> None:
    """An external id counts where it is asked for, and is never answered."""
    right = {"ExternalId": "e-42"}

    assert DENIED == assume(world, dev, AUDIT).refusal
    assert DENIED == assume(world, dev, AUDIT, {"ExternalId": "e-43"}).refusal
    for role in (AUDIT, READER):
        answer = assume(world, dev, role, right)
        assert 200 == answer.status
        assert b"e-42" not in answer.body


@pytest.mark.parametrize(
    ("role", "without_policy"),
    [(NAMED, None), (DELEGATING, DENIED), (ANYBODY, DENIED)],
)
def test_detail_30_trust(
    world: HttpWorld, dev: Keys, role: str, without_policy: tuple[int, str] | None
) -> None:
    """Trust in a name of one's own account suffices; in an account, or abroad, not."""
    eve = Keys.of(world, EVE)
    named = FILES[0].replace(trust(DEV), trust(EVE))

    assert 200 == assume(world, dev, role).status
    world.sts.declare(named, FILES[1])
    answer = assume(world, eve, role)

    assert without_policy == (None if answer.status == 200 else answer.refusal)


def test_detail_32_namesakes(world: HttpWorld, dev: Keys) -> None:
    """Who is made anew under an old name has none of the sessions of the old one."""
    of_role = session(world, dev, READER)
    of_user = Keys.issued(call(world, dev, "GetSessionToken"))
    for keys in (of_role, of_user):
        assert 200 == ask(world, signed(world, keys, IDENTITY)).status

    world.sts.declare(FILES[0])
    world.sts.declare(*WITHOUT_DEV)
    world.sts.declare(*FILES)

    for keys in (of_role, of_user):
        refusal = ask(world, signed(world, keys, IDENTITY)).refusal
        assert (403, "InvalidClientTokenId") == refusal
    namesake = Keys.of(world, DEV)
    assert 200 == ask(world, signed(world, namesake, IDENTITY)).status


def test_detail_32_trust_in_nobody(world: HttpWorld, dev: Keys) -> None:
    """Nobody is deleted whom a role still names, so that no namesake is trusted."""
    with pytest.raises(DirectoryInvalidError):
        world.sts.declare(*STILL_NAMED)

    assert 200 == assume(world, dev, NAMED).status


def test_detail_33_policies_of_live_sessions(world: HttpWorld, dev: Keys) -> None:
    """What a role may do holds for its sessions at once; whom it trusts, not."""
    reader = session(world, dev, READER)
    deny = READER_POLICY.replace("Effect: Allow", "Effect: Deny")
    assert READER_POLICY == f"policies: {{all: {allow('sts:*')}}}"

    world.sts.declare(
        FILES[0], PRODUCTION.replace(READER_TRUST, f"trust: {trust(EVE)}")
    )
    assert DENIED == assume(world, dev, READER).refusal
    assert 200 == assume(world, reader, NEXT).status
    world.sts.declare(FILES[0], PRODUCTION.replace(READER_POLICY, deny))
    assert DENIED == assume(world, reader, NEXT).refusal
    world.sts.declare(*FILES)
    assert 200 == assume(world, reader, NEXT).status


def test_detail_35_second_factors(world: HttpWorld, dev: Keys) -> None:
    """A code counts for a user's session, not for a role's; long-term keys have none."""
    code = {"SerialNumber": PHONE, "TokenCode": code_of(world, PHONE)}
    of_role = session(world, dev, VAULT, code)
    code["TokenCode"] = code_of(world, PHONE, steps=1)
    of_user = Keys.issued(call(world, dev, "GetSessionToken", **code))
    plain = Keys.issued(call(world, dev, "GetSessionToken"))

    assert DENIED == assume(world, of_role, INNER_VAULT).refusal
    assert 200 == assume(world, of_user, VAULT).status
    assert DENIED == assume(world, plain, VAULT).refusal
    # The key is there, true or false, but for long-term keys.
    assert 200 == assume(world, dev, NEVER_ASKED).status
    for keys in (of_user, plain):
        assert DENIED == assume(world, keys, NEVER_ASKED).refusal


def test_policy_and_arns_share_their_length(world: HttpWorld, dev: Keys) -> None:
    """An inline policy and the names of managed ones have one length together (24)."""
    arn = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"},
        }
    )
    longest = {"Policy": policy.ljust(2_048)}

    assert 200 == assume(world, dev, READER, longest).status
    both = assume(world, dev, READER, {**longest, "PolicyArns.member.1.arn": arn})
    assert 400 == both.status
