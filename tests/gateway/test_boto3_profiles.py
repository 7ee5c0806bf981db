"""Profiles of boto3 that fetch credentials themselves, and fetch them again."""

from __future__ import annotations

import base64
import json
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import ClientError
from botocore.signers import RequestSigner

from support.aws_clients import (
    add_profile,
    keys_in,
    profile_session,
    refusal,
    sts,
    write_profiles,
)
from support.http_client import Keys
from support.http_organisation import DEV, READER, B
from support.http_world import HttpWorld
from support.surroundings import Surroundings

READER_SESSION = f"arn:aws:sts::{B}:assumed-role/Reader/"


@pytest.fixture
def home(world: HttpWorld, dev: Keys, around: Surroundings) -> Path:
    """Returns a home with the profile of a user."""
    write_profiles(around.folder, world, dev=dev)
    return around.folder


def _caller(profile: str) -> str:
    client = boto3.Session(profile_name=profile).client("sts")
    return str(client.get_caller_identity()["Arn"])


def test_source_profile_names_session(home: Path) -> None:
    """A profile that names no session gets the name that botocore makes up."""
    add_profile(home, "reader", role_arn=READER, source_profile="dev")

    assert _caller("reader").startswith(f"{READER_SESSION}botocore-session-")


def test_assumed_role_is_refreshed(world: HttpWorld, home: Path) -> None:
    """Credentials of a role that run out are fetched again, without a word."""
    add_profile(
        home,
        "reader",
        role_arn=READER,
        source_profile="dev",
        role_session_name="fresh",
        # With less than 15 minutes left botocore asks for new ones at each use.
        duration_seconds="900",
    )
    credentials = profile_session("reader").get_credentials()
    assert isinstance(credentials, RefreshableCredentials)

    fetched = [credentials.get_frozen_credentials() for _ in range(3)]

    # Calls of one second are one call to us, and get one session (attacks V01).
    asked = [
        outcome.answer.operation
        for _, outcome in world.requests.finished
        if outcome.answer is not None
    ]
    assert ["AssumeRole"] * 3 == asked
    for found in fetched:
        keys = Keys(found.access_key, found.secret_key, found.token)
        arn = sts(world, keys).get_caller_identity()["Arn"]
        assert f"{READER_SESSION}fresh" == arn


def test_refreshed_when_it_was_over(
    world: HttpWorld, dev: Keys, around: Surroundings
) -> None:
    """A client whose session is over goes on with the one that follows."""
    del around
    source = sts(world, dev)
    fetched: list[dict[str, Any]] = []

    def fetch() -> dict[str, Any]:
        answer = source.assume_role(
            RoleArn=READER, RoleSessionName=f"loop{len(fetched)}", DurationSeconds=900
        )["Credentials"]
        fetched.append(answer)
        return {
            "access_key": answer["AccessKeyId"],
            "secret_key": answer["SecretAccessKey"],
            "token": answer["SessionToken"],
            "expiry_time": answer["Expiration"].isoformat(),
        }

    credentials = RefreshableCredentials.create_from_metadata(
        fetch(), refresh_using=fetch, method="sts-assume-role"
    )
    # The server's clock moves on to the end of the first session, while the client's
    # stands still: what it fetches next ends later.
    old = keys_in(fetched[0])
    world.clock.step(timedelta(seconds=840))
    found = credentials.get_frozen_credentials()
    world.clock.step(timedelta(seconds=60))

    with pytest.raises(ClientError) as caught:
        sts(world, old).get_caller_identity()
    assert (403, "ExpiredToken") == refusal(caught.value)
    keys = Keys(found.access_key, found.secret_key, found.token)
    assert f"{READER_SESSION}loop1" == sts(world, keys).get_caller_identity()["Arn"]


def test_token_of_eks(world: HttpWorld, dev: Keys, around: Surroundings) -> None:
    """A presigned GetCallerIdentity proves a caller to somebody else (spec 3.6)."""
    del around
    token = _eks_token(world, dev, cluster="c1")

    # A minute is what it says; a quarter of an hour is what it is good for.
    world.clock.step(timedelta(minutes=14))

    assert DEV == _eks_verified(world, token, cluster="c1")


def test_token_of_eks_for_another(
    world: HttpWorld, dev: Keys, around: Surroundings
) -> None:
    """The token of one cluster proves nothing to another."""
    del around
    token = _eks_token(world, dev, cluster="c1")

    with pytest.raises(urllib.error.HTTPError) as caught:
        _eks_verified(world, token, cluster="c2")
    assert 403 == caught.value.code
    caught.value.close()


def _eks_token(world: HttpWorld, keys: Keys, *, cluster: str) -> str:
    """Makes a token as `aws eks get-token` does."""
    client = sts(world, keys)
    signer = RequestSigner(
        client.meta.service_model.service_id,
        "us-east-1",
        "sts",
        "v4",
        boto3.Session(keys.access_key_id, keys.secret_access_key).get_credentials(),
        client.meta.events,
    )
    url = signer.generate_presigned_url(
        {
            "method": "GET",
            "url": f"{world.url}/?Action=GetCallerIdentity&Version=2011-06-15",
            "body": {},
            "headers": {"x-k8s-aws-id": cluster},
            "context": {},
        },
        region_name="us-east-1",
        expires_in=60,
        operation_name="",
    )
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def _eks_verified(world: HttpWorld, token: str, *, cluster: str) -> str:
    """Returns whose token it is, as aws-iam-authenticator finds out."""
    prefix, _, encoded = token.partition(".")
    assert "k8s-aws-v1" == prefix
    url = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    parts = urlsplit(url)
    query = parse_qs(parts.query, strict_parsing=True)
    assert (world.address, "/") == (parts.netloc, parts.path)
    assert ["GetCallerIdentity"] == query["Action"]
    assert "x-k8s-aws-id" in query["X-Amz-SignedHeaders"][0].split(";")
    request = urllib.request.Request(  # noqa: S310 - it is the test's server.
        url, headers={"x-k8s-aws-id": cluster, "Accept": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        found = json.load(answer)
    return str(found["GetCallerIdentityResponse"]["GetCallerIdentityResult"]["Arn"])
