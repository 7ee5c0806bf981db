"""Details of proofs that imitators get wrong (spec section 7), each as raw HTTP.

What a detail says of a use case is tested there; here it is what a client sees.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from support.http_client import (
    Keys,
    ask,
    presigned,
    signed,
    unsigned,
)
from support.http_organisation import (
    ABSENT,
    AUDIT,
    CLOSED,
    DEV,
    READER,
    A,
)
from support.http_world import DoorOptions, HttpWorld

IDENTITY = {"Action": "GetCallerIdentity"}
ASSUME = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "s1"}
QUARTER = timedelta(minutes=15)
SECOND = timedelta(seconds=1)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _session(world: HttpWorld, dev: Keys, **parameters: str) -> Keys:
    return Keys.issued(ask(world, signed(world, dev, {**ASSUME, **parameters})))


def test_detail_3_expired_session(world: HttpWorld, dev: Keys) -> None:
    """A caller whose session is over is told `ExpiredToken`, 403."""
    session = _session(world, dev, DurationSeconds="900")

    world.advance(timedelta(seconds=901))

    answer = ask(world, signed(world, session, IDENTITY))
    assert (403, "ExpiredToken") == answer.refusal


def test_detail_4_temporary_key_without_token(world: HttpWorld, dev: Keys) -> None:
    """A temporary key needs its own token, which is decided before the signature."""
    session, other = _session(world, dev), _session(world, dev, SourceIdentity="x1")
    for token in (None, other.session_token, f"{session.session_token}x", "a.b.c"):
        keys = Keys(session.access_key_id, "wrong", token)

        answer = ask(world, signed(world, keys, IDENTITY))
        assert (403, "InvalidClientTokenId") == answer.refusal


def test_detail_5_codes_of_proofs(world: HttpWorld, dev: Keys) -> None:
    """A wrong secret, an unknown key and no proof have three codes and one status."""
    wrong = Keys(dev.access_key_id, "x" * 40)
    unknown = Keys("AKIAQAAAAAAAAAAAAAAA", dev.secret_access_key)

    found = [
        ask(world, signed(world, wrong, IDENTITY)).refusal,
        ask(world, signed(world, unknown, IDENTITY)).refusal,
        ask(world, unsigned(world, IDENTITY)).refusal,
    ]

    assert [
        (403, "SignatureDoesNotMatch"),
        (403, "InvalidClientTokenId"),
        (403, "MissingAuthenticationToken"),
    ] == found


@pytest.mark.parametrize("direction", [-1, 1])
def test_detail_6_skew(world: HttpWorld, dev: Keys, direction: int) -> None:
    """Exactly fifteen minutes are near enough, a second more is not."""
    now = world.clock.now()
    edge = signed(world, dev, IDENTITY, at=now + direction * QUARTER)
    past = signed(world, dev, IDENTITY, at=now + direction * (QUARTER + SECOND))

    assert 200 == ask(world, edge).status
    answer = ask(world, past)
    assert (403, "SignatureDoesNotMatch") == answer.refusal
    begin = "Signature expired:" if direction < 0 else "Signature not yet current:"
    assert answer.text("Message").startswith(begin)


def test_detail_7_wrong_scope_names_all() -> None:
    """A wrong region and a wrong service are told in one error."""
    with HttpWorld(_only_region("eu-west-1")) as world:
        dev = Keys.of(world, DEV)
        call = signed(world, dev, IDENTITY, region="us-east-1", service="s3")

        answer = ask(world, call)

        assert (403, "SignatureDoesNotMatch") == answer.refusal
        assert "Credential should be scoped to a valid region" in answer.text("Message")
        assert "to correct service: 'sts'" in answer.text("Message")


def test_wildcard_region(world: HttpWorld, dev: Keys) -> None:
    """Where no region is set, a signature may name any."""
    for region in ("us-east-1", "eu-nowhere-9", "home"):
        assert 200 == ask(world, signed(world, dev, IDENTITY, region=region)).status


def test_detail_8_unsigned_amz_header(world: HttpWorld, dev: Keys) -> None:
    """A header of AWS that is there and not signed is refused."""
    call = signed(world, dev, IDENTITY).plus(("X-Amz-Extra", "1"))

    assert (403, "SignatureDoesNotMatch") == ask(world, call).refusal


def test_detail_9_host_with_port(world: HttpWorld, dev: Keys) -> None:
    """The host is signed with its port; another one is another request."""
    good = signed(world, dev, IDENTITY)
    without = good.having("Host", "127.0.0.1")

    assert 200 == ask(world, good).status
    assert (403, "SignatureDoesNotMatch") == ask(world, without).refusal


def test_detail_10_presigned_is_sorted_anew(world: HttpWorld, dev: Keys) -> None:
    """A presigned query is good in any order, over the hash of nothing."""
    call = presigned(world, dev, IDENTITY)
    parts = call.target.removeprefix("/?").split("&")

    answer = ask(world, call.but(target="/?" + "&".join(reversed(parts))))

    assert (200, A) == (answer.status, answer.text("Account"))


@pytest.mark.parametrize(
    ("age", "status"),
    [(timedelta(minutes=14), 200), (QUARTER, 200), (QUARTER + SECOND, 403)],
)
def test_detail_11_presigned_identity(
    world: HttpWorld, dev: Keys, age: timedelta, status: int
) -> None:
    """A presigned GetCallerIdentity is good for a quarter of an hour, said or not."""
    call = presigned(world, dev, IDENTITY, at=world.clock.now() - age, expires=60)

    assert status == ask(world, call).status


def test_other_presigned_requests_expire(world: HttpWorld, dev: Keys) -> None:
    """Any other presigned request is good for as long as it says, at most as long."""
    now = world.clock.now()
    for expires, age, status in (
        (60, timedelta(seconds=60), 200),
        (60, timedelta(seconds=61), 403),
        (3600, QUARTER, 200),
        (3600, QUARTER + SECOND, 403),
    ):
        call = presigned(world, dev, ASSUME, at=now - age, expires=expires)

        assert status == ask(world, call).status


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_presigned_methods(world: HttpWorld, dev: Keys, method: str) -> None:
    """A presigned request may be a GET or a POST without a body."""
    assert 200 == ask(world, presigned(world, dev, IDENTITY, method=method)).status


def test_detail_12_json(world: HttpWorld, dev: Keys) -> None:
    """JSON is for who asks, with times as numbers; XML has them as text (12, 54)."""
    as_json = ask(
        world, signed(world, dev, ASSUME).plus(("Accept", "application/json"))
    )
    as_xml = ask(world, signed(world, dev, ASSUME))

    assert "application/json" == as_json.headers["content-type"]
    result = as_json.json["AssumeRoleResponse"]["AssumeRoleResult"]
    expires = world.clock.now() + timedelta(hours=1)
    assert int(expires.timestamp()) == result["Credentials"]["Expiration"]
    assert f"{expires:%Y-%m-%dT%H:%M:%SZ}" == as_xml.text("Expiration")
    assert "text/xml" == as_xml.headers["content-type"]


@pytest.mark.parametrize(
    "operation", ["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"]
)
def test_detail_13_signature_is_ignored(world: HttpWorld, operation: str) -> None:
    """Where the request is the proof, a signature changes nothing, garbage neither."""
    call = unsigned(world, {"Action": operation})

    plain = ask(world, call).refusal
    garbage = ask(world, call.plus(("Authorization", "AWS4-HMAC-SHA256 x"))).refusal

    assert plain == garbage
    assert 400 == plain[0]


def test_detail_14_denials_look_alike(world: HttpWorld, dev: Keys) -> None:
    """A role that is absent and one that denies are told alike."""
    bodies = {
        ask(world, signed(world, dev, {**ASSUME, "RoleArn": role}))
        .body.replace(role.encode(), b"ROLE")
        .partition(b"<RequestId>")[0]
        for role in (ABSENT, CLOSED, AUDIT)
    }

    assert 1 == len(bodies)
    assert b"AccessDenied" in bodies.pop()


def _only_region(region: str) -> DoorOptions:
    return DoorOptions(regions=(region,))
