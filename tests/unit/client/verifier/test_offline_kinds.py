"""Kinds of tokens are never taken for one another, nor for somebody else.

Source: the project's attack catalogue, section J, by its numbers.
"""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from daypass.core.exchanged_token import Party, TokenUse
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.ring import Ring
from daypass_client.errors import TokenRejectedError
from daypass_client.verifier.values import ExchangedClaims
from daypass_client.verifier.values import Party as ClientParty
from support.exchanged import OUR_ISSUER, encoded, exchanged_token
from support.forge import claims_of, forge, header_of
from support.offline import ACCOUNT_ISSUER, US, OfflineWorld, identity_token
from support.world import START

KINDS = ("session", "exchanged", "identity")
REFUSALS = {
    "session": "not_a_session_token",
    "exchanged": "not_an_exchanged_token",
    "identity": "not_an_identity_token",
}


def tokens(world: OfflineWorld) -> dict[str, str]:
    """Returns good tokens of each kind."""
    return {
        "session": world.token(),
        "exchanged": encoded(world.ring),
        "exchanged id": encoded(world.ring, use=TokenUse.ID),
        "exchanged jwt": encoded(world.ring, use=TokenUse.JWT),
        "identity": identity_token(world.ring),
    }


def judged(world: OfflineWorld, kind: str, token: str) -> str:
    """Returns what is said of a token as one kind."""
    try:
        if kind == "session":
            world.judge.session(token)
        elif kind == "exchanged":
            world.judge.exchanged(token, issuer=OUR_ISSUER, audience="images")
        else:
            world.judge.identity(token, issuer=ACCOUNT_ISSUER, audience=US)
    except TokenRejectedError as rejection:
        return rejection.reason
    return "good"


@pytest.mark.parametrize("seen", [False, True])
def test_j28_kinds_are_told_apart(world: OfflineWorld, *, seen: bool) -> None:
    """A token is good as what it is, and as nothing else, seen before or not."""
    for kind, token in tokens(world).items():
        own = kind.partition(" ")[0]
        if seen:
            assert "good" == judged(world, own, token)
        for asked in KINDS:
            expected = "good" if asked == own else REFUSALS[asked]
            assert expected == judged(world, asked, token), (kind, asked)


@pytest.mark.parametrize("use", TokenUse)
@pytest.mark.parametrize("token_type", ["at+jwt", "JWT"])
def test_j28_use_fits_type(
    world: OfflineWorld, ring: Ring, use: TokenUse, token_type: str
) -> None:
    """A token is of the media type that its use has."""
    signer = ring.signing_key()
    claims = claims_of(encoded(ring, use=use))
    token = forge(header_of(signer, token_type), claims, signer)

    fits = (use is TokenUse.ACCESS) == (token_type == "at+jwt")
    assert ("good" if fits else "untrusted") == judged(world, "exchanged", token)


@pytest.mark.parametrize(
    "issuer",
    [
        OUR_ISSUER + "/",
        OUR_ISSUER.upper(),
        OUR_ISSUER[:-1],
        "",
        OUR_ISSUER + "\0",
    ],
)
def test_j26_issuer_is_matched_whole(
    world: OfflineWorld, ring: Ring, issuer: str
) -> None:
    """An issuer is the same to the letter, or another."""
    for token, judge in (
        (encoded(ring), world.judge.exchanged),
        (identity_token(ring, issuer=OUR_ISSUER), world.judge.identity),
    ):
        with pytest.raises(TokenRejectedError) as caught:
            judge(token, issuer=issuer, audience=US)
        assert "wrong_issuer" == caught.value.reason


@pytest.mark.parametrize("audience", [US[:-1], US + "2", US.upper(), "", "*"])
def test_j27_audience_is_matched_whole(
    world: OfflineWorld, ring: Ring, audience: str
) -> None:
    """An audience is one of those of the token to the letter, or none."""
    good = world.judge.identity(
        identity_token(ring, audiences=("x", US)), issuer=ACCOUNT_ISSUER, audience=US
    )
    for token, issuer, judge in (
        (identity_token(ring), ACCOUNT_ISSUER, world.judge.identity),
        (encoded(ring, audiences=(US,)), OUR_ISSUER, world.judge.exchanged),
    ):
        with pytest.raises(TokenRejectedError) as caught:
            judge(token, issuer=issuer, audience=audience)
        assert "wrong_audience" == caught.value.reason
    assert ("x", US) == good.claims.audiences


@pytest.mark.parametrize("audience", [[], [""], "", [[US]], {US: 1}, None, 1, True])
def test_j27_audience_of_another_type(
    world: OfflineWorld, ring: Ring, audience: object
) -> None:
    """An audience is a text, or a list of texts, and not nothing."""
    signer = ring.signing_key(Algorithm.ES384)
    claims = claims_of(identity_token(ring)) | {"aud": audience}
    token = forge(header_of(signer, "JWT"), claims, signer)

    assert "untrusted" == judged(world, "identity", token)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_identity_token_is_read(
    world: OfflineWorld, ring: Ring, algorithm: Algorithm
) -> None:
    """Of an identity token all is read; PyJWT agrees that it is good."""
    token = identity_token(ring, algorithm=algorithm)

    claims = world.judge.identity(token, issuer=ACCOUNT_ISSUER, audience=US).claims

    jwk = jwt.PyJWK(ring.signing_key(algorithm).verifying_key.jwk())
    theirs = jwt.decode(
        token,
        jwk.key,
        algorithms=[algorithm.value],
        options={"verify_aud": False, "verify_exp": False, "verify_iat": False},
    )
    assert (theirs["sub"], theirs["jti"]) == (claims.subject, claims.token_id)
    assert (START, START + timedelta(minutes=5)) == (
        claims.issue_time,
        claims.expire_time,
    )
    assert {"team": "shop"} == claims.facts["principal_tags"]
    assert {} == claims.others


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"nbf": int(START.timestamp()) + 5}, "good"),
        ({"nbf": int(START.timestamp()) + 6}, "not_yet_valid"),
        ({"nbf": int(START.timestamp()) - 60}, "good"),
        ({"nbf": True}, "untrusted"),
        ({"exp": int(START.timestamp()) + 3_600}, "good"),
        ({"exp": int(START.timestamp()) + 3_601}, "untrusted"),
        ({"exp": int(START.timestamp())}, "untrusted"),
        ({"https://sts.amazonaws.com/": []}, "untrusted"),
        ({"sub": 1}, "untrusted"),
        ({"newer": {"a": 1}}, "good"),
        ({"token_use": "id"}, "not_an_identity_token"),
        ({"daypass": {}}, "not_an_identity_token"),
    ],
    ids=str,
)
def test_claims_of_an_identity_token(
    world: OfflineWorld, ring: Ring, changes: dict[str, object], expected: str
) -> None:
    """Times are checked, unknown claims passed on, and those of other kinds refused."""
    signer = ring.signing_key(Algorithm.ES384)
    claims = claims_of(identity_token(ring)) | changes
    token = forge(header_of(signer, "JWT"), claims, signer)

    assert expected == judged(world, "identity", token)


def test_exchanged_token_is_read(world: OfflineWorld, ring: Ring) -> None:
    """Of an exchanged token all is read."""
    actors = (Party("https://a.example", "a"), Party("https://b.example", "b"))
    text = encoded(ring, actors=actors, scopes=("a", "b"))

    found = world.judge.exchanged(text, issuer=OUR_ISSUER, audience="images").claims

    token = exchanged_token(actors=actors, scopes=("a", "b"))
    assert (
        ExchangedClaims(
            use="access",
            token_id=token.token_id,
            subject=token.subject,
            party=ClientParty(token.party.issuer, token.party.subject),
            audiences=token.audiences,
            scopes=token.scopes,
            client_arn=token.client_arn,
            account_id=token.account_id,
            actors=tuple(ClientParty(a.issuer, a.subject) for a in actors),
            issue_time=token.issue_time,
            expire_time=token.expire_time,
            issuer=OUR_ISSUER,
        )
        == found
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": 1},
        {"sub": "somebody"},
        {"scope": "a  b"},
        {"scope": ""},
        {"act": {"iss": "a"}},
        {"act": {"iss": "a", "sub": "b", "more": 1}},
        {"sub_id": {"format": "opaque", "iss": "a", "sub": "b"}},
        {"daypass": {"ver": 2}},
        {"token_use": "refresh"},
        {"exp": int(START.timestamp()) + 43_201},
        {"exp": int(START.timestamp())},
    ],
    ids=str,
)
def test_claims_that_no_server_writes(
    world: OfflineWorld, ring: Ring, changes: dict[str, object]
) -> None:
    """An exchanged token has the claims of the list, and no others."""
    signer = ring.signing_key()
    token = forge(
        header_of(signer, "at+jwt"), claims_of(encoded(ring)) | changes, signer
    )

    assert "untrusted" == judged(world, "exchanged", token)


def test_actors_are_bounded(world: OfflineWorld, ring: Ring) -> None:
    """Four may act one for the other, and not five."""
    signer = ring.signing_key()
    act: dict[str, object] = {}
    for number in range(5):
        act = {"iss": "i", "sub": str(number), **({"act": act} if act else {})}
        claims = claims_of(encoded(ring)) | {"act": act}
        token = forge(header_of(signer, "at+jwt"), claims, signer)
        expected = "good" if number < 4 else "untrusted"
        assert expected == judged(world, "exchanged", token)
