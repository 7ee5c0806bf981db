"""Published JWS vectors of Project Wycheproof, as tokens of identity providers.

Source: C2SP/wycheproof, json_web_signature_test.json. Their payloads are no claims,
so that the form, the key and the signature are checked, and no more.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from daypass.core.errors import InvalidIdentityTokenError
from daypass.federation.oidc.errors import DocumentRefusedError
from daypass.federation.oidc.id_token import UnverifiedIdToken, _read_header
from daypass.federation.oidc.jwk_set import parse_jwk_set
from daypass.tokens import compact
from daypass.tokens.errors import TokenRefusedError

Vector = dict[str, Any]
SIZE = 100_000
# What becomes of the valid vectors, and how many there are of each.
EXPECTED = {
    "taken": 14,
    # HMAC and PSS are not on the list.
    "key_set_private": 10,
    "algorithm_not_taken": 13,
    # RFC 7515 lets a payload be empty; a token always says something.
    "not_three_parts": 6,
    # Keys with `key_ops`, and one whose `alg` is ES521, which is no algorithm.
    "id_token_no_usable_key": 3,
}


@pytest.fixture(scope="module")
def groups(vectors: Path) -> list[Vector]:
    """Returns the groups of vectors."""
    path = vectors / "wycheproof" / "json_web_signature_test.json"
    groups = json.loads(path.read_text())["testGroups"]
    assert isinstance(groups, list)
    return groups


def _verdict(group: Vector, jws: object) -> str:
    """Returns why a vector is refused, or `taken`."""
    text = jws if isinstance(jws, str) else json.dumps(jws)
    key = group.get("public", group["private"])
    try:
        keys = parse_jwk_set(json.dumps({"keys": [key]}))
        header, payload, signature = compact.split(text, ".", size_max=SIZE)
        members = compact.read_header(header, size_max=SIZE)
        algorithm, key_id = _read_header(members)
        compact.decode(payload)
        token = UnverifiedIdToken(
            issuer="",
            algorithm=algorithm,
            key_id=key_id,
            _header=members,
            _claims={},
            _signing_input=f"{header}.{payload}".encode("ascii"),
            _signature=compact.decode(signature),
        )
        token._check_signature(token._key(keys))
    except (DocumentRefusedError, TokenRefusedError) as error:
        return error.reason
    except InvalidIdentityTokenError as error:
        return error.detail
    return "taken"


def test_no_invalid_vector_is_taken(groups: list[Vector]) -> None:
    """No vector that is published as invalid is taken."""
    taken = [
        test["tcId"]
        for group in groups
        for test in group["tests"]
        if "valid" != test["result"] and "taken" == _verdict(group, test["jws"])
    ]

    assert [] == taken


def test_valid_vectors_of_our_algorithms(groups: list[Vector]) -> None:
    """Valid vectors are taken, or refused for a reason that is listed here."""
    verdicts = Counter(
        _verdict(group, test["jws"])
        for group in groups
        for test in group["tests"]
        if "valid" == test["result"]
    )

    assert EXPECTED == verdicts
