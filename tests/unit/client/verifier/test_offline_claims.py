"""What the verifier reads of a session token, and what it refuses to read.

Source: the project's attack catalogue, section J, by its numbers.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import timedelta

import pytest

from daypass.core.errors import DaypassError
from daypass.core.session import SessionKind, SessionPolicies
from daypass.keyring.key import SigningKey
from daypass.keyring.ring import Ring
from daypass.tokens.session_token import SessionTokenVerifier
from daypass_client.verifier import SessionClaims
from daypass_client.verifier.strict_json import loads_object
from support.forge import Held, b64, claims_of, forge, header_of
from support.offline import OfflineWorld
from support.world import START

REQUIRED = ("ver", "iss", "jti", "sub", "iat", "exp", "kind", "acct", "name", "epoch")
REQUIRED_TOO = ("dkid", "origin")
OPTIONAL = ("cbeg", "anc", "ancp", "srcid", "mfa", "idp", "fed", "packed")
WRONG: tuple[object, ...] = (
    None,
    True,
    -1,
    1.5,
    10**12,
    "",
    "x",
    [],
    [1],
    ["x", True],
    {},
    {"a": "b"},
)

Forge = Callable[[dict[str, object]], str]


@pytest.fixture
def forged(world: OfflineWorld, key: SigningKey) -> Forge:
    """Returns what signs the claims of a good token with changes."""

    def sign(changes: dict[str, object]) -> str:
        return forge(header_of(key), claims_of(world.token()) | changes, key)

    return sign


@pytest.fixture
def taken_by_server(ring: Ring) -> Callable[[str], bool]:
    """Returns what tells whether the server takes a token."""
    server = SessionTokenVerifier(ring=Held(ring))

    def taken(token: str) -> bool:
        try:
            server.verify(token, START)
        except DaypassError:
            return False
        return True

    return taken


@pytest.mark.parametrize("name", [*REQUIRED, *REQUIRED_TOO])
def test_j22_claim_is_missing(world: OfflineWorld, key: SigningKey, name: str) -> None:
    """Every claim of the list is there."""
    claims = claims_of(world.token())
    del claims[name]

    assert "untrusted" == world.refused(forge(header_of(key), claims, key))


@pytest.mark.parametrize("name", [*REQUIRED, *REQUIRED_TOO, *OPTIONAL])
@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_j19_j21_claim_of_any_type(
    world: OfflineWorld,
    forged: Forge,
    taken_by_server: Callable[[str], bool],
    name: str,
    value: object,
) -> None:
    """Whatever a claim says, the verifier takes what the server takes."""
    token = forged({name: value})

    # NOTE: of another ring a verifier knows nothing unless it is told.
    if name == "iss" and isinstance(value, str):
        assert "good" == world.verdict(token)
        return
    verdict = world.verdict(token)
    assert taken_by_server(token) == (verdict == "good"), verdict


def test_claim_of_nobody(world: OfflineWorld, forged: Forge) -> None:
    """A claim that is not of the list is refused, and not passed over."""
    assert "untrusted" == world.refused(forged({"role": "admin"}))


@pytest.mark.parametrize(
    "text",
    [
        '{"exp":1e400}',
        '{"exp":NaN}',
        '{"exp":Infinity}',
        "{'exp':1}",
        '{"exp":1,}',
        '{"exp":1}//',
        "[" * 100_000,
        '{"a":"\\ud800"}',
        "[]",
        "null",
        f'{{"exp":{"9" * 4_301}}}',
        "\ufeff{}",
    ],
    ids=lambda text: text[:12],
)
def test_j19_j20_j49_no_strict_json(
    world: OfflineWorld, key: SigningKey, text: str
) -> None:
    """What is no strict JSON is refused, and no other error comes of it."""
    token = forge(header_of(key), text, key)

    assert world.refused(token) in {"untrusted", "malformed"}


def test_string_without_end_is_one_string() -> None:
    """Marks within a string that nothing closes are not sought an end for each."""
    text = '"' + '\\"' * 1_000 + "[" * 1_000

    with pytest.raises(ValueError, match="Unterminated"):
        loads_object(text.encode())


@pytest.mark.parametrize("name", ["exp", "\\u0065xp", "sub", "s\\u0075b"])
def test_j17_j18_claims_twice(world: OfflineWorld, key: SigningKey, name: str) -> None:
    """A claim that is there twice is refused, escaped or not."""
    plain = json.dumps(claims_of(world.token()))
    twice = f'{plain[:-1]},"{name}":{2**31}}}'

    assert "untrusted" == world.refused(forge(header_of(key), twice, key))


def test_j60_other_encodings(world: OfflineWorld, key: SigningKey) -> None:
    """JSON is UTF-8."""
    text = json.dumps(claims_of(world.token()))
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        token = forge(header_of(key), text.encode(encoding), key)
        assert "untrusted" == world.refused(token)


@pytest.mark.parametrize(
    "packed",
    [b64(b"no zlib"), "=", "A", b64(bytes(40)), "x\u00e4"],
)
def test_packed_part_of_others(world: OfflineWorld, forged: Forge, packed: str) -> None:
    """What is packed is what servers pack."""
    assert "untrusted" == world.refused(forged({"packed": packed}))


@pytest.mark.parametrize(
    ("members", "good"),
    [
        ({"t": {"a": "b"}, "x": ["a"]}, True),
        ({"p": "", "a": ["arn"]}, True),
        ({"t": {"a": 1}}, False),
        ({"t": []}, False),
        ({"x": "a"}, False),
        ({"p": 1}, False),
        ({"q": 1}, False),
        ({"t": {"a": "b" * 200_000}}, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_packed_members(
    world: OfflineWorld,
    forged: Forge,
    taken_by_server: Callable[[str], bool],
    members: dict[str, object],
    *,
    good: bool,
) -> None:
    """Of what is packed, the verifier takes what the server takes."""
    token = forged({"packed": b64(zlib.compress(json.dumps(members).encode()))})

    assert good is (world.verdict(token) == "good")
    assert good is taken_by_server(token)


def test_packed_part_ends_where_it_ends(world: OfflineWorld, forged: Forge) -> None:
    """Nothing stands behind what is packed, and nothing of it is cut off."""
    whole = zlib.compress(b'{"x":["a"]}')
    for data in (whole + b"\0", whole[:-1]):
        assert "untrusted" == world.refused(forged({"packed": b64(data)}))


def test_deployment_is_told_apart(ring: Ring, forged: Forge) -> None:
    """Where a deployment is named, sessions of another one are refused."""
    own = OfflineWorld(ring, ring_id=ring.ring_id)

    assert "good" == own.verdict(own.token())
    assert "untrusted" == own.refused(forged({"iss": "another"}))


def test_everything_is_read(world: OfflineWorld, ring: Ring) -> None:
    """What a server has written is what is read."""
    token = world.token(
        ancestors=("ASIA" + "A" * 16,),
        ancestor_principals=("AROA" + "A" * 17,),
        chain_began=START - timedelta(minutes=5),
        tags={"team": "shop", "\u00e4": "\u00f6"},
        transitive_tag_keys=frozenset({"team"}),
        source_identity="alice",
        mfa_time=START - timedelta(minutes=1),
        federated_provider="https://login.example",
        federated_keys={"login.example:sub": ("a", "b")},
        policies=SessionPolicies(inline='{"Statement":[]}', managed_arns=("arn",)),
    )

    claims = world.verify(token)

    assert (
        SessionClaims(
            kind="role",
            account_id="123456789012",
            access_key_id="ASIA" + "Q" * 16,
            principal_id="AROA" + "R" * 17,
            session_name="alice",
            issue_time=START,
            expire_time=START + timedelta(hours=1),
            origin_id="AIDA" + "U" * 17,
            source_identity="alice",
            tags={"team": "shop", "\u00e4": "\u00f6"},
            transitive_tag_keys=("team",),
            mfa_time=START - timedelta(minutes=1),
            federated_provider="https://login.example",
            federated_keys={"login.example:sub": ("a", "b")},
            ring_id=ring.ring_id,
        )
        == claims
    )


def test_j51_names_of_python_are_only_names(world: OfflineWorld) -> None:
    """A tag may have any name; none becomes an attribute."""
    claims = world.verify(world.token(tags={"__class__": "x", "__proto__": "y"}))

    assert {"__class__": "x", "__proto__": "y"} == dict(claims.tags)
    assert SessionClaims is type(claims)


@pytest.mark.parametrize("kind", SessionKind)
def test_every_kind_is_read(world: OfflineWorld, kind: SessionKind) -> None:
    """A session of each kind is taken for a quarter of an hour."""
    token = world.token(kind=kind, expire_time=START + timedelta(minutes=15))

    assert kind.value == world.verify(token).kind
