"""Tokens that a real key has signed and no server would issue, many at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from daypass.core.exchanged_token import TokenUse
from daypass.keyring.ring import Ring
from support.exchanged import OUR_ISSUER, encoded
from support.forge import b64_decode, claims_of, forge
from support.offline import OfflineWorld, identity_token

AUDIENCE = "images"
# Each type that a claim may have, at its edges and beyond.
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 1.5, 2**53, 2**70),
    *(253_402_300_799, 253_402_300_800, "", "x", "1", "role", "root-task", "\ud800"),
    *([], [""], ["a"], [1], ["log-1", 7], ["log-1", 7.0], ["log-1", -1], ["log-1"]),
    *({}, {"a": "b"}, {"a": ["b"]}, {"a": 1}, {"iss": "a", "sub": "b"}),
    *({"iss": "a", "sub": "b", "act": {"iss": "a", "sub": "b"}},),
    *("eNqrrgUAAXUA-Q", "eNqrrgUAAXUA-Q="),
)
_NAMES = (
    *("anc", "ancp", "srcid", "idp", "fed", "mfa", "cbeg", "packed", "nbf", "act"),
    *("scope", "token_use", "daypass", "aud", "x"),
)
_HEADERS: tuple[Any, ...] = ("at+jwt", "JWT", "jwt", "ES256", "", "\ud800", 1, None)
_PAYLOADS = (
    *('{"a":1}', "[]", "{}", '{"jti":1,"jti":2}', "\ufeff{}", '{"iat":1e400}'),
    '{"iat":' + "1" * 33 + "}",
)


@dataclass(frozen=True)
class MutatedToken:
    """A token, and as which kind it is shown."""

    kind: str
    text: str


def mutated_tokens(
    world: OfflineWorld, seed: int, count: int
) -> Iterator[MutatedToken]:
    """Yields tokens, the same for the same seed; some are good."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose.
    tokens = (
        ("session", world.token()),
        ("exchanged", encoded(world.ring)),
        ("exchanged", encoded(world.ring, use=TokenUse.ID)),
        ("identity", _identity(world.ring)),
    )
    for _ in range(count):
        kind, token = random.choice(tokens)
        yield MutatedToken(kind, _mutated(random, token, world.ring))


def _identity(ring: Ring) -> str:
    return identity_token(ring, issuer=OUR_ISSUER, audiences=(AUDIENCE,))


def _mutated(random: Random, token: str, ring: Ring) -> str:
    key = ring.signing_key()
    named: dict[str, Any] = json.loads(b64_decode(token.split(".", maxsplit=1)[0]))
    header = named | {"alg": key.algorithm.value, "kid": key.kid}
    if random.random() < 0.1:
        header[random.choice(["alg", "kid", "typ", "x"])] = random.choice(_HEADERS)
    claims = claims_of(token)
    _mutate(random, claims)
    raw = random.random() < 0.05
    made = forge(header, random.choice(_PAYLOADS) if raw else claims, key)
    if random.random() < 0.05:
        place = random.randrange(len(made))
        made = made[:place] + random.choice("A.=- \n_é") + made[place + 1 :]
    return made


def _mutate(random: Random, claims: dict[str, Any]) -> None:
    """Changes one claim or two, or adds or drops one, of those within others too."""
    for _ in range(random.choice([1, 1, 1, 2])):
        inner = [value for value in claims.values() if isinstance(value, dict)]
        target = random.choice(inner) if inner and random.random() < 0.3 else claims
        name = random.choice([*target, *_NAMES])
        if name in target and random.random() < 0.2:
            del target[name]
        else:
            target[name] = json.loads(json.dumps(random.choice(_VALUES)))
