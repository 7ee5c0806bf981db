"""A SAML provider for one machine: made once, believed there, and nowhere else."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import pytest

from daypass.adapters.demo_saml import (
    Claims,
    DemoSamlProvider,
    NoDemoProviderError,
    make_missing_providers,
)
from daypass.federation.saml import assertion
from daypass.federation.saml.assertion import Expectations
from daypass.federation.saml.metadata import parse_metadata
from daypass.federation.saml.options import ServiceProvider
from daypass.federation.saml.provider import IdentityProvider
from daypass.federation.saml.verified import VerifiedAssertion
from support.directories import account_file
from support.directory_folders import FolderPlace
from support.world import START, SeededEntropy

NAME = "https://idp.corp.example/saml?a=1&b=2"
ROLE = "arn:aws:iam::123456789012:role/R"


@pytest.fixture
def place(tmp_path: Path) -> FolderPlace:
    """Returns a folder with a provider that has metadata of its own."""
    found = FolderPlace(tmp_path)
    found.secrets.mkdir(mode=0o700)
    found.write(provider_file())
    return found


def provider_file(name: str = NAME, local: str = "saml/Corp.xml") -> str:
    """Returns an account's file with that provider."""
    fields = f'entity_id: "{name}", metadata: {{local: {local}}}'
    return account_file(f"saml_providers: {{Corp: {{{fields}}}}}\n")


def arn(place: FolderPlace) -> str:
    """Makes the provider and returns its ARN."""
    (made,) = make_missing_providers(place.folder, place.secrets, now=START)
    return made


def load(place: FolderPlace, name: str) -> DemoSamlProvider:
    """Finds the provider that was made."""
    return DemoSamlProvider.load(name, folder=place.folder, secrets_dir=place.secrets)


def verified(place: FolderPlace, name: str, claims: Claims) -> VerifiedAssertion:
    """Returns what an assertion of it says, to who reads its metadata."""
    text = load(place, name).response(claims, now=START, entropy=SeededEntropy())
    document = (place.secrets / "saml" / "Corp.xml").read_text()
    trusted = IdentityProvider(name, parse_metadata(document, now=START))
    return assertion.verify(
        text, Expectations(trusted, ServiceProvider()), now=START + timedelta(minutes=4)
    )


def test_says_what_it_is_told(place: FolderPlace) -> None:
    """An assertion says who, which roles, which tags and how long, and is good."""
    name = arn(place)
    claims = Claims("al&ice@x", (ROLE,), (("Team", "<blue>"),), timedelta(seconds=900))

    with pytest.raises(Exception, match="saml_session_name"):
        verified(place, name, claims)
    claims = Claims("alice@x", (ROLE,), (("Team", "<blue>"),), timedelta(seconds=900))
    found = verified(place, name, claims)
    found.check_role(ROLE)
    assert ("alice@x", NAME, timedelta(seconds=900)) == (
        found.subject,
        found.issuer,
        found.session_duration,
    )
    assert (("Team", "<blue>"),) == found.tags.tags


def test_made_once(place: FolderPlace) -> None:
    """What is there is not replaced, and is private."""
    name = arn(place)
    before = {path: path.read_bytes() for path in (place.secrets / "saml").iterdir()}

    assert () == make_missing_providers(place.folder, place.secrets, now=START)
    assert before == {path: path.read_bytes() for path in before}
    assert {"Corp.xml", "Corp.key"} == {path.name for path in before}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in before}
    assert {0o600} == modes
    assert verified(place, name, Claims("alice", (ROLE,))).subject == "alice"


@pytest.mark.parametrize(
    "text",
    [
        provider_file(name="https://idp.corp.com/saml"),
        provider_file(name="urn:corp"),
        provider_file(name="https://example/saml"),
        provider_file(local="../Corp.xml"),
        account_file("saml_providers: {Corp: {metadata: {local: Corp.xml}}}\n"),
        account_file("saml_providers: {Corp: {metadata: {file: Corp.xml}}}\n"),
        account_file("saml_providers: {Corp: {}}\n"),
    ],
)
def test_not_stood_in_for(place: FolderPlace, text: str) -> None:
    """A provider that may exist, or has metadata of another kind, is left alone."""
    place.write(text)

    assert () == make_missing_providers(place.folder, place.secrets, now=START)
    with pytest.raises(NoDemoProviderError, match="stands in for"):
        load(place, "arn:aws:iam::123456789012:saml-provider/Corp")


def test_not_made_yet(place: FolderPlace) -> None:
    """Before it was made there is nothing to sign with."""
    name = arn(place)
    (place.secrets / "saml" / "Corp.key").unlink()

    with pytest.raises(NoDemoProviderError, match="run `daypassd dev` first"):
        load(place, name)
    with pytest.raises(NoDemoProviderError, match="stands in for"):
        load(place, f"{name}2")
