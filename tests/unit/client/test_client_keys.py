"""The public keys: anyone may ask for them."""

from __future__ import annotations

from datetime import timedelta

from daypass_client import DaypassClient
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from support.client_answers import KEY_SET
from support.fake_daypass import FakeDaypass


def test_key_set_needs_no_proof(fake: FakeDaypass) -> None:
    """The key set is asked for without credentials, and no metadata is signed."""
    fake.answer(KEY_SET)

    with DaypassClient(fake.profile()) as client:
        keys = client.get_key_set()

    assert "authorization" not in fake.calls[0].metadata
    assert timedelta(minutes=5) == keys.max_age
    members = {"kid": "k1", "kty": "OKP", "alg": "EdDSA", "use": "sig"}
    assert {**members, "crv": "Ed25519", "x": "eA"} == keys.keys[0].as_jwk()


def test_keys_have_a_modulus(fake: FakeDaypass) -> None:
    """An RSA key has a modulus and an exponent, and no coordinates."""
    key = keyring.Jwk(kid="k2", kty="RSA", alg="RS256", use="sig", n="bg", e="AQAB")
    fake.answer(keyring.GetKeySetResponse(keys=[key]))

    with DaypassClient(fake.profile()) as client:
        found = client.get_key_set().keys[0].as_jwk()

    members = {"kid": "k2", "kty": "RSA", "alg": "RS256", "use": "sig"}
    assert {**members, "n": "bg", "e": "AQAB"} == found
