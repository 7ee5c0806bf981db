"""Attacks on proofs over HTTP, by number (attacks V02 to V19)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from support.http_client import (
    HttpCall,
    Keys,
    ask,
    exchange,
    presigned,
    signed,
    signed_body,
    unsigned,
)
from support.http_organisation import DEV, FILES, READER
from support.http_world import HttpWorld

IDENTITY = {"Action": "GetCallerIdentity"}
ASSUME = {"Action": "AssumeRole", "RoleArn": READER, "RoleSessionName": "s1"}
MISMATCH = (403, "SignatureDoesNotMatch")
INCOMPLETE = (400, "IncompleteSignature")
MISSING = (403, "MissingAuthenticationToken")
UNKNOWN = (403, "InvalidClientTokenId")
MALFORMED = (400, "MalformedInput")
INVALID = (400, "ValidationError")


def _authorization(call: HttpCall, old: str, new: str) -> HttpCall:
    value = call.header("Authorization")
    assert old in value
    return call.having("Authorization", value.replace(old, new))


def test_v01_sent_again(world: HttpWorld, dev: Keys) -> None:
    """A call that is sent a hundred times is issued one session."""
    raw = signed(world, dev, ASSUME).raw()

    answers = [exchange(world, raw, answers=1)[0] for _ in range(100)]

    assert 1 == len({answer.text("AccessKeyId") for answer in answers})
    assert 1 == len({answer.text("SessionToken") for answer in answers})
    assert 100 == len({answer.text("RequestId") for answer in answers})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (timedelta(minutes=-15, seconds=-1), MISMATCH),
        (timedelta(minutes=15, seconds=1), MISMATCH),
        (timedelta(days=3650), MISMATCH),
        (datetime(1970, 1, 1, tzinfo=UTC), MISMATCH),
    ],
)
def test_v02_times(
    world: HttpWorld,
    dev: Keys,
    at: timedelta | datetime,
    expected: tuple[int, str],
) -> None:
    """A signature of another time is refused."""
    moment = at if isinstance(at, datetime) else world.clock.now() + at

    answer = ask(world, signed(world, dev, IDENTITY, at=moment))
    assert expected == answer.refusal


def test_v03_dates_disagree(world: HttpWorld, dev: Keys) -> None:
    """The date of the scope is that of the signature."""
    call = signed(world, dev, IDENTITY)
    today = f"{world.clock.now():%Y%m%d}"
    other = f"{world.clock.now() - timedelta(days=1):%Y%m%d}"

    answer = ask(world, _authorization(call, f"/{today}/", f"/{other}/"))
    assert MISMATCH == answer.refusal


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("/sts/", "/iam/", MISMATCH),
        ("/sts/", "/STS/", MISMATCH),
        ("/aws4_request", "/aws4_reques", MISMATCH),
        ("/aws4_request", "/AWS4_REQUEST", MISMATCH),
        ("/aws4_request", "", INCOMPLETE),
        ("/aws4_request", "/aws4_request/x", INCOMPLETE),
        ("/us-east-1/", "/eu-west-1/", MISMATCH),
    ],
)
def test_v04_scopes(
    world: HttpWorld, dev: Keys, old: str, new: str, expected: tuple[int, str]
) -> None:
    """A scope that was not signed, or is no scope, is refused."""
    call = signed(world, dev, IDENTITY)

    assert expected == ask(world, _authorization(call, old, new)).refusal


@pytest.mark.parametrize("missing", ["host;", "x-amz-date", "content-type;"])
def test_v05_headers_not_signed(world: HttpWorld, dev: Keys, missing: str) -> None:
    """A header that has to be signed and is not listed is refused."""
    call = _authorization(signed(world, dev, IDENTITY), missing, "")

    assert ask(world, call).refusal in {MISMATCH, INCOMPLETE}


def test_v08_action_twice(world: HttpWorld, dev: Keys) -> None:
    """An action that stands twice or in other letters is refused."""
    for name in ("Action", "action", "ACTION"):
        call = signed(world, dev, [*IDENTITY.items(), (name, "AssumeRole")])

        assert MALFORMED == ask(world, call).refusal


@pytest.mark.parametrize(
    "body",
    [
        b"Action=GetCallerIdentity;Version=2011-06-15",
        b"Action=GetCallerIdentity&Version=2011-06-15&X=%u0041",
        b"Action=GetCallerIdentity&Version=2011-06-15&X=%c0%af",
        b"Action=GetCallerIdentity&Version=2011-06-15&X=%zz",
        b"Action=GetCallerIdentity&Version=2011-06-15&X=\xff",
    ],
)
def test_v10_bodies(world: HttpWorld, dev: Keys, body: bytes) -> None:
    """A body that can be read in two ways is refused, well signed or not."""
    assert MALFORMED == ask(world, signed_body(world, dev, body)).refusal


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("UNSIGNED-PAYLOAD", INCOMPLETE),
        ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", INCOMPLETE),
        ("STREAMING-UNSIGNED-PAYLOAD-TRAILER", INCOMPLETE),
        ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", MISMATCH),
        ("E3B0C442", INCOMPLETE),
    ],
)
def test_v12_payload_hashes(
    world: HttpWorld, dev: Keys, value: str, expected: tuple[int, str]
) -> None:
    """The body is always hashed, whatever is said of it, also where that is signed."""
    header = ("X-Amz-Content-Sha256", value)

    answer = ask(world, signed(world, dev, IDENTITY, headers=[header]))
    assert expected == answer.refusal


@pytest.mark.parametrize("expires", ["0", "-1", "604801", "1e3", ""])
def test_v13_expires(world: HttpWorld, dev: Keys, expires: str) -> None:
    """What a presigned request says of its end has a form and a bound."""
    call = presigned(world, dev, ASSUME)
    target = call.target.replace("X-Amz-Expires=60", f"X-Amz-Expires={expires}")

    assert INCOMPLETE == ask(world, call.but(target=target)).refusal


def test_v13_expires_missing(world: HttpWorld, dev: Keys) -> None:
    """It may say nothing of it for GetCallerIdentity alone."""
    found = {}
    for parameters in (IDENTITY, ASSUME):
        call = presigned(world, dev, parameters)
        target = call.target.replace("&X-Amz-Expires=60", "")
        found[parameters["Action"]] = ask(world, call.but(target=target)).refusal

    # NOTE: the parameter was signed, so that leaving it out is found at the end.
    assert {"GetCallerIdentity": MISMATCH, "AssumeRole": INCOMPLETE} == found


def test_v13_two_forms(world: HttpWorld, dev: Keys) -> None:
    """A header and a query are two proofs, and so is a signature that stands twice."""
    call = presigned(world, dev, IDENTITY)
    header = ("Authorization", signed(world, dev, IDENTITY).header("Authorization"))
    twice = call.but(target=f"{call.target}&X-Amz-Signature={'0' * 64}")

    assert INCOMPLETE == ask(world, call.plus(header)).refusal
    assert INCOMPLETE == ask(world, twice).refusal


def test_v14_tokens(world: HttpWorld, dev: Keys) -> None:
    """A token is bound to its key, and has to be signed."""
    session = Keys.issued(ask(world, signed(world, dev, ASSUME)))
    good = signed(world, session, IDENTITY)
    bare = Keys(session.access_key_id, session.secret_access_key)
    unsigned_token = signed(world, bare, IDENTITY).plus(
        ("X-Amz-Security-Token", session.session_token or "")
    )
    cut = Keys(
        session.access_key_id,
        session.secret_access_key,
        (session.session_token or "")[:-1],
    )

    assert 200 == ask(world, good).status
    assert MISMATCH == ask(world, unsigned_token).refusal
    assert UNKNOWN == ask(world, signed(world, cut, IDENTITY)).refusal
    assert UNKNOWN == ask(world, signed(world, bare, IDENTITY)).refusal


@pytest.mark.parametrize(
    "bend",
    [
        str.upper,
        lambda text: text[:-1],
        lambda text: text + "0",
        lambda _: "",
        lambda text: "\xe9" + text[1:],
        lambda _: "g" * 64,
    ],
)
def test_v16_signature_forms(world: HttpWorld, dev: Keys, bend: object) -> None:
    """A signature has one form; another is incomplete and never a fault of ours."""
    assert callable(bend)
    call = signed(world, dev, IDENTITY)
    signature = call.header("Authorization").rpartition("Signature=")[2]

    answer = ask(world, _authorization(call, signature, bend(signature)))
    assert INCOMPLETE == answer.refusal


def test_v17_rotated_secret(world: HttpWorld, dev: Keys) -> None:
    """A secret that was rotated signs nothing from that moment on."""
    call = signed(world, dev, IDENTITY)
    assert 200 == ask(world, call).status

    world.sts.declare(FILES[0].replace("dev.secret", "new.secret"), *FILES[1:])

    assert MISMATCH == ask(world, call).refusal
    new = Keys.of(world, DEV)
    assert dev.access_key_id == new.access_key_id
    assert 200 == ask(world, signed(world, new, IDENTITY)).status


def test_v18_key_that_is_gone(world: HttpWorld, dev: Keys) -> None:
    """A key that was deleted while in use is unknown from that moment on."""
    call = signed(world, dev, IDENTITY)
    assert 200 == ask(world, call).status

    gone = FILES[0].replace(
        "{file: dev.secret}", "{file: dev.secret}, status: Inactive"
    )
    world.sts.declare(gone, *FILES[1:])

    assert UNKNOWN == ask(world, call).refusal


@pytest.mark.parametrize(
    "scheme",
    [
        "AWS AKIA:abc=",
        "AWS4-ECDSA-P256-SHA256 Credential=a",
        "AWS4-HMAC-SHA1 Credential=a",
        "Basic YTpi",
        "Bearer a.b.c",
        "aws4-hmac-sha256 Credential=a",
    ],
)
def test_v19_other_schemes(world: HttpWorld, scheme: str) -> None:
    """A proof of another kind counts as none."""
    call = unsigned(world, IDENTITY).plus(("Authorization", scheme))

    assert MISSING == ask(world, call).refusal
