"""Each operation of the API succeeds by boto3, and by the AWS CLI, unmodified.

Both get the same parameters; what is checked is what the operation is for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from support.aws_clients import aws, keys_in, sts
from support.http_client import HttpAnswer, Keys, ask, signed
from support.http_organisation import (
    ANN,
    CLOSED,
    DEV,
    READER,
    TASK,
    VISITORS,
    WEB_PROVIDER,
    A,
    B,
)
from support.http_world import OPERATIONS, DoorOptions, HttpWorld
from support.oidc_issuer import claims, sign
from support.saml_idp import ASSERTION_ID, PROVIDER_ARN, ROLE_ARN, encode, response
from support.sts_world import StsWorld
from support.surroundings import Surroundings
from unit.sts.credentials import user
from unit.sts.delegations import approve

ANYTHING = (
    '{"Version":"2012-10-17","Statement":'
    '{"Effect":"Allow","Action":"*","Resource":"*"}}'
)
Answer = dict[str, Any]
# Calls an operation as a user, by one of the clients.
Call = Callable[[HttpWorld, Keys, str, Answer], Answer]


@dataclass(frozen=True)
class Case:
    """One operation: who calls it, with which parameters, and what it has to answer.

    Attributes:
        parameters: makes them.
        check: tells whether an answer is what the operation is for.
        caller: the ARN of the user who calls.
    """

    parameters: Callable[[HttpWorld], Answer]
    check: Callable[[HttpWorld, Answer], bool]
    caller: str = DEV


def _is_session_of(arn: str) -> Callable[[HttpWorld, Answer], bool]:
    """Checks that the credentials of an answer are those of somebody."""

    def check(world: HttpWorld, answer: Answer) -> bool:
        keys = keys_in(answer["Credentials"])
        found: HttpAnswer = ask(
            world, signed(world, keys, {"Action": "GetCallerIdentity"})
        )
        return (200, arn) == (found.status, found.text("Arn"))

    return check


def _sealed(world: HttpWorld) -> str:
    """Returns what comes with a denial."""
    client = sts(world, Keys.of(world, DEV))
    with pytest.raises(ClientError) as caught:
        client.assume_role(RoleArn=CLOSED, RoleSessionName="s1")
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    return str(headers["x-daypass-encoded-authorization-message"])


def _web_token(world: HttpWorld) -> str:
    now = int(world.clock.now().timestamp())
    return sign(claims(iat=now, exp=now + 3_600))


def _assertion(world: HttpWorld) -> str:
    """Returns an assertion that was not used before."""
    name = f"_{world.sts.entropy.token_bytes(9).hex()}"
    return encode(response((ASSERTION_ID, name)))


def _approval(world: HttpWorld) -> str:
    """Returns what a user of another account approves."""

    async def work(world: StsWorld) -> str:
        await world.follower.catch_up()
        ann = await user(world, ANN)
        result = await approve(world, ann, partner_account_id=A, policy=ANYTHING)
        return result.trade_in_token.reveal_text()

    return world.run(work(world.sts))


def _session(role: str, name: str) -> str:
    return f"arn:aws:sts::{B}:assumed-role/{role}/{name}"


CASES = {
    "AssumeRole": Case(
        lambda _: {
            "RoleArn": READER,
            "RoleSessionName": "each",
            "Tags": [{"Key": "Team", "Value": "red + blü=1"}],
            "TransitiveTagKeys": ["Team"],
            "DurationSeconds": 900,
        },
        _is_session_of(_session("Reader", "each")),
    ),
    "AssumeRoleWithSAML": Case(
        lambda world: {
            "RoleArn": ROLE_ARN,
            "PrincipalArn": PROVIDER_ARN,
            "SAMLAssertion": _assertion(world),
        },
        lambda _, answer: (
            answer["Audience"].endswith("/saml")
            and answer["AssumedRoleUser"]["Arn"].startswith(
                _session("S3Access", "")[:-1]
            )
        ),
    ),
    "AssumeRoleWithWebIdentity": Case(
        lambda world: {
            "RoleArn": VISITORS,
            "RoleSessionName": "visit",
            "WebIdentityToken": _web_token(world),
        },
        lambda world, answer: (
            WEB_PROVIDER == answer["Provider"]
            and _is_session_of(_session("Visitors", "visit"))(world, answer)
        ),
    ),
    "AssumeRoot": Case(
        lambda _: {"TargetPrincipal": B, "TaskPolicyArn": {"arn": TASK}},
        _is_session_of(f"arn:aws:iam::{B}:root"),
        caller=ANN,
    ),
    "DecodeAuthorizationMessage": Case(
        lambda world: {"EncodedMessage": _sealed(world)},
        lambda _, answer: json.loads(answer["DecodedMessage"])["allowed"] is False,
    ),
    "GetAccessKeyInfo": Case(
        lambda world: {"AccessKeyId": Keys.of(world, DEV).access_key_id},
        lambda _, answer: A == answer["Account"],
    ),
    "GetCallerIdentity": Case(
        lambda _: {}, lambda _, answer: (DEV, A) == (answer["Arn"], answer["Account"])
    ),
    "GetDelegatedAccessToken": Case(
        lambda world: {"TradeInToken": _approval(world)},
        lambda world, answer: (
            ANN == answer["AssumedPrincipal"] and _is_session_of(ANN)(world, answer)
        ),
    ),
    "GetFederationToken": Case(
        lambda _: {"Name": "guest", "Policy": ANYTHING},
        lambda world, answer: (
            f"{A}:guest" == answer["FederatedUser"]["FederatedUserId"]
            and _is_session_of(f"arn:aws:sts::{A}:federated-user/guest")(world, answer)
        ),
    ),
    "GetSessionToken": Case(lambda _: {"DurationSeconds": 900}, _is_session_of(DEV)),
    "GetWebIdentityToken": Case(
        lambda _: {"Audience": ["a", "b"], "SigningAlgorithm": "ES384"},
        lambda _, answer: 2 == answer["WebIdentityToken"].count("."),
    ),
}
# SPEC: assertions of tests are of one moment, and it is not signed.
AT_ITS_MOMENT = {"AssumeRoleWithSAML"}


@pytest.fixture(scope="module")
def present() -> Iterator[HttpWorld]:
    """Yields a deployment of today, for all operations but one."""
    with HttpWorld() as found:
        yield found


@pytest.fixture(scope="module")
def past() -> Iterator[HttpWorld]:
    """Yields a deployment at the moment that assertions are of."""
    with HttpWorld(DoorOptions(time_of_day=False)) as found:
        yield found


def _by_boto3(world: HttpWorld, keys: Keys, operation: str, sent: Answer) -> Answer:
    call = getattr(sts(world, keys), xform_name(operation))
    answer: Answer = call(**sent)
    return answer


def _by_cli(
    folder: Path, world: HttpWorld, keys: Keys, operation: str, sent: Answer
) -> Answer:
    result = aws(
        folder,
        *("--endpoint-url", world.url, "--region", "us-east-1"),
        *("sts", xform_name(operation, "-"), "--cli-input-json", json.dumps(sent)),
        AWS_ACCESS_KEY_ID=keys.access_key_id,
        AWS_SECRET_ACCESS_KEY=keys.secret_access_key,
    )
    assert 0 == result.returncode, result.stderr
    answer: Answer = json.loads(result.stdout)
    return answer


@pytest.fixture(params=["boto3", "cli"])
def call(request: pytest.FixtureRequest, around: Surroundings, tmp_path: Path) -> Call:
    """Returns what calls operations."""
    del around
    if request.param == "boto3":
        return _by_boto3
    return lambda *call: _by_cli(tmp_path, *call)


@pytest.mark.parametrize("operation", CASES)
def test_operation(
    call: Call, present: HttpWorld, past: HttpWorld, operation: str
) -> None:
    """An operation does what it is for."""
    world = past if operation in AT_ITS_MOMENT else present
    case = CASES[operation]

    answer = call(world, Keys.of(world, case.caller), operation, case.parameters(world))

    assert case.check(world, answer), answer.keys()


def test_every_operation_is_here() -> None:
    """There are eleven operations, and each has a case."""
    assert 11 == len(CASES)
    assert OPERATIONS.keys() == CASES.keys()
