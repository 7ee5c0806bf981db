"""Calls over TLS: whom the client trusts, and what it shows of itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
import trustme

from daypass_client import (
    AsyncDaypassClient,
    Credentials,
    DaypassClient,
    Endpoint,
    Profile,
    UnavailableError,
    load_profile,
)
from daypass_client.profiles.surroundings import Surroundings
from support.client_answers import SESSION_ARN, WHO
from support.fake_daypass import FakeDaypass
from support.profile_files import write
from support.tls import Pki, new_pki, write_client


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Returns an authority, and files of a server that it vouches for."""
    return new_pki(tmp_path_factory.mktemp("pki"))


@pytest.fixture
def asking(pki: Pki) -> Iterator[FakeDaypass]:
    """Yields a server that asks clients for a certificate."""
    server = FakeDaypass(
        grpc.ssl_server_credentials(
            [(pki.paths.private_key.read_bytes(), pki.paths.chain.read_bytes())],
            root_certificates=pki.authority_file.read_bytes(),
            require_client_auth=True,
        )
    )
    yield server
    server.stop()


@pytest.fixture
def profile(asking: FakeDaypass, pki: Pki, temporary: Credentials) -> Profile:
    """Returns a profile that trusts the server, and shows nothing."""
    return Profile(
        endpoint=Endpoint.parse(asking.endpoint),
        credentials=temporary,
        ca_bundle=pki.authority_file,
    )


def test_server_of_nobody_is_not_trusted(
    asking: FakeDaypass, profile: Profile, tmp_path: Path
) -> None:
    """A server of another authority gets no call."""
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)

    with (
        DaypassClient(replace(profile, ca_bundle=other)) as client,
        pytest.raises(UnavailableError),
    ):
        client.get_caller_identity()

    assert [] == asking.calls


@pytest.mark.parametrize("stranger", [False, True])
def test_client_without_a_good_certificate(
    asking: FakeDaypass, profile: Profile, tmp_path: Path, *, stranger: bool
) -> None:
    """Where the server asks, a client without a certificate of its authority fails."""
    if stranger:
        certificate, key = write_client(trustme.CA(), tmp_path, "stranger")
        profile = replace(profile, client_certificate=certificate, client_key=key)

    with DaypassClient(profile) as client, pytest.raises(UnavailableError):
        client.get_caller_identity()

    assert [] == asking.calls


async def test_client_shows_its_certificate(
    asking: FakeDaypass, profile: Profile, pki: Pki
) -> None:
    """Both clients show the certificate that the profile names."""
    certificate, key = pki.client_files("client")
    shown = replace(profile, client_certificate=certificate, client_key=key)
    asking.answer(WHO, WHO)

    with DaypassClient(shown) as client:
        first = client.get_caller_identity()
    async with AsyncDaypassClient(shown) as awaiting:
        second = await awaiting.get_caller_identity()

    assert [SESSION_ARN] * 2 == [first.arn, second.arn]


def test_files_are_named_by_profile_or_environment(around: Surroundings) -> None:
    """The environment counts before the profile."""
    lines = "daypass_client_certificate = ~/c.pem\ndaypass_client_key = ~/k.pem\n"
    write(around.home / ".aws", config=f"[profile a]\n{lines}")
    variables = {"DAYPASS_CLIENT_KEY": "/other.pem"}

    own = load_profile("a", surroundings=around)
    mixed = load_profile("a", surroundings=replace(around, environ=variables))

    assert (around.home / "c.pem", around.home / "k.pem") == (
        own.client_certificate,
        own.client_key,
    )
    assert Path("/other.pem") == mixed.client_key
