"""Attacks on parameters over HTTP, by number (attacks V22 to V28)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.http_client import (
    Keys,
    ask,
    signed,
    signed_body,
)
from support.http_organisation import DEV, READ_LOGS, READER, A
from support.http_world import HttpWorld
from support.properties import tries

IDENTITY = {"Action": "GetCallerIdentity"}
ASSUME = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "s1"}
MISMATCH = (403, "SignatureDoesNotMatch")
MALFORMED = (400, "MalformedInput")
INVALID = (400, "ValidationError")


@pytest.mark.parametrize(
    "name", ["<b>", "a&b", "]]>", "a\x00b", "a\x1bb", '"', "\ufffe"]
)
def test_v22_echoed_text(world: HttpWorld, dev: Keys, name: str) -> None:
    """What is sent back in an error is text there, and the answer can be read."""
    answer = ask(world, signed(world, dev, {**ASSUME, "RoleSessionName": name}))

    assert INVALID == answer.refusal
    assert ["Type", "Code", "Message"] == [
        each.tag.partition("}")[2] for each in answer.xml[0]
    ]


@pytest.fixture(scope="module")
def open_world() -> Iterator[HttpWorld]:
    """Yields one deployment for many requests."""
    with HttpWorld() as found:
        yield found


# Text of attackers, with pieces of what clients look for in an answer.
PIECES = st.lists(
    st.sampled_from(
        [
            *("<GetCallerIdentityResponse>", "<GetCallerIdentityResult>", "</Message>"),
            *("</Error>", "]]>", "<![CDATA[", "&lt;", "&#60;", "<?xml ", "<!--", "-->"),
            *('"GetCallerIdentityResponse":{', '"}', "\\", "\\u003c", "<Arn>", "%3C"),
        ]
    )
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    max_size=8,
).map("".join)


@pytest.mark.parametrize("accept", ["text/xml", "application/json"])
@tries(60)
@given(texts=st.lists(PIECES, min_size=3, max_size=3))
def test_v23_second_answer(
    open_world: HttpWorld, accept: str, texts: list[str]
) -> None:
    """Text of an attacker never reads as the answer to another question."""
    name, role, more = texts
    dev = Keys.of(open_world, DEV)
    asked = {**ASSUME, "RoleArn": role, "RoleSessionName": name, "Policy": more}
    unknown = {"Action": more, name: role}

    for parameters in (asked, unknown):
        answer = ask(
            open_world, signed(open_world, dev, parameters).plus(("Accept", accept))
        )

        assert 400 == answer.status
        if accept == "application/json":
            assert "GetCallerIdentityResponse" not in answer.json
        else:
            assert {
                "ErrorResponse",
                "Error",
                "Type",
                "Code",
                "Message",
                "RequestId",
            } >= {each.tag.partition("}")[2] for each in answer.xml.iter()}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"Tags.member.1000000000.Key": "a"}, MALFORMED),
        ({"Tags.member.0.Key": "a"}, MALFORMED),
        ({"Tags.member.-1.Key": "a"}, MALFORMED),
        ({"Tags.member.1.Key": "a", "Tags.member.01.Key": "b"}, MALFORMED),
        ({"Tags.member.2.Key": "a", "Tags.member.2.Value": "b"}, INVALID),
        ({"Tags.member.1.Key": "a"}, INVALID),
        ({"PolicyArns.member.1": READ_LOGS}, INVALID),
    ],
)
def test_v24_lists(
    world: HttpWorld,
    dev: Keys,
    parameters: dict[str, str],
    expected: tuple[int, str],
) -> None:
    """Lists with holes, doubles or members that nobody counts to are refused."""
    answer = ask(world, signed(world, dev, {**ASSUME, **parameters}))

    assert expected == answer.refusal


def test_v24_member_twice(world: HttpWorld, dev: Keys) -> None:
    """A member that is named twice is refused, not the first of them taken."""
    tag = ("Tags.member.1.Key", "a")

    answer = ask(world, signed(world, dev, [*ASSUME.items(), tag, tag]))
    assert MALFORMED == answer.refusal


def test_v25_tags(world: HttpWorld, dev: Keys) -> None:
    """Fifty tags pass, and one more does not."""
    for count, status in ((50, 200), (51, 400)):
        tags = {
            f"Tags.member.{number}.{part}": f"k{number}"
            for number in range(1, count + 1)
            for part in ("Key", "Value")
        }

        assert status == ask(world, signed(world, dev, {**ASSUME, **tags})).status


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ("899", INVALID),
        ("43201", INVALID),
        ("1_000", MALFORMED),
        (" 3600", MALFORMED),
        ("٣٦٠٠", MALFORMED),
        ("3600.0", MALFORMED),
        ("0x10", MALFORMED),
        ("1" + "0" * 400, MALFORMED),
        ("", MALFORMED),
    ],
)
def test_v26_durations(
    world: HttpWorld, dev: Keys, seconds: str, expected: tuple[int, str]
) -> None:
    """A duration is a number in ASCII digits, within its bounds."""
    answer = ask(world, signed(world, dev, {**ASSUME, "DurationSeconds": seconds}))

    assert expected == answer.refusal
    # SPEC: 0.2: nothing is said of a number that cannot be read, unless it is empty.
    assert (expected != MALFORMED or not seconds) is answer.has("Message")


def test_v26_plus(world: HttpWorld, dev: Keys) -> None:
    """A plus that is encoded is a sign; one that is not is a blank (detail 49)."""
    start = f"Action=AssumeRole&Version=2011-06-15&RoleArn={READER}&RoleSessionName=s1"

    encoded = signed_body(world, dev, f"{start}&DurationSeconds=%2B0900".encode())
    bare = signed_body(world, dev, f"{start}&DurationSeconds=+900".encode())

    assert 200 == ask(world, encoded).status
    assert MALFORMED == ask(world, bare).refusal


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::123456789012:role/*",
        "arn:aws:iam::123456789012:role/../x",
        "arn:aws-cn:iam::123456789012:role/service/Reader",
        "arn:aws:iam::\u0661\u0662\u0663456789012:role/Reader",
        "arn:aws:iam::1234567890123:role/Reader",
        "arn:aws:iam::123456789012:role/" + "a" * 2_048,
    ],
)
def test_v27_role_arns(world: HttpWorld, dev: Keys, arn: str) -> None:
    """A name that is no role's is refused, one way or the other."""
    answer = ask(world, signed(world, dev, {**ASSUME, "RoleArn": arn}))

    assert answer.refusal in {INVALID, (403, "AccessDenied")}


@pytest.mark.parametrize("identity", ["a", "aws:x", "a" * 65, "a b"])
def test_v28_source_identities(world: HttpWorld, dev: Keys, identity: str) -> None:
    """A source identity is a name, without the prefix of AWS."""
    answer = ask(world, signed(world, dev, {**ASSUME, "SourceIdentity": identity}))

    assert INVALID == answer.refusal


def test_order_of_processing(world: HttpWorld, dev: Keys) -> None:
    """Proof comes before parameters, and parameters before policies (spec 0.1)."""
    wrong = Keys(dev.access_key_id, "wrong")
    bad = {**ASSUME, "RoleSessionName": "a b", "DurationSeconds": "x"}
    denied = {**ASSUME, "RoleArn": f"arn:aws:iam::{A}:role/No", "RoleSessionName": "?"}

    assert MISMATCH == ask(world, signed(world, wrong, bad)).refusal
    assert MALFORMED == ask(world, signed(world, dev, bad)).refusal
    assert INVALID == ask(world, signed(world, dev, denied)).refusal
    details = [(each.operation, each.detail) for each in world.sts.audit.records]
    assert [
        ("Authenticate", "wrong_signature"),
        ("AssumeRole", "integer_form"),
        ("AssumeRole", "constraint_breach"),
    ] == details
