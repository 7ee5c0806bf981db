"""boto3, unmodified, against the HTTP door: parameters, refusals and clocks.

That each operation succeeds is in `test_every_operation`.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from daypass.core.revocation import Revocation, RevocationScope
from support.aws_clients import keys_in, refusal, sts
from support.http_client import Keys, ask, signed
from support.http_organisation import (
    AUDIT,
    DEV,
    READ_LOGS,
    READER,
    A,
    B,
)
from support.http_world import HttpWorld
from support.surroundings import Surroundings

pytestmark = pytest.mark.usefixtures("around")
POLICY = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",'
    '"Resource":"arn:aws:s3:::b/<k>&é"}]}'
)


@pytest.fixture
def client(world: HttpWorld, dev: Keys, around: Surroundings) -> Any:
    """Returns a client with the keys of a user."""
    del around
    return sts(world, dev)


def _refusal(call: Any, **parameters: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return refusal(caught.value)


def test_get_caller_identity(client: Any) -> None:
    """GetCallerIdentity tells who called, with an id of the request."""
    found = client.get_caller_identity()

    assert (DEV, A) == (found["Arn"], found["Account"])
    assert found["UserId"].startswith("AIDA")
    metadata = found["ResponseMetadata"]
    assert metadata["RequestId"] == metadata["HTTPHeaders"]["x-amzn-requestid"]


def test_assume_role_with_everything(client: Any, world: HttpWorld) -> None:
    """AssumeRole takes each of its parameters, and its credentials work."""
    found = client.assume_role(
        RoleArn=READER,
        RoleSessionName="a+b=c,d.e@f-g",
        DurationSeconds=900,
        Policy=POLICY,
        PolicyArns=[{"arn": READ_LOGS}],
        Tags=[
            {"Key": "Stra\u00dfe", "Value": "\u4e00 a=b+c@d:/"},
            {"Key": "b", "Value": ""},
        ],
        TransitiveTagKeys=["b"],
        ExternalId="x:1/2",
        SourceIdentity="alice",
    )

    assert timedelta(0) == (
        found["Credentials"]["Expiration"]
        - world.clock.now().replace(microsecond=0)
        - timedelta(seconds=900)
    )
    assert "alice" == found["SourceIdentity"]
    assert found["PackedPolicySize"] >= 1
    arn = f"arn:aws:sts::{B}:assumed-role/Reader/a+b=c,d.e@f-g"
    assert arn == found["AssumedRoleUser"]["Arn"]
    session = sts(world, keys_in(found["Credentials"]))
    assert arn == session.get_caller_identity()["Arn"]


def test_external_id(client: Any) -> None:
    """A role that asks for an external id is assumed with it alone."""
    asked = {"RoleArn": AUDIT, "RoleSessionName": "s1"}

    assert (403, "AccessDenied") == _refusal(client.assume_role, **asked)
    assert client.assume_role(**asked, ExternalId="e-42")["Credentials"]


@pytest.mark.parametrize(
    "call",
    [
        ("assume_role_with_saml", {"PrincipalArn": READER, "SAMLAssertion": "abcd"}),
        ("assume_role_with_web_identity", {"WebIdentityToken": "abcd"}),
    ],
)
def test_operations_without_signature(
    client: Any, call: tuple[str, dict[str, str]]
) -> None:
    """boto3 signs no federated operation, and is told something of its proof."""
    name, parameters = call
    if name.endswith("web_identity"):
        parameters = {**parameters, "RoleSessionName": "s1"}

    status, code = _refusal(getattr(client, name), RoleArn=READER, **parameters)

    assert 400 == status
    assert code in {"InvalidAction", "InvalidIdentityToken", "ValidationError"}


def test_wrong_secret(world: HttpWorld, dev: Keys) -> None:
    """A wrong secret is a signature that does not match."""
    client = sts(world, Keys(dev.access_key_id, "wrong"))

    found = _refusal(client.get_caller_identity)
    assert (403, "SignatureDoesNotMatch") == found


def test_expired_session(client: Any, world: HttpWorld) -> None:
    """A session that is over is told so."""
    found = client.get_session_token(DurationSeconds=900)
    # A minute at most is between the clocks of the client and of the server then.
    session = sts(world, keys_in(found["Credentials"]))
    world.clock.step(timedelta(seconds=899))
    assert DEV == session.get_caller_identity()["Arn"]

    world.clock.step(timedelta(seconds=1))

    # The client has learned the time from the first answer's `Date`.
    assert (403, "ExpiredToken") == _refusal(session.get_caller_identity)


def test_revoked_session(client: Any, world: HttpWorld) -> None:
    """A session that is revoked is not known any longer (attacks V14)."""
    found = client.assume_role(RoleArn=READER, RoleSessionName="s1")
    session = sts(world, keys_in(found["Credentials"]))
    subject = found["Credentials"]["AccessKeyId"]
    now = world.clock.now()
    revocation = Revocation(
        RevocationScope.SESSION, subject, now, now + timedelta(days=3)
    )

    world.run(world.sts.log.append(revocation))
    world.advance(timedelta(0))

    found = _refusal(session.get_caller_identity)
    assert (403, "InvalidClientTokenId") == found


@pytest.mark.parametrize("hours", [-7, 7])
def test_clock_of_client_is_corrected(
    client: Any, world: HttpWorld, dev: Keys, hours: int
) -> None:
    """A client whose clock is hours off is told the time, and signs by that.

    boto3 itself does not do the second half; the SDKs of other languages do.
    """
    world.clock.step(timedelta(hours=hours))

    with pytest.raises(ClientError) as caught:
        client.get_caller_identity()
    assert (403, "SignatureDoesNotMatch") == refusal(caught.value)
    date = caught.value.response["ResponseMetadata"]["HTTPHeaders"]["date"]
    now = parsedate_to_datetime(date)
    call = signed(world, dev, {"Action": "GetCallerIdentity"}, at=now)

    assert world.clock.now().replace(microsecond=0) == now
    assert 200 == ask(world, call).status


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"RoleArn": READER, "RoleSessionName": "a b"}, "ValidationError"),
        ({"RoleArn": "x" * 20, "RoleSessionName": "s1"}, "ValidationError"),
        (
            {"RoleArn": READER, "RoleSessionName": "s1", "DurationSeconds": 43_201},
            "ValidationError",
        ),
        (
            {"RoleArn": READER, "RoleSessionName": "s1", "Policy": "{"},
            "MalformedPolicyDocument",
        ),
        (
            {"RoleArn": READER, "RoleSessionName": "s1", "SerialNumber": "a" * 9},
            "ValidationError",
        ),
    ],
)
def test_bad_parameters(client: Any, parameters: dict[str, Any], code: str) -> None:
    """What is wrong with parameters has the code of AWS."""
    assert (400, code) == _refusal(client.assume_role, **parameters)


def test_too_large_policy_and_tags(client: Any) -> None:
    """Tags that do not fit into a token are told as such (attacks V25)."""
    tags = [{"Key": f"k{number}", "Value": _varied(number)} for number in range(50)]

    found = _refusal(
        client.assume_role, RoleArn=READER, RoleSessionName="s1", Tags=tags
    )

    assert (400, "PackedPolicyTooLarge") == found


def _varied(number: int) -> str:
    """Returns a long text that packs badly."""
    return "".join(chr(0x4E00 + (number * 257 + i * 31) % 20_000) for i in range(256))
