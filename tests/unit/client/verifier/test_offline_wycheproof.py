"""Published vectors of Project Wycheproof, through the offline verifier.

Source: C2SP/wycheproof, testvectors_v1: the files that the server is tried with, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daypass_client.values import PublicKey
from daypass_client.verifier.base64url import decode, encode
from daypass_client.verifier.compact import parse
from daypass_client.verifier.errors import RefusedError
from daypass_client.verifier.keys import VerifyingKey

Vector = dict[str, Any]
EMPTY = dict.fromkeys(("crv", "x", "y", "n", "e"), "")


def groups(vectors: Path, name: str) -> list[Vector]:
    """Returns the groups of a file."""
    found = json.loads((vectors / "wycheproof" / name).read_text())["testGroups"]
    assert isinstance(found, list)
    return found


def loaded(**members: str) -> VerifyingKey:
    """Returns a key of these members."""
    return VerifyingKey.of(PublicKey(**{**EMPTY, "kid": "k", "use": "sig", **members}))


def verdict(key: VerifyingKey, signature: bytes, message: bytes) -> str:
    """Returns what the key says of a signature."""
    try:
        key.verify(signature, message)
    except RefusedError:
        return "invalid"
    return "valid"


def is_larger_twin(signature: bytes) -> bool:
    """Tells whether s is the larger of the two that verify on P-256."""
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    return len(signature) == 64 and int.from_bytes(signature[32:], "big") > order // 2


def test_ed25519(vectors: Path) -> None:
    """Every vector of Ed25519 gets its published verdict, none skipped."""
    seen = 0
    for group in groups(vectors, "ed25519_test.json"):
        x = encode(bytes.fromhex(group["publicKey"]["pk"])).decode()
        key = loaded(alg="EdDSA", kty="OKP", crv="Ed25519", x=x)
        for test in group["tests"]:
            seen += 1
            found = verdict(key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"]))
            assert test["result"] == found, test["tcId"]

    assert 151 == seen


def test_es256(vectors: Path) -> None:
    """Every vector of P-256 gets its verdict, but for the twins, which are refused."""
    seen = twins = 0
    for group in groups(vectors, "ecdsa_secp256r1_sha256_p1363_test.json"):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])[1:]
        x, y = encode(point[:32]).decode(), encode(point[32:]).decode()
        key = loaded(alg="ES256", kty="EC", crv="P-256", x=x, y=y)
        for test in group["tests"]:
            seen += 1
            signature = bytes.fromhex(test["sig"])
            found = verdict(key, signature, bytes.fromhex(test["msg"]))
            expected = test["result"]
            if expected == "valid" and is_larger_twin(signature):
                twins += 1
                expected = "invalid"
            assert expected == found, test["tcId"]

    assert 262 == seen
    assert 0 < twins < 262


def jws_vectors(vectors: Path) -> Iterator[tuple[Vector, Vector]]:
    """Yields the vectors of JWS, each with the group that it is of."""
    for group in groups(vectors, "json_web_signature_test.json"):
        for test in group["tests"]:
            yield group, test


def test_no_jws_is_in_our_form(vectors: Path) -> None:
    """Not one vector, valid or not, is in the form of our tokens."""
    seen = 0
    for _, test in jws_vectors(vectors):
        seen += 1
        jws = test["jws"]
        text = jws if isinstance(jws, str) else json.dumps(jws)
        with pytest.raises(RefusedError):
            parse(text.encode())

    assert 401 == seen


def test_jws_signatures_of_our_algorithms(vectors: Path) -> None:
    """With the key alone, no invalid vector of an algorithm of ours is taken.

    The twins are refused, too; a vector whose fault is in its header is no matter of
    the key.
    """
    seen = valid = 0
    for group, test in jws_vectors(vectors):
        jwk = group.get("public", {})
        if jwk.get("alg") not in {"ES256", "RS256"} or not isinstance(test["jws"], str):
            continue
        seen += 1
        found = _signature_verdict(jwk, test["jws"])
        valid += found == "valid"
        if test["result"] == "invalid":
            assert "invalid" == found, (test["tcId"], test["comment"])

    assert seen > 100
    assert valid > 5


def _signature_verdict(jwk: dict[str, str], jws: str) -> str:
    """Returns what the key says, where the header is plain."""
    signing_input, _, signature = jws.rpartition(".")
    names = ("alg", "kty", "crv", "x", "y", "n", "e")
    key = loaded(**{name: jwk[name] for name in names if name in jwk})
    try:
        members = json.loads(decode(signing_input.partition(".")[0].encode()))
        payload = decode(signing_input.partition(".")[2].encode())
        raw = decode(signature.encode())
    except ValueError:
        return "invalid"
    if not members.keys() <= {"alg", "kid", "typ"} or members["alg"] != jwk["alg"]:
        return "invalid"
    del payload
    return verdict(key, raw, signing_input.encode())
