"""The calls of each scenario: really signed before they are sent, checked after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any, Final
from uuid import uuid4

from daypass_client import sts_operations, token_operations
from daypass_client.client import DaypassClient
from daypass_client.clock import SystemClock
from daypass_client.credentials import Credentials
from daypass_client.endpoint import Endpoint
from daypass_client.errors import CallError
from daypass_client.operations import Operation
from daypass_client.profiles.profile import Profile
from daypass_client.signing import Metadata, Signer
from daypass_client.sts_values import WebIdentityRequest
from daypass_client.values import AssumedRole, RoleRequest, VerifiedToken
from loadtest.empty_server import METHOD

ROLE: Final = "arn:aws:iam::123456789012:role/ReadOnlyRole"
PIPELINE_ROLE: Final = "arn:aws:iam::123456789012:role/federated/PipelineRole"
REGION: Final = "us-east-1"
BATCH: Final = 64
VERIFIED_FOR_EACH_MINT: Final = 20
_MINTED_AT_ONCE: Final = 256
_SEEN: Final = 16
# Batches one after the other of which some items may fail.
_TRIALS_MAX: Final = 10
_TIMEOUT: Final = timedelta(seconds=30)

Check = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Call:
    """A call that is ready to be sent.

    Attributes:
        method: the full method.
        body: the request.
        metadata: its proof; None for one that needs none.
        check: tells whether an answer is the right one; it may raise a `CallError`.
        items: how many things it asks for.
    """

    method: str
    body: bytes
    metadata: Metadata | None
    check: Check
    items: int = 1


@dataclass(frozen=True, slots=True)
class Minted:
    """A session whose token can be verified."""

    access_key_id: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the calls of one generator.

    Args:
        address: the server.
        access_key_id: who signs.
        secret_access_key: with what.
        sizes: of the request and the answer of an empty call.
        identity_token: a provider's, for the scenario that needs one.
    """

    address: str
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    sizes: tuple[int, int] = (0, 0)
    identity_token: str = field(default="", repr=False)

    def arguments(self) -> dict[str, Any]:
        """Returns what a generator makes the same maker of."""
        return asdict(self)

    def make(self, scenario: str, count: int) -> list[Call]:
        """Returns so many calls of a scenario.

        Raises:
            KeyError: there is no such scenario.
            CallError: a session that it needs cannot be had.
        """
        return _MAKERS[scenario](self, count)

    def mint_sessions(self, count: int) -> list[Minted]:
        """Opens sessions, many with one call; nothing of it is measured.

        Those that a busy machine refused are asked for again.

        Raises:
            CallError: they cannot be had.
        """
        profile = Profile(
            endpoint=_endpoint(self.address), credentials=self._credentials()
        )
        minted: list[Minted] = []
        trials = 0
        with DaypassClient(profile, timeout=_TIMEOUT) as client:
            while len(minted) < count:
                size = min(_MINTED_AT_ONCE, count - len(minted))
                roles = [
                    RoleRequest(role_arn=ROLE, session_name=_name())
                    for _ in range(size)
                ]
                found = client.batch_assume_role(roles)
                minted += [
                    _minted(each) for each in found if isinstance(each, AssumedRole)
                ]
                failed = [each for each in found if isinstance(each, CallError)]
                trials = trials + 1 if failed else 0
                if trials == _TRIALS_MAX:
                    raise failed[-1]
        return minted

    def mint(self) -> Call:
        """Returns a call for AssumeRole, unlike any other."""
        name = _name()
        operation = sts_operations.assume_role(
            RoleRequest(role_arn=ROLE, session_name=name), SystemClock().now()
        )

        def check(data: bytes) -> bool:
            return operation.answer(data).arn.endswith(f"/ReadOnlyRole/{name}")

        return self._signed(operation, check)

    def mint_batch(self) -> Call:
        """Returns a call for many sessions."""
        roles = [RoleRequest(role_arn=ROLE, session_name=_name()) for _ in range(BATCH)]
        operation = sts_operations.batch_assume_role(roles, SystemClock().now())

        def check(data: bytes) -> bool:
            found = operation.answer(data)
            return len(found) == BATCH and not any(
                isinstance(each, CallError) for each in found
            )

        return self._signed(operation, check, items=BATCH)

    def verify(self, session: Minted) -> Call:
        """Returns a call for a verdict on a token."""
        operation = token_operations.verify_token(session.token)

        def check(data: bytes) -> bool:
            return operation.answer(data).access_key_id == session.access_key_id

        return self._signed(operation, check)

    def verify_batch(self, sessions: Sequence[Minted]) -> Call:
        """Returns a call for verdicts on many tokens."""
        operation = token_operations.batch_verify_tokens(
            [session.token for session in sessions]
        )
        expected = [session.access_key_id for session in sessions]

        def check(data: bytes) -> bool:
            found = operation.answer(data)
            return expected == [
                each.access_key_id for each in found if isinstance(each, VerifiedToken)
            ]

        return self._signed(operation, check, items=len(sessions))

    def web_identity(self) -> Call:
        """Returns a call that brings the token of a provider."""
        name = _name()
        operation = sts_operations.assume_role_with_web_identity(
            WebIdentityRequest(
                role_arn=PIPELINE_ROLE,
                token=self.identity_token,
                session_name=name,
            ),
            SystemClock().now(),
        )

        def check(data: bytes) -> bool:
            return operation.answer(data).arn.endswith(f"/{name}")

        return Call(operation.method, operation.request, None, check)

    def empty(self) -> Call:
        """Returns a call that does nothing."""
        asked, answered = self.sizes
        return Call(
            f"{METHOD}{answered}",
            bytes(asked),
            None,
            lambda data: len(data) == answered,
        )

    def _credentials(self) -> Credentials:
        return Credentials.of(self.access_key_id, self.secret_access_key)

    def _signed(self, operation: Operation[Any], check: Check, items: int = 1) -> Call:
        signer = Signer(REGION, SystemClock())
        proof = signer.sign(operation.method, operation.request, self._credentials())
        return Call(operation.method, operation.request, proof, check, items)


def _seen(maker: Maker, count: int) -> list[Call]:
    sessions = maker.mint_sessions(_SEEN)
    return [maker.verify(sessions[number % _SEEN]) for number in range(count)]


def _unseen(maker: Maker, count: int) -> list[Call]:
    return [maker.verify(session) for session in maker.mint_sessions(count)]


def _batches_seen(maker: Maker, count: int) -> list[Call]:
    sessions = maker.mint_sessions(BATCH)
    return [maker.verify_batch(sessions) for _ in range(count)]


def _batches_unseen(maker: Maker, count: int) -> list[Call]:
    sessions = maker.mint_sessions(count * BATCH)
    return [
        maker.verify_batch(sessions[first : first + BATCH])
        for first in range(0, len(sessions), BATCH)
    ]


def _mixed(maker: Maker, count: int) -> list[Call]:
    verified = iter(_seen(maker, count))
    calls: list[Call] = []
    while len(calls) < count:
        calls.append(maker.mint())
        calls.extend(islice(verified, VERIFIED_FOR_EACH_MINT))
    return calls[:count]


_MAKERS: Final[dict[str, Callable[[Maker, int], list[Call]]]] = {
    "empty": lambda maker, count: [maker.empty() for _ in range(count)],
    "mint": lambda maker, count: [maker.mint() for _ in range(count)],
    "mint_batch": lambda maker, count: [maker.mint_batch() for _ in range(count)],
    "verify_seen": _seen,
    "verify_unseen": _unseen,
    "verify_batch_seen": _batches_seen,
    "verify_batch_unseen": _batches_unseen,
    "mixed": _mixed,
    "web_identity": lambda maker, count: [maker.web_identity() for _ in range(count)],
}


def sizes_of(call: Call, answer: bytes) -> tuple[int, int]:
    """Returns the sizes that an empty call is to have beside one."""
    return len(call.body), len(answer)


def wrong_answers(calls: Sequence[Call], answers: Sequence[bytes]) -> int:
    """Counts answers that are not what was asked for."""
    return sum(
        not _is_right(call, answer) for call, answer in zip(calls, answers, strict=True)
    )


def _is_right(call: Call, answer: bytes) -> bool:
    try:
        return call.check(answer)
    except CallError:
        return False


def _endpoint(address: str) -> Endpoint:
    return Endpoint.parse(address)


def _name() -> str:
    return f"load-{uuid4().hex[:16]}"


def _minted(role: AssumedRole) -> Minted:
    token = role.credentials.session_token
    assert token is not None, "temporary credentials have a token"
    return Minted(role.credentials.access_key_id, token.reveal())
