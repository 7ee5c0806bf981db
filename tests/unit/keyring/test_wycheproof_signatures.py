"""Published signature vectors of Project Wycheproof, through our keys.

Source: C2SP/wycheproof, testvectors_v1.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import WrongSignatureError
from daypass.keyring.key import VerifyingKey

# Each file with its algorithm and the number of vectors in it.
FILES = [
    ("ed25519_test.json", Algorithm.EDDSA, 151),
    ("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm.ES256, 262),
]


def _public(algorithm: Algorithm, group: dict[str, dict[str, str]]) -> bytes:
    if algorithm is Algorithm.EDDSA:
        return bytes.fromhex(group["publicKey"]["pk"])
    # The uncompressed point, less the byte that says so.
    return bytes.fromhex(group["publicKey"]["uncompressed"])[1:]


def _verdict(key: VerifyingKey, signature: bytes, message: bytes) -> str:
    try:
        key.verify(signature, message)
    except WrongSignatureError:
        return "invalid"
    return "valid"


@pytest.mark.parametrize(("name", "algorithm", "count"), FILES)
def test_wycheproof_signatures(
    vectors: Path, name: str, algorithm: Algorithm, count: int
) -> None:
    """Every vector gets its published verdict, none skipped."""
    groups = json.loads((vectors / "wycheproof" / name).read_text())["testGroups"]
    wrong = []
    seen = 0

    for group in groups:
        key = VerifyingKey.from_public_bytes(algorithm, _public(algorithm, group))
        for test in group["tests"]:
            seen += 1
            signature = bytes.fromhex(test["sig"])
            verdict = _verdict(key, signature, bytes.fromhex(test["msg"]))
            if verdict != test["result"]:
                wrong.append((test["tcId"], test["comment"]))

    assert wrong == []
    assert count == seen
