"""What each client does when a repeated call is not to be answered again.

See PROTOCOL.md. SPEC: sts-operations 3.4; decisions 0013 and 0054.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest

from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from daypass_client._stubs.daypass.api.types.v1.credentials_pb2 import Credentials
from support.client_answers import SESSION_ARN, WHO
from support.conformance_program import Program, keys_members
from support.daypassd import ROLE, Daypassd, Keys, Organisation, wait_until
from support.fake_daypass import FakeDaypass, credentials_of, refusal
from support.lossy_relay import LossyRelay, lossy_relay
from support.running import DaypassServer

CODE = grpc.StatusCode
AWAY = refusal(CODE.UNAVAILABLE, "ServiceUnavailable")
ANSWERED = refusal(CODE.UNAUTHENTICATED, "SignatureDoesNotMatch", sign_anew=True)
WRONG = refusal(CODE.UNAUTHENTICATED, "SignatureDoesNotMatch")
# Keys that follow each other every second. A server that has not heard of them for half
# of the last answers nothing, and this machine may be a busy one.
ROTATING = ("--key-period", "1", "--key-lead", "0.5", "--key-settle", "8")
# A call that waits for a rotation, on a machine that others use too.
TIMEOUT_MS = 35_000

pytestmark = pytest.mark.timeout(90)


@contextmanager
def opened(
    program: Program, endpoint: str, keys: dict[str, str | None]
) -> Iterator[str]:
    """Opens a client, and yields its name."""
    program.do(
        "open", client="r", endpoint=endpoint, credentials=keys, timeout_ms=TIMEOUT_MS
    )
    yield "r"
    program.do("close", client="r")


@pytest.fixture
def asking(program: Program, fake: FakeDaypass) -> Iterator[str]:
    """Opens a client of the scripted server, and yields its name."""
    with opened(program, fake.endpoint, keys_members(credentials_of(1))) as name:
        yield name


def _proofs(fake: FakeDaypass) -> list[int]:
    """Returns which of its proofs each call carried, counted from the first."""
    proofs = [call.metadata["authorization"] for call in fake.calls]
    return [list(dict.fromkeys(proofs)).index(proof) for proof in proofs]


def test_repeat_is_signed_anew(
    program: Program, fake: FakeDaypass, asking: str
) -> None:
    """A repeat that cannot be answered again is signed anew, and is another call."""
    fake.refuse(AWAY, ANSWERED)
    fake.answer(WHO)

    found = program.do("call", client=asking, operation="GetCallerIdentity")

    names = [call.metadata["amz-sdk-invocation-id"] for call in fake.calls]
    assert SESSION_ARN == found["arn"]
    assert [0, 0, 1] == _proofs(fake)
    assert names[1] != names[2]


def test_repeat_by_a_proxy_is_signed_anew(
    program: Program, fake: FakeDaypass, asking: str
) -> None:
    """What a proxy has repeated the client has sent once; it is signed anew too."""
    fake.refuse(ANSWERED)
    fake.answer(WHO)

    program.do("call", client=asking, operation="GetCallerIdentity")

    assert [0, 1] == _proofs(fake)


def test_call_is_signed_anew_once(
    program: Program, fake: FakeDaypass, asking: str
) -> None:
    """A server that goes on saying so is given up."""
    fake.refuse(*[ANSWERED] * 4)

    error = program.refused("call", client=asking, operation="GetCallerIdentity")

    assert ("unauthenticated", "SignatureDoesNotMatch") == (error.kind, error.reason)
    assert [0, 1] == _proofs(fake)


def test_signing_anew_is_no_failure(
    program: Program, fake: FakeDaypass, asking: str
) -> None:
    """Neither the attempts of a call nor the budget are spent on it."""
    fake.refuse(AWAY, AWAY, AWAY, ANSWERED)
    fake.answer(WHO)

    program.do("call", client=asking, operation="GetCallerIdentity")

    assert [0, 0, 0, 0, 1] == _proofs(fake)


def test_wrong_signature_is_final(
    program: Program, fake: FakeDaypass, asking: str
) -> None:
    """A repeat whose signature is wrong is not signed anew: it would be wrong again."""
    fake.refuse(AWAY, WRONG)

    error = program.refused("call", client=asking, operation="GetCallerIdentity")

    assert ("unauthenticated", "SignatureDoesNotMatch") == (error.kind, error.reason)
    assert [0, 0] == _proofs(fake)


@pytest.fixture(scope="module")
def rotating(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daypassd]:
    """Yields a server whose keys follow each other every second."""
    organisation = Organisation(tmp_path_factory.mktemp("rotating"))
    with Daypassd(organisation, *ROTATING).init() as server:
        yield server


def test_repeat_across_a_rotation(program: Program, rotating: Daypassd) -> None:
    """Where an answer is lost and the keys change, the repeat gets a session."""

    def next_key_signs(answer: bytes) -> None:
        before = _kid(_credentials(answer).session_token)
        wait_until(lambda: _signing(rotating) not in {None, before}, "a rotation")

    with lossy_relay(rotating.address) as relay:
        relay.lose(next_key_signs)
        keys = rotating.organisation.keys("dev")
        issued = _minted(program, relay, _members(keys), ROLE)

    told = [call for call in relay.calls if call.code is not CODE.UNAVAILABLE]
    first, second, third = told
    assert [CODE.OK, CODE.UNAUTHENTICATED, CODE.OK] == [each.code for each in told]
    assert first.proof == second.proof != third.proof
    assert _credentials(first.answer).access_key_id != issued.access_key_id
    assert "verified" == rotating.verdict(issued)


def test_repeat_without_a_rotation(
    program: Program, daypass_server: DaypassServer
) -> None:
    """Where only the answer is lost, the repeat gets the session of the first."""
    keys = daypass_server.profile("dev").credentials
    assert keys is not None
    with lossy_relay(daypass_server.address) as relay:
        relay.lose(lambda _: None)
        role = "arn:aws:iam::123456789012:role/ReadOnlyRole"
        issued = _minted(program, relay, keys_members(keys), role)

    first, second = relay.calls
    assert first == second
    assert _credentials(first.answer).session_token == issued.session_token


def _minted(
    program: Program, relay: LossyRelay, keys: dict[str, str | None], role: str
) -> Keys:
    """Assumes a role by way of the relay, and returns the credentials."""
    with opened(program, relay.endpoint, keys) as client:
        found = program.do(
            "call", client=client, operation="AssumeRole", request={"role_arn": role}
        )
    return Keys(
        found["access_key_id"], found["secret_access_key"], found["session_token"]
    )


def _signing(server: Daypassd) -> str | None:
    """Returns the key that a server signs with; None where it does not say."""
    try:
        return _kid(server.assume().session_token or "")
    except grpc.RpcError:
        return None


def _members(keys: Keys) -> dict[str, str | None]:
    return {
        "access_key_id": keys.access_key_id,
        "secret_access_key": keys.secret_access_key,
        "session_token": keys.session_token,
    }


def _credentials(answer: bytes) -> Credentials:
    return sts.AssumeRoleResponse.FromString(answer).credentials


def _kid(token: str) -> str:
    head = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=="))["kid"])
