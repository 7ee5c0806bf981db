"""Details of parameters and answers that imitators get wrong (spec section 7)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from support.http_client import (
    Keys,
    ask,
    get,
    signed,
    signed_body,
    unsigned,
)
from support.http_organisation import (
    ANN,
    AUDIT,
    CLOSED,
    DENIED,
    NEXT,
    READ_LOGS,
    READER,
    ROOT,
    TASK,
    A,
    B,
)
from support.http_world import HttpWorld

IDENTITY = {"Action": "GetCallerIdentity"}
ASSUME = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "s1"}
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _session(world: HttpWorld, dev: Keys, **parameters: str) -> Keys:
    return Keys.issued(ask(world, signed(world, dev, {**ASSUME, **parameters})))


@pytest.mark.parametrize(
    ("role", "seconds", "fragment"),
    [
        (READER, "43201", "less than or equal to 43200"),
        (AUDIT, "7200", "exceeds the MaxSessionDuration set for this role"),
    ],
)
def test_detail_15_durations(
    world: HttpWorld, dev: Keys, role: str, seconds: str, fragment: str
) -> None:
    """A duration that is too long is refused by the bound that it breaks."""
    parameters = {
        **ASSUME,
        "RoleArn": role,
        "DurationSeconds": seconds,
        "ExternalId": "e-42",
    }

    answer = ask(world, signed(world, dev, parameters))

    assert (400, "ValidationError") == answer.refusal
    assert fragment in answer.text("Message")


@pytest.mark.parametrize(("seconds", "good"), [("3600", True), ("3601", False)])
def test_detail_15_chained(
    world: HttpWorld, dev: Keys, seconds: str, *, good: bool
) -> None:
    """A chained session lasts an hour, and a second more is refused."""
    session = _session(world, dev)
    parameters = {**ASSUME, "RoleArn": NEXT, "DurationSeconds": seconds}

    answer = ask(world, signed(world, session, parameters))

    assert good is (answer.status == 200)
    if not good:
        limit = "exceeds the 1 hour session limit for roles assumed by role chaining"
        assert limit in answer.text("Message")


@pytest.mark.parametrize(
    ("parameters", "seconds"),
    [
        (ASSUME, 3600),
        ({"Action": "GetSessionToken"}, 43_200),
        ({"Action": "GetFederationToken", "Name": "guest"}, 43_200),
    ],
)
def test_detail_16_default_durations(
    world: HttpWorld, dev: Keys, parameters: dict[str, str], seconds: int
) -> None:
    """What names no duration gets that of the operation."""
    answer = ask(world, signed(world, dev, parameters))

    end = world.clock.now() + timedelta(seconds=seconds)
    assert f"{end:%Y-%m-%dT%H:%M:%SZ}" == answer.text("Expiration")


def test_detail_18_root_assumes_no_role(world: HttpWorld) -> None:
    """A root user assumes no role, and is told so in words that clients know."""
    answer = ask(world, signed(world, Keys.of(world, ROOT), ASSUME))

    assert (403, "AccessDenied") == answer.refusal
    assert "Roles may not be assumed by root accounts" in answer.text("Message")


@pytest.mark.parametrize("operation", ["GetSessionToken", "GetFederationToken"])
def test_detail_19_session_begets_none(
    world: HttpWorld, dev: Keys, operation: str
) -> None:
    """A role session asks for no session of a user, whatever its policy."""
    session = _session(world, dev)

    answer = ask(world, signed(world, session, {"Action": operation, "Name": "guest"}))

    assert (403, "AccessDenied") == answer.refusal
    text = f"Cannot call {operation} with session credentials"
    assert text == answer.text("Message")


def test_detail_20_identity_cannot_be_denied(world: HttpWorld) -> None:
    """GetCallerIdentity succeeds under a deny of everything."""
    denied = Keys.of(world, DENIED)

    assert DENIED == ask(world, signed(world, denied, IDENTITY)).text("Arn")


def test_detail_23_packed_size_missing(world: HttpWorld, dev: Keys) -> None:
    """Without policies and tags there is no packed size; with them there is one."""
    plain = ask(world, signed(world, dev, ASSUME))
    tags = {"Tags.member.1.Key": "Team", "Tags.member.1.Value": "red"}
    tagged = ask(world, signed(world, dev, {**ASSUME, **tags}))

    assert not plain.has("PackedPolicySize")
    assert int(tagged.text("PackedPolicySize")) >= 1


@pytest.mark.parametrize(("extra", "status"), [(0, 200), (1, 400)])
def test_detail_24_policy_length(
    world: HttpWorld, dev: Keys, extra: int, status: int
) -> None:
    """An inline policy of 2,048 characters passes, and one of 2,049 does not."""
    statement = '{"Effect":"Allow","Action":"s3:*","Resource":"*"}'
    policy = f'{{"Version":"2012-10-17","Statement":[{statement}]}}'
    policy = policy.ljust(2_048 + extra)

    assert status == ask(world, signed(world, dev, {**ASSUME, "Policy": policy})).status


@pytest.mark.parametrize(("count", "status"), [(10, 200), (11, 400)])
def test_detail_24_policy_arns(
    world: HttpWorld, dev: Keys, count: int, status: int
) -> None:
    """Ten managed policies pass, and eleven do not."""
    arns = {f"PolicyArns.member.{n}.arn": READ_LOGS for n in range(1, count + 1)}

    assert status == ask(world, signed(world, dev, {**ASSUME, **arns})).status


def test_detail_25_tags_that_differ_in_case(world: HttpWorld, dev: Keys) -> None:
    """Keys that differ in case alone are a conflict, with a code of its own."""
    tags = {
        "Tags.member.1.Key": "Team",
        "Tags.member.1.Value": "a",
        "Tags.member.2.Key": "team",
        "Tags.member.2.Value": "b",
    }

    answer = ask(world, signed(world, dev, {**ASSUME, **tags}))

    assert (400, "InvalidParameterValue") == answer.refusal


def test_detail_44_assume_root(world: HttpWorld) -> None:
    """AssumeRoot takes a structure for its policy, and names no assumed user."""
    ann = Keys.of(world, ANN)
    target = {"Action": "AssumeRoot", "TargetPrincipal": B}
    good = {**target, "TaskPolicyArn.arn": TASK}
    other = {**target, "PolicyArns.arn": TASK}
    long = {**good, "DurationSeconds": "901"}

    answer = ask(world, signed(world, ann, good))

    assert 200 == answer.status
    assert not answer.has("AssumedRoleUser")
    assert (400, "ValidationError") == ask(world, signed(world, ann, other)).refusal
    assert (400, "ValidationError") == ask(world, signed(world, ann, long)).refusal


@pytest.mark.parametrize("accept", ["text/xml", "application/json"])
def test_detail_45_account_keeps_its_zero(
    world: HttpWorld, dev: Keys, accept: str
) -> None:
    """An account number is twelve digits of text, in XML and in JSON."""
    answer = ask(world, signed(world, dev, IDENTITY).plus(("Accept", accept)))

    quoted = b'"%s"' if accept.endswith("json") else b">%s<"
    assert quoted % A.encode() in answer.body
    assert A.startswith("0")


def test_detail_46_old_keys_are_not_decoded(world: HttpWorld, dev: Keys) -> None:
    """A key of either kind tells its account, and one of the old style does not."""
    asked = {"Action": "GetAccessKeyInfo", "AccessKeyId": "ASIAQNZGKIQY56JQ7WML"}
    own = {**asked, "AccessKeyId": dev.access_key_id}
    old = {**asked, "AccessKeyId": "AKIAIOSFODNN7EXAMPLE"}

    assert dev.access_key_id.startswith("AKIA")
    for each in (asked, own):
        assert A == ask(world, signed(world, dev, each)).text("Account")
    assert (400, "ValidationError") == ask(world, signed(world, dev, old)).refusal


def test_detail_47_decoded_message(world: HttpWorld, dev: Keys) -> None:
    """A denial comes with a sealed message, which opens as JSON in a text."""
    denied = ask(world, signed(world, dev, {**ASSUME, "RoleArn": CLOSED}))
    sealed = denied.headers["x-daypass-encoded-authorization-message"]
    opening = {"Action": "DecodeAuthorizationMessage", "EncodedMessage": sealed}

    answer = ask(world, signed(world, dev, opening))

    text = answer.text("DecodedMessage")
    assert text.startswith('{"allowed":false')
    assert not answer.xml.xpath("//*[local-name() = 'DecodedMessage']/*")


def test_detail_48_first_parameter_counts(world: HttpWorld, dev: Keys) -> None:
    """The first of two equal parameters counts, and unknown ones do not matter."""
    pairs = [*ASSUME.items(), ("RoleSessionName", "s2"), ("Nonsense", "1")]

    answer = ask(world, signed(world, dev, pairs))

    assert answer.text("Arn").endswith("/s1")


def test_detail_48_lists(world: HttpWorld, dev: Keys) -> None:
    """A bare `Tags=` is an empty list, and members are sorted by number."""
    empty = {**ASSUME, "Tags": "", "PolicyArns": "", "TransitiveTagKeys": ""}
    many = {
        f"Tags.member.{number}.{part}": f"k{number}"
        for number in (10, 9, *range(1, 9))
        for part in ("Key", "Value")
    }

    assert 200 == ask(world, signed(world, dev, empty)).status
    assert 200 == ask(world, signed(world, dev, {**ASSUME, **many})).status


def test_detail_49_plus_and_blank(world: HttpWorld, dev: Keys) -> None:
    """A plus in a body is a blank, and a session name with a plus is `%2B`."""
    start = f"Action=AssumeRole&Version=2011-06-15&RoleArn={READER}&RoleSessionName="

    plus = ask(world, signed_body(world, dev, f"{start}a%2Bb".encode()))
    blank = ask(world, signed_body(world, dev, f"{start}a+b".encode()))

    assert plus.text("Arn").endswith("/a+b")
    assert (400, "ValidationError") == blank.refusal
    assert "'a b'" in blank.text("Message")


def test_detail_50_request_ids(world: HttpWorld, dev: Keys) -> None:
    """Header and body have one id, on success and on error."""
    for call in (signed(world, dev, IDENTITY), unsigned(world, IDENTITY)):
        answer = ask(world, call)

        assert UUID.fullmatch(answer.text("RequestId"))
        assert answer.headers["x-amzn-requestid"] == answer.text("RequestId")
    parent = ask(world, unsigned(world, IDENTITY)).xml
    assert ["Error", "RequestId"] == [each.tag.partition("}")[2] for each in parent]


def test_detail_51_unknown_action(world: HttpWorld, dev: Keys) -> None:
    """An unknown operation is a fault of the client's, found before its signature."""
    for call in (
        signed(world, dev, {"Action": "Nope"}),
        unsigned(world, {"Action": "Nope"}),
        signed(world, dev, {**IDENTITY, "Version": "2020-01-01"}),
    ):
        assert (400, "InvalidAction") == ask(world, call).refusal
    assert (400, "MissingAction") == ask(world, get(world, "/")).refusal


@pytest.mark.parametrize("name", ["session\n", "séance", "a/b", "s" * 65, "s", "a b"])
def test_detail_61_session_names(world: HttpWorld, dev: Keys, name: str) -> None:
    """A session name is matched whole and in ASCII."""
    answer = ask(world, signed(world, dev, {**ASSUME, "RoleSessionName": name}))

    assert (400, "ValidationError") == answer.refusal


def test_detail_62_session_names_repeat(world: HttpWorld, dev: Keys) -> None:
    """Two sessions of one name are two sessions."""
    first = _session(world, dev)
    world.advance(SECOND)
    second = _session(world, dev)

    assert first.access_key_id != second.access_key_id
    for session in (first, second):
        assert 200 == ask(world, signed(world, session, IDENTITY)).status
