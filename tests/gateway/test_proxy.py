"""A proxy that ends TLS in front of the door: it is believed where it is trusted.

SPEC: sts-operations 3.4 step 8; attacks V20, G28; detail 9.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from support.aws_clients import refusal
from support.http_client import Keys, ask, signed
from support.http_organisation import DEV, FILES, A
from support.http_world import DoorOptions, HttpWorld
from support.sts_world import trust
from support.tls import Pki, new_pki
from support.tls_proxy import proxy_of

OVER_TLS = f"arn:aws:iam::{A}:role/OverTls"
CONDITION = '{Bool: {"aws:SecureTransport": "true"}}'
LOOPBACK = (ip_network("127.0.0.0/8"),)
ASSUME = {"Action": "AssumeRole", "RoleArn": OVER_TLS, "RoleSessionName": "s1"}
FORWARDED = (("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https"))
ORGANISATION = (
    FILES[0].replace(
        "roles:\n", f"roles:\n  OverTls: {{trust: {trust(A, condition=CONDITION)}}}\n"
    ),
    *FILES[1:],
)

pytestmark = pytest.mark.usefixtures("around")


@pytest.fixture
def pki(tmp_path: Path) -> Pki:
    """Returns an authority with the files of a proxy."""
    return new_pki(tmp_path)


@pytest.fixture
def tls(pki: Pki) -> ssl.SSLContext:
    """Returns what the proxy shows to clients."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki.paths.chain, pki.paths.private_key)
    return context


@pytest.fixture
def trusting() -> Iterator[HttpWorld]:
    """Yields a door that trusts proxies on this machine."""
    door = DoorOptions(
        files=ORGANISATION, trusted_proxies=LOOPBACK, hosts=["door.internal"]
    )
    with HttpWorld(door) as found:
        yield found


@pytest.fixture
def careful() -> Iterator[HttpWorld]:
    """Yields a door that trusts no proxy."""
    door = DoorOptions(files=ORGANISATION, hosts=["door.internal"])
    with HttpWorld(door) as found:
        yield found


def client(world: HttpWorld, port: int, pki: Pki) -> Any:
    """Returns boto3 that speaks to a proxy."""
    keys = Keys.of(world, DEV)
    return boto3.client(
        "sts",
        endpoint_url=f"https://localhost:{port}",
        region_name="us-east-1",
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        verify=str(pki.authority_file),
        config=Config(retries={"total_max_attempts": 1}),
    )


@pytest.mark.parametrize("rewrite", [None, "door.internal"])
def test_boto3_through_proxy(
    trusting: HttpWorld, pki: Pki, tls: ssl.SSLContext, rewrite: str | None
) -> None:
    """boto3 is served through a proxy that hands on its host, or tells it (detail 9)."""
    with proxy_of(trusting, tls, rewrite=rewrite) as port:
        found = client(trusting, port, pki).assume_role(
            RoleArn=OVER_TLS, RoleSessionName="s1"
        )

    assert found["AssumedRoleUser"]["Arn"].endswith("OverTls/s1")
    (call,) = trusting.requests.started
    assert ("127.0.0.1", True) == (call.source_address, call.secure_transport)


def test_boto3_through_untrusted_proxy(
    careful: HttpWorld, pki: Pki, tls: ssl.SSLContext
) -> None:
    """A proxy that is not trusted does not make a call one over TLS."""
    with proxy_of(careful, tls) as port, pytest.raises(ClientError) as caught:
        client(careful, port, pki).assume_role(RoleArn=OVER_TLS, RoleSessionName="s1")

    assert (403, "AccessDenied") == refusal(caught.value)
    (call,) = careful.requests.started
    assert not call.secure_transport


def test_host_of_untrusted_proxy(
    careful: HttpWorld, pki: Pki, tls: ssl.SSLContext
) -> None:
    """Nor does it say for which host a call was signed."""
    with (
        proxy_of(careful, tls, rewrite="door.internal") as port,
        pytest.raises(ClientError) as caught,
    ):
        client(careful, port, pki).get_caller_identity()

    assert (403, "SignatureDoesNotMatch") == refusal(caught.value)


def test_what_client_says_of_itself(trusting: HttpWorld, careful: HttpWorld) -> None:
    """A client's address is what the last trusted proxy saw, and not what it claims."""
    spoofed = (("X-Forwarded-For", "6.6.6.6, 203.0.113.9"), FORWARDED[1])
    for world, address in ((trusting, "203.0.113.9"), (careful, "127.0.0.1")):
        call = signed(world, Keys.of(world, DEV), ASSUME).plus(*spoofed)

        answer = ask(world, call)

        assert (200 if world is trusting else 403) == answer.status
        assert address == world.sts.audit.records[-1].source_address


def test_host_that_proxy_must_not_name(trusting: HttpWorld) -> None:
    """A host that is not served is refused, whoever hands it on."""
    call = signed(trusting, Keys.of(trusting, DEV), ASSUME)

    answer = ask(trusting, call.plus(("X-Forwarded-Host", "evil.test")))

    assert (400, b"") == (answer.status, answer.body)


def test_host_named_twice(trusting: HttpWorld) -> None:
    """A proxy that names two hosts names none."""
    call = signed(trusting, Keys.of(trusting, DEV), ASSUME)
    twice = [("X-Forwarded-Host", trusting.address)] * 2

    assert 400 == ask(trusting, call.plus(*twice)).status


def test_headers_of_proxies_are_not_signed(trusting: HttpWorld) -> None:
    """What a proxy adds is not signed, and need not be."""
    call = signed(trusting, Keys.of(trusting, DEV), {"Action": "GetCallerIdentity"})

    assert DEV == ask(trusting, call.plus(*FORWARDED)).text("Arn")
