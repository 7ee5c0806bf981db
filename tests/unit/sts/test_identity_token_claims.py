"""What an outbound token says, read by libraries that we did not write.

The judges are PyJWT and joserfc, with the documents that the issuer publishes.

SPEC: sts-operations 1.11, 6.3 and 6.4; details 1, 45 and 59.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import KeySet, KeySetSerialization

from daypass.keyring.algorithm import Algorithm
from daypass.keyring.key import KeyState
from daypass.keyring.ring import RingKey
from daypass.sts.caller import Caller
from daypass.sts.get_session_token import GetSessionTokenRequest
from daypass.sts.get_web_identity_token import GetWebIdentityTokenResult
from daypass.sts.tags import Tag
from support.rings import key_of
from support.sts_world import StsWorld
from unit.sts import outbound as org
from unit.sts.credentials import holder, session_token, user
from unit.sts.outbound import identity_token, issuers, outbound

FACTS = "https://sts.amazonaws.com/"
each_algorithm = pytest.mark.parametrize("algorithm", ["RS256", "ES384"])


def _by_pyjwt(
    world: StsWorld,
    result: GetWebIdentityTokenResult,
    audience: str = org.AUDIENCE,
    issuer: str = org.OWN_ISSUER,
) -> dict[str, object]:
    """Verifies a token as a service outside does, by discovery and key set."""
    token = result.web_identity_token.reveal_text()
    documents = issuers(world).documents(issuer)
    assert documents is not None
    keys = jwt.PyJWKSet.from_dict(json.loads(json.dumps(documents.key_set)))
    claims: dict[str, object] = jwt.decode(
        token,
        keys[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256", "ES384"],
        audience=audience,
        issuer=issuer,
        options={
            # The clock of the world stands still in the past.
            "verify_exp": False,
            "verify_iat": False,
            "require": ["exp", "iat", "jti", "sub", "aud", "iss"],
        },
    )
    return claims


async def _deploy(world: StsWorld, **parameters: object) -> Caller:
    ann = await user(world, org.ANN)
    return await world.session(await world.assume(ann, org.DEPLOY, **parameters))


@each_algorithm
async def test_another_key_set_refuses(algorithm: str) -> None:
    """A token does not verify with the key set of another deployment."""
    world = await outbound()
    result = await identity_token(
        world, world.user(org.ANN), signing_algorithm=algorithm
    )
    keys = tuple(
        replace(entry, key=key_of(entry.key.algorithm, 9))
        for entry in world.ring.value.keys
    )
    world.ring.value = replace(world.ring.value, version=2, keys=keys)

    with pytest.raises(KeyError):
        _by_pyjwt(world, result)


async def test_other_audience_and_issuer_refused() -> None:
    """A service refuses a token for another service, or of another account."""
    world = await outbound()
    result = await identity_token(world, world.user(org.ANN))
    other = issuers(world).issuer_of(world.directory.value.account(org.OTHER))

    with pytest.raises(jwt.InvalidAudienceError):
        _by_pyjwt(world, result, audience="https://other.example")
    with pytest.raises(jwt.InvalidIssuerError):
        _by_pyjwt(world, result, issuer=other)


@each_algorithm
async def test_pyjwt_takes_it(algorithm: str) -> None:
    """PyJWT verifies a token of either algorithm with what the issuer publishes."""
    world = await outbound()

    result = await identity_token(
        world, world.user(org.ANN), signing_algorithm=algorithm
    )

    now = int(world.clock.now().timestamp())
    header = jwt.get_unverified_header(result.web_identity_token.reveal_text())
    claims = _by_pyjwt(world, result)
    kid = world.ring.value.signing_key(Algorithm(algorithm)).kid
    assert {"alg": algorithm, "kid": kid, "typ": "JWT"} == header
    assert (org.OWN_ISSUER, org.AUDIENCE, org.ANN, now, now + 300) == tuple(
        claims[name] for name in ("iss", "aud", "sub", "iat", "exp")
    )
    assert 4 == uuid.UUID(str(claims["jti"])).version


@each_algorithm
async def test_joserfc_takes_it(algorithm: str) -> None:
    """The library of Authlib's author verifies a token of either algorithm with the same key set."""
    world = await outbound()
    result = await identity_token(
        world, world.user(org.ANN), signing_algorithm=algorithm
    )
    documents = issuers(world).documents(org.OWN_ISSUER)
    assert documents is not None

    published: KeySetSerialization = json.loads(json.dumps(documents.key_set))

    token = joserfc_jwt.decode(
        result.web_identity_token.reveal_text(),
        KeySet.import_key_set(published),
        algorithms=["RS256", "ES384"],
    )

    joserfc_jwt.JWTClaimsRegistry(
        now=lambda: int(world.clock.now().timestamp()),
        iss={"essential": True, "value": org.OWN_ISSUER},
        aud={"essential": True, "value": org.AUDIENCE},
        exp={"essential": True},
    ).validate(token.claims)
    assert org.ANN == token.claims["sub"]


async def test_detail_59_audience_forms() -> None:
    """Detail 59: one audience is a string, two are an array."""
    world = await outbound()
    ann = world.user(org.ANN)

    one = _by_pyjwt(world, await identity_token(world, ann, audience=("a",)), "a")
    two = _by_pyjwt(world, await identity_token(world, ann, audience=("a", "b")), "b")

    assert ("a", ["a", "b"]) == (one["aud"], two["aud"])


async def test_user_facts() -> None:
    """A user with long-term keys is told with what is known, and nothing else."""
    world = await outbound()

    claims = _by_pyjwt(world, await identity_token(world, world.user(org.ANN)))

    assert {
        "aws_account": "029608264753",
        "source_region": "eu-test-1",
        "principal_id": org.ANN,
        "org_id": "o-outbound001",
        "ou_path": ["o-outbound001/root/shop/"],
        "principal_tags": {"team": "data", "Env": "prod"},
    } == claims[FACTS]


async def test_detail_1_role_keeps_its_path() -> None:
    """Detail 1: a role session is told by its role's ARN, with the path."""
    world = await outbound()
    caller = await _deploy(world)

    claims = _by_pyjwt(world, await identity_token(world, caller))

    facts = claims[FACTS]
    assert isinstance(facts, dict)
    assert f"arn:aws:iam::{org.ACCOUNT}:role/ci/Deploy" == claims["sub"]
    assert claims["sub"] == facts["principal_id"]
    assert "assumed-role" in caller.principal.arn


async def test_session_facts() -> None:
    """A session is told with its end, its source identity and its tags."""
    world = await outbound()
    caller = await _deploy(
        world,
        source_identity="alice",
        tags=(Tag("TEAM", "session"), Tag("job", "7")),
        duration_seconds=900,
    )
    world.clock.advance(timedelta(seconds=60))
    await world.follower.catch_up()

    result = await identity_token(world, caller, tags=(Tag("run", "8"),))

    facts = _by_pyjwt(world, result)[FACTS]
    assert isinstance(facts, dict)
    assert {"TEAM": "session", "job": "7"} == facts["principal_tags"]
    assert {"run": "8"} == facts["request_tags"]
    assert ("alice", "2026-01-02T03:19:05Z") == (
        facts["source_identity"],
        facts["original_session_exp"],
    )


async def test_provider_is_told() -> None:
    """A session that a provider's proof began names the provider."""
    world = await outbound()
    caller = await _deploy(world)
    assert caller.session is not None
    provider = "arn:aws:iam::029608264753:oidc-provider/idp.example"
    session = replace(caller.session, federated_provider=provider)

    result = await identity_token(world, replace(caller, session=session))

    facts = _by_pyjwt(world, result)[FACTS]
    assert isinstance(facts, dict)
    assert provider == facts["federated_provider"]


async def test_user_session_is_told_as_its_user() -> None:
    """A session of GetSessionToken is its user, and says when it ends."""
    world = await outbound()
    issued = await session_token(
        world,
        await user(world, org.ANN),
        GetSessionTokenRequest(duration_seconds=3_600),
    )

    claims = _by_pyjwt(
        world, await identity_token(world, await holder(world, issued.credentials))
    )

    facts = claims[FACTS]
    assert isinstance(facts, dict)
    assert org.ANN == claims["sub"]
    assert "2026-01-02T04:04:05Z" == facts["original_session_exp"]


async def test_account_outside_an_organisation() -> None:
    """An account without organisation, and a user without tags, have no such facts."""
    world = await outbound(
        org.account(org.ACCOUNT, "ann", org.ENABLED).replace(
            "tags: {team: data, Env: prod}", "tags: {}"
        )
    )

    claims = _by_pyjwt(world, await identity_token(world, world.user(org.ANN)))

    assert {
        "aws_account": org.ACCOUNT,
        "source_region": "eu-test-1",
        "principal_id": org.ANN,
    } == claims[FACTS]


async def test_retiring_key_still_verifies() -> None:
    """A token of a key that signs no more verifies for as long as it is published."""
    world = await outbound()
    result = await identity_token(world, world.user(org.ANN))
    ring = world.ring.value
    retiring = tuple(
        replace(entry, state=KeyState.RETIRING)
        if entry.key.algorithm is Algorithm.ES384
        else entry
        for entry in ring.keys
    )
    fresh = RingKey(key_of(Algorithm.ES384, 9), KeyState.ACTIVE, world.clock.now())
    world.ring.value = replace(ring, version=2, keys=(*retiring, fresh))

    assert org.ANN == _by_pyjwt(world, result)["sub"]
