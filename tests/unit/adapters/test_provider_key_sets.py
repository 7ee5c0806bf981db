"""Keys of providers that are written down, in the directory or by a developer's server.

Attacks O16, O32 and O33, J42 to J46.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from daypass.adapters.directory_check import check_folder
from daypass.adapters.provider_key_sets import ProviderKeySets, check_providers
from daypass.directory.fault import DirectoryInvalidError
from daypass.directory.model import Directory
from daypass.federation.oidc.jwk_set import JwkSet, parse_jwk_set
from support.directories import ACCOUNT, OTHER_ACCOUNT, account_file, directory_of
from support.directory_folders import FolderPlace
from support.oidc_issuer import jwk, key_set_text

ISSUER = "https://a.example"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/a.example"
OWN = key_set_text(jwk("ES256", 0, kid="own"))
OTHER = key_set_text(jwk("ES256", 1, kid="other"))
FETCHED = parse_jwk_set(key_set_text(jwk("ES256", 2, kid="fetched")))


def provider(fields: str = "", *, account: str = ACCOUNT) -> str:
    """Returns an account's file with one OIDC provider."""
    return account_file(
        f"oidc_providers:\n  {ISSUER}: {{client_ids: [x]{fields}}}\n", account=account
    )


WRITTEN = provider(", key_set: {file: keys.json}")


@dataclass
class Snapshot:
    """A directory that a test replaces."""

    directory: Directory

    def current(self) -> Directory:
        """Returns it."""
        return self.directory


class Asked:
    """A source that has one set for everybody, and remembers who asked."""

    def __init__(self) -> None:
        self.issuers: list[str] = []

    async def key_set(
        self, issuer: str, *, provider_arn: str, key_id: str | None
    ) -> JwkSet:
        """Returns the set; see the port."""
        del provider_arn, key_id
        self.issuers.append(issuer)
        return FETCHED


async def name_of(keys: ProviderKeySets, arn: str = ARN) -> str | None:
    """Returns the name of the key that a provider has."""
    found = await keys.key_set(ISSUER, provider_arn=arn, key_id=None)
    return found.keys[0].key_id


async def test_written_down() -> None:
    """A provider whose keys are written down is never asked."""
    asked = Asked()
    snapshot = Snapshot(directory_of({"a.yaml": WRITTEN, "keys.json": OWN}))
    keys = ProviderKeySets(directory=snapshot, otherwise=asked)

    assert "own" == await name_of(keys)
    assert [] == asked.issuers


async def test_not_written_down() -> None:
    """One without keys of its own is asked."""
    asked = Asked()
    snapshot = Snapshot(directory_of({"a.yaml": provider()}))
    keys = ProviderKeySets(directory=snapshot, otherwise=asked)

    assert "fetched" == await name_of(keys)
    assert [ISSUER] == asked.issuers


async def test_directory_replaced() -> None:
    """With another directory the keys are those of that one, at once (O32)."""
    snapshot = Snapshot(directory_of({"a.yaml": WRITTEN, "keys.json": OWN}))
    keys = ProviderKeySets(directory=snapshot, otherwise=Asked())
    await name_of(keys)

    snapshot.directory = directory_of({"a.yaml": WRITTEN, "keys.json": OTHER})
    assert "other" == await name_of(keys)

    snapshot.directory = directory_of({"a.yaml": provider()})
    assert "fetched" == await name_of(keys)


async def test_one_issuer_in_two_accounts() -> None:
    """Two accounts with one issuer have each its own keys (O33)."""
    texts = {
        "a.yaml": WRITTEN,
        "b.yaml": provider(", key_set: {file: b.json}", account=OTHER_ACCOUNT),
        "keys.json": OWN,
        "b.json": OTHER,
    }
    keys = ProviderKeySets(directory=Snapshot(directory_of(texts)), otherwise=Asked())

    assert "own" == await name_of(keys)
    assert "other" == await name_of(keys, ARN.replace(ACCOUNT, OTHER_ACCOUNT))


async def test_stand_in() -> None:
    """A stand-in vouches for its issuer, unless that has keys of its own."""
    stand_ins = {ISSUER: OTHER, "https://b.example": OWN}
    bare = Snapshot(directory_of({"a.yaml": provider()}))
    written = Snapshot(directory_of({"a.yaml": WRITTEN, "keys.json": OWN}))

    found = [
        await name_of(
            ProviderKeySets(directory=one, otherwise=Asked(), stand_in=stand_ins.get)
        )
        for one in (bare, written)
    ]

    assert ["other", "own"] == found


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "key_set_not_json"),
        ('{"keys": []}', "no key of this set can be used"),
        ('{"keys": [{"kty": "oct", "k": "AA"}]}', "key_set_private"),
        (
            key_set_text(jwk("ES256"), jwk("ES256", 1, kid="ES256-0")),
            "key_set_name_twice",
        ),
        (key_set_text(jwk("ES256", use="enc")), "no key of this set can be used"),
        (key_set_text(jwk("ES256", use="x509-svid")), "no key of this set can be used"),
    ],
)
def test_key_set_of_no_use(tmp_path: Path, text: str, reason: str) -> None:
    """A key set that cannot be used is a fault of its file, also for a check."""
    place = FolderPlace(tmp_path)
    place.write(WRITTEN)
    place.write(text, "keys.json")

    with pytest.raises(DirectoryInvalidError) as caught:
        place.open()

    (fault,) = caught.value.faults
    assert "keys.json" == fault.file
    assert reason in fault.reason
    assert [fault] == check_folder(place.folder)


def test_good_key_sets() -> None:
    """A bundle of a SPIFFE trust domain is a key set, x509 authorities apart."""
    bundle = json.dumps(
        {
            "spiffe_sequence": 7,
            "spiffe_refresh_hint": 300,
            "keys": [
                jwk("ES256", use="jwt-svid"),
                {"kty": "EC", "crv": "P-256", "use": "x509-svid", "x5c": ["AA"]},
            ],
        }
    )

    check_providers(directory_of({"a.yaml": WRITTEN, "keys.json": bundle}))


@pytest.mark.parametrize(
    "issuer",
    [
        pytest.param("https://a.example/x/../y", id="O26 dot segment"),
        pytest.param("https://a.example/%00", id="O26 NUL"),
        pytest.param("https://a.example/%2f", id="O26 hidden slash"),
        pytest.param("https://0x7f.1", id="O05 hexadecimal"),
        pytest.param("https://2130706433", id="O05 decimal"),
        pytest.param("https://-a.example", id="no name"),
        pytest.param("https://a..example", id="empty label"),
    ],
)
def test_issuer_of_two_readings(tmp_path: Path, issuer: str) -> None:
    """An issuer that cannot be asked in one way only is a fault of the folder."""
    place = FolderPlace(tmp_path)
    place.write(provider().replace(ISSUER, issuer))

    (fault,) = check_folder(place.folder)

    assert f"oidc_providers.{issuer}" == fault.path
    assert "no issuer that can be asked" in fault.reason
    with pytest.raises(DirectoryInvalidError):
        place.open()


@pytest.mark.parametrize(
    "issuer",
    [
        pytest.param("http://a.example", id="O01 http"),
        pytest.param("https://a.example:443", id="O02 port"),
        pytest.param("https://user@a.example", id="O02 user"),
        pytest.param("https://a.example?x", id="O02 query"),
        pytest.param("https://a.example#x", id="O02 fragment"),
        pytest.param("https://\u0430.example", id="O02 homograph"),
        pytest.param("https://good\\\\@evil", id="O26 backslash"),
        pytest.param("https://a.example/\\t", id="O26 tab"),
    ],
)
def test_no_issuer(tmp_path: Path, issuer: str) -> None:
    """What is no https URL of a provider is a fault of the folder."""
    place = FolderPlace(tmp_path)
    place.write(provider().replace(ISSUER, f'"{issuer}"'))

    assert 1 == len(check_folder(place.folder))


@pytest.mark.parametrize("issuer", [ISSUER, f"{ISSUER}/", f"{ISSUER}/a/b", "https://A"])
def test_good_issuers(tmp_path: Path, issuer: str) -> None:
    """A provider may have a path, a slash at its end, and any case."""
    place = FolderPlace(tmp_path)
    place.write(provider().replace(ISSUER, issuer))

    assert [] == check_folder(place.folder)
