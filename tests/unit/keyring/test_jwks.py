"""The key set has what verifiers need and nothing that signs."""

from __future__ import annotations

import json
from dataclasses import replace

import jwt
import pytest

from daypass.core import base64url
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.generate import new_ring_key
from daypass.keyring.jwks import jwks
from daypass.keyring.key import KeyState
from daypass.keyring.ring import Ring
from support.rings import full_ring
from support.world import START, SeededEntropy


@pytest.fixture
def ring(entropy: SeededEntropy) -> Ring:
    """Returns a ring with an active key of each algorithm."""
    return full_ring(entropy, START)


def test_members_are_public_and_complete(ring: Ring) -> None:
    """A key has the members of its type and no other; never `d`."""
    members = {key["kty"]: set(key) for key in jwks(ring)["keys"]}

    common = {"kty", "crv", "x", "alg", "kid", "use"}
    assert {
        "OKP": common,
        "EC": common | {"y"},
        "RSA": common - {"crv", "x"} | {"n", "e"},
    } == members


def test_private_keys_are_not_in_it(ring: Ring) -> None:
    """No encoding of a private key stands in the key set."""
    text = json.dumps(jwks(ring))

    for algorithm in Algorithm:
        private = ring.signing_key(algorithm).private.reveal()
        assert base64url.encode(private) not in text
        assert private.hex() not in text


def test_every_key_is_for_signatures(ring: Ring) -> None:
    """Each key says that it is for signatures, and of which algorithm."""
    assert {(algorithm.value, "sig") for algorithm in Algorithm} == {
        (key["alg"], key["use"]) for key in jwks(ring)["keys"]
    }


@pytest.mark.parametrize("algorithm", Algorithm)
def test_pyjwt_verifies_with_it(ring: Ring, algorithm: Algorithm) -> None:
    """Another implementation verifies our signatures with the published key."""
    key = ring.signing_key(algorithm)
    published = jwt.PyJWKSet.from_dict(jwks(ring))[key.kid]
    message = b"signed by the ring"

    verifier = published.Algorithm
    assert verifier.verify(message, published.key, key.sign(message))
    assert not verifier.verify(b"another", published.key, key.sign(message))


def test_retired_key_is_not_in_it(ring: Ring, entropy: SeededEntropy) -> None:
    """A prepared key is published, a retired one is not."""
    prepared, retired = (
        new_ring_key(Algorithm.EDDSA, entropy, START, state=state)
        for state in (KeyState.PREPARED, KeyState.RETIRED)
    )
    kids = {
        key["kid"]
        for key in jwks(replace(ring, keys=(*ring.keys, prepared, retired)))["keys"]
    }

    assert prepared.key.kid in kids
    assert retired.key.kid not in kids
