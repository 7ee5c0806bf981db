"""Which kind of credential may call which operation, with credentials of each kind.

Every credential was issued by the door that it is shown to, but for the approval of
a delegation, which this door does not give. What the table of kinds lets through is
answered by policy or parameters; the audit log tells the two apart.

SPEC: sts-operations 0.9; details 18 and 19.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from daypass.core.secret import Secret
from support.http_client import HttpAnswer, Keys, ask, presigned, signed, unsigned
from support.http_organisation import (
    ANN,
    DEV,
    MANAGEMENT,
    READER,
    ROOT,
    TASK,
    VISITORS,
    A,
    B,
)
from support.http_world import DoorOptions, HttpWorld
from support.oidc_issuer import claims, sign
from support.saml_idp import PROVIDER_ARN, ROLE_ARN, encode, response
from support.sts_world import StsWorld
from unit.sts.credentials import user
from unit.sts.delegations import approve

# In the order of the columns below.
KINDS = (
    "user",
    "root",
    "role session",
    "session by SAML",
    "session by web identity",
    "session of a user",
    "federated user",
    "root task",
    "delegated session",
)
# SPEC: 0.9; GetDelegatedAccessToken: 1.8.
MATRIX = {
    "AssumeRole": "+-++++---",
    "AssumeRoot": "+-+++----",
    "DecodeAuthorizationMessage": "+++++----",
    "GetAccessKeyInfo": "+++++----",
    "GetCallerIdentity": "+++++++++",
    "GetDelegatedAccessToken": "+-+++----",
    "GetFederationToken": "++-------",
    "GetSessionToken": "++-------",
    "GetWebIdentityToken": "+-++++---",
}
# Each is well-formed, so that only who calls can be wrong.
REQUESTS = {
    "AssumeRole": {"RoleArn": READER, "RoleSessionName": "s1"},
    "AssumeRoot": {"TargetPrincipal": B, "TaskPolicyArn.arn": TASK},
    "DecodeAuthorizationMessage": {"EncodedMessage": "x" * 40},
    "GetAccessKeyInfo": {"AccessKeyId": "ASIAQNZGKIQY56JQ7WML"},
    "GetCallerIdentity": {},
    "GetDelegatedAccessToken": {"TradeInToken": "x" * 40},
    "GetFederationToken": {"Name": "guest"},
    "GetSessionToken": {},
    "GetWebIdentityToken": {"Audience.member.1": "a", "SigningAlgorithm": "ES384"},
}
EVERYTHING = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"*","Resource":"*"}}'
)


@pytest.fixture
def world() -> Iterator[HttpWorld]:
    """Yields a deployment at the moment that assertions in tests are of."""
    with HttpWorld(DoorOptions(time_of_day=False)) as found:
        yield found


def keys_of(world: HttpWorld, kind: str) -> Keys:
    """Returns credentials of a kind, which the door issues unless they are declared."""
    dev = Keys.of(world, DEV)
    if kind == "user":
        return dev
    if kind == "root":
        return Keys.of(world, ROOT)
    if kind.startswith("session by"):
        return Keys.issued(_good(ask(world, unsigned(world, _federated(world, kind)))))
    who = Keys.of(world, ANN) if kind == "root task" else dev
    return Keys.issued(_good(ask(world, signed(world, who, _asking(world, kind)))))


def _federated(world: HttpWorld, kind: str) -> dict[str, str]:
    if kind == "session by SAML":
        return {
            "Action": "AssumeRoleWithSAML",
            "RoleArn": ROLE_ARN,
            "PrincipalArn": PROVIDER_ARN,
            "SAMLAssertion": encode(response()),
        }
    now = int(world.clock.now().timestamp())
    return {
        "Action": "AssumeRoleWithWebIdentity",
        "RoleArn": VISITORS,
        "RoleSessionName": "visit",
        "WebIdentityToken": sign(claims(iat=now, exp=now + 3_600)),
    }


def _asking(world: HttpWorld, kind: str) -> dict[str, str]:
    operation = {
        "role session": "AssumeRole",
        "session of a user": "GetSessionToken",
        "federated user": "GetFederationToken",
        "root task": "AssumeRoot",
        "delegated session": "GetDelegatedAccessToken",
    }[kind]
    asked = {"Action": operation, **REQUESTS[operation]}
    if kind == "federated user":
        asked["Policy"] = EVERYTHING
    if kind == "delegated session":
        asked["TradeInToken"] = world.run(_approval(world.sts)).reveal_text()
    return asked


async def _approval(sts: StsWorld, policy: str = EVERYTHING) -> Secret:
    await sts.follower.catch_up()
    approver = await user(sts, ANN)
    result = await approve(sts, approver, partner_account_id=A, policy=policy)
    return result.trade_in_token


def _good(answer: HttpAnswer) -> HttpAnswer:
    assert 200 == answer.status, answer.body
    return answer


@pytest.mark.parametrize(("number", "kind"), list(enumerate(KINDS)), ids=KINDS)
def test_matrix(world: HttpWorld, number: int, kind: str) -> None:
    """A kind of credential may call what the matrix says, and nothing else (18, 19)."""
    keys = keys_of(world, kind)

    found = {}
    for operation, parameters in REQUESTS.items():
        before = len(world.sts.audit.records)
        answer = ask(world, signed(world, keys, {"Action": operation, **parameters}))
        details = [one.detail for one in world.sts.audit.records[before:]]
        found[operation] = "-" if "caller_kind" in details else "+"
        if found[operation] == "-":
            assert (403, "AccessDenied") == answer.refusal

    assert {each: marks[number] for each, marks in MATRIX.items()} == found


def test_matrix_is_whole(world: HttpWorld) -> None:
    """The matrix has every operation of the door that needs a signature."""
    unproven = {"AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"}
    known = [
        operation
        for operation in [*MATRIX, *sorted(unproven), "BatchAssumeRole", "Nope"]
        if ask(world, unsigned(world, {"Action": operation})).code != "InvalidAction"
    ]

    assert {*MATRIX, *unproven} == set(known)


def test_whose_session_a_delegation_is(world: HttpWorld) -> None:
    """A delegated session is that of the account that approved it."""
    keys = keys_of(world, "delegated session")

    answer = ask(world, signed(world, keys, {"Action": "GetCallerIdentity"}))

    assert (ANN, MANAGEMENT) == (answer.text("Arn"), answer.text("Account"))


def test_identity_of_delegation_is_not_limited(world: HttpWorld) -> None:
    """A delegated session says who its approver is, whatever was approved (ADR 0038).

    A presigned request says it to others: to who asks nothing else, it is the approver.
    """
    narrow = EVERYTHING.replace('"Action":"*"', '"Action":"s3:GetObject"')
    token = world.run(_approval(world.sts, narrow)).reveal_text()
    asked = {"Action": "GetDelegatedAccessToken", "TradeInToken": token}
    keys = Keys.issued(_good(ask(world, signed(world, Keys.of(world, DEV), asked))))

    identity = {"Action": "GetCallerIdentity"}
    for call in (presigned(world, keys, identity), signed(world, keys, identity)):
        assert ANN == ask(world, call).text("Arn")
