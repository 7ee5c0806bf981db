"""Published JWS vectors of Project Wycheproof, through our strict reader.

Source: C2SP/wycheproof, json_web_signature_test.json.

Our list is closed, so we take none of them as they stand: every valid vector is
refused for a reason that is listed here (`DIVERGENCES`), and none of the others is
taken by any layer. What the ES256 vectors say about signatures is checked with the
key alone, below the form of the token.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from daypass.core import base64url
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import WrongSignatureError
from daypass.keyring.key import VerifyingKey
from daypass.tokens.errors import TokenRefusedError
from daypass.tokens.jws import parse

Vector = dict[str, Any]

# Why each valid vector is refused, and how many there are of each.
DIVERGENCES = {
    # RFC 7515 lets a header do without `typ`; ours always says what a token is.
    "header_members": 39,
    # RFC 7515 lets a payload be empty; a token of ours always says something.
    "not_three_parts": 6,
    # Vector 372 has a `?` inside its header, which its file calls valid although
    # it calls the same character invalid elsewhere.
    "not_canonical_base64url": 1,
}


@pytest.fixture(scope="module")
def groups(vectors: Path) -> list[Vector]:
    """Returns the groups of vectors."""
    path = vectors / "wycheproof" / "json_web_signature_test.json"
    groups = json.loads(path.read_text())["testGroups"]
    assert isinstance(groups, list)
    return groups


def _reason(jws: object) -> str | None:
    text = jws if isinstance(jws, str) else json.dumps(jws)
    try:
        parse(text.encode())
    except TokenRefusedError as error:
        return error.reason
    return None


def test_no_vector_is_taken(groups: list[Vector]) -> None:
    """Not one vector, valid or not, is in the form of our tokens."""
    tests = [test for group in groups for test in group["tests"]]

    assert len(tests) == 401
    assert [test["tcId"] for test in tests if _reason(test["jws"]) is None] == []


def test_divergences_are_known(groups: list[Vector]) -> None:
    """Every valid vector is refused for a listed reason, and for no other."""
    reasons = Counter(
        _reason(test["jws"])
        for group in groups
        for test in group["tests"]
        if test["result"] == "valid"
    )

    assert reasons == DIVERGENCES


def _es256_keys(groups: list[Vector]) -> list[tuple[VerifyingKey, Vector]]:
    """Returns every vector of a P-256 group with the key of the group."""
    found = []
    for group in groups:
        jwk = group.get("public", {})
        if jwk.get("crv") != "P-256" or jwk.get("alg") != "ES256":
            continue
        public = base64url.decode(jwk["x"]) + base64url.decode(jwk["y"])
        key = VerifyingKey.from_public_bytes(Algorithm.ES256, public)
        found += [(key, test) for test in group["tests"]]
    return found


def _signature_verdict(key: VerifyingKey, jws: str) -> str:
    signing_input, _, signature = jws.rpartition(".")
    header = signing_input.partition(".")[0]
    try:
        members = json.loads(base64url.decode(header))
        key.verify(base64url.decode(signature), signing_input.encode())
    except (ValueError, WrongSignatureError):
        return "invalid"
    # The algorithm belongs to the key, and a key inside a token counts for nothing.
    plain = members.keys() <= {"alg", "kid", "typ"}
    return "valid" if plain and members["alg"] == "ES256" else "invalid"


def test_es256_signatures(groups: list[Vector]) -> None:
    """The key gives every ES256 vector its verdict, special cases included."""
    vectors = _es256_keys(groups)

    wrong = [
        (test["tcId"], test["comment"])
        for key, test in vectors
        if _signature_verdict(key, test["jws"]) != test["result"]
    ]
    special = [test for _, test in vectors if 378 <= test["tcId"] <= 401]
    assert wrong == []
    assert len(special) == 24
