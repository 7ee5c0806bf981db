"""The AWS SDK for JavaScript, unmodified: it forgives other things than botocore.

It reads XML by a parser of its own, and takes the account out of the session's ARN.
"""

from __future__ import annotations

from datetime import datetime

from support.http_client import Keys
from support.http_organisation import ABSENT, DEV, READER, VISITORS, WEB_PROVIDER, A, B
from support.http_world import HttpWorld
from support.javascript_client import call
from support.oidc_issuer import CLIENT, claims, sign


def test_get_caller_identity(world: HttpWorld, dev: Keys) -> None:
    """The SDK learns who it is, with the zero in front of the account (45)."""
    found = call(world, dev, "GetCallerIdentity")["answer"]

    assert (DEV, A) == (found["Arn"], found["Account"])


def test_assume_role(world: HttpWorld, dev: Keys) -> None:
    """Lists and structures arrive whole, and the credentials are good."""
    found = call(
        world,
        dev,
        "AssumeRole",
        RoleArn=READER,
        RoleSessionName="js+session",
        Tags=[{"Key": "Größe", "Value": "a b=c+ü"}, {"Key": "empty", "Value": ""}],
        TransitiveTagKeys=["empty"],
        SourceIdentity="dev",
        DurationSeconds=900,
    )["answer"]

    credentials = found["Credentials"]
    keys = Keys(
        credentials["AccessKeyId"],
        credentials["SecretAccessKey"],
        credentials["SessionToken"],
    )
    identity = call(world, keys, "GetCallerIdentity")["answer"]
    assert "dev" == found["SourceIdentity"]
    assert found["PackedPolicySize"] >= 1
    assert found["AssumedRoleUser"]["Arn"] == identity["Arn"]
    assert f"arn:aws:sts::{B}:assumed-role/Reader/js+session" == identity["Arn"]
    expires = datetime.fromisoformat(credentials["Expiration"])
    assert 900 == (expires - world.clock.now()).total_seconds()


def test_denial(world: HttpWorld, dev: Keys) -> None:
    """A denial is an error of its code, with the id of the request (50)."""
    error = call(world, dev, "AssumeRole", RoleArn=ABSENT, RoleSessionName="s1")[
        "error"
    ]

    assert ("AccessDenied", 403) == (error["name"], error["status"])
    assert error["requestId"]


def test_parameters_out_of_range(world: HttpWorld, dev: Keys) -> None:
    """A breach of a constraint is told as such."""
    error = call(
        world,
        dev,
        "AssumeRole",
        RoleArn=READER,
        RoleSessionName="s1",
        DurationSeconds=43_201,
    )["error"]

    assert ("ValidationError", 400) == (error["name"], error["status"])


def test_wrong_secret(world: HttpWorld, dev: Keys) -> None:
    """A wrong secret is a signature that does not match (5)."""
    error = call(world, Keys(dev.access_key_id, "wrong"), "GetCallerIdentity")["error"]

    assert ("SignatureDoesNotMatch", 403) == (error["name"], error["status"])


def test_web_identity(world: HttpWorld) -> None:
    """A token of a provider becomes credentials without a signature (13, 43)."""
    now = int(world.clock.now().timestamp())

    found = call(
        world,
        None,
        "AssumeRoleWithWebIdentity",
        RoleArn=VISITORS,
        RoleSessionName="visit",
        WebIdentityToken=sign(claims(iat=now, exp=now + 3_600)),
    )["answer"]

    assert (WEB_PROVIDER, CLIENT) == (found["Provider"], found["Audience"])
    assert (
        f"arn:aws:sts::{B}:assumed-role/Visitors/visit"
        == (found["AssumedRoleUser"]["Arn"])
    )
