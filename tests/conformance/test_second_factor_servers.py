"""Second factors of two servers on one Redis: one use of a code, one count.

SPEC: attacks M02, M08 and M09; reliability 14.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from daypass.api.sts.v1 import sts_service_pb2 as sts_api
from daypass.core.secret import Secret
from daypass.federation.totp import code_of, matching_steps, step_at
from daypass.rpc.methods import STS
from support.daypassd import ACCOUNT, Daypassd, Organisation
from support.redis_server import RedisServer

PHONE = f"arn:aws:iam::{ACCOUNT}:mfa/phone"
REFUSED = grpc.StatusCode.PERMISSION_DENIED.name
AWAY = grpc.StatusCode.UNAVAILABLE.name


class Guarded(Organisation):
    """The organisation, in which `dev` has a second factor."""

    @staticmethod
    def text(role: str = "Reader") -> str:
        """Returns the file of the account."""
        devices = "mfa_devices:\n  phone: {user: dev, seed: {file: phone.seed}}\n"
        return Organisation.text(role) + devices

    @property
    def seed(self) -> Secret:
        """What the device shares with the servers."""
        return Secret(base64.b32decode((self.secrets / "phone.seed").read_bytes()))

    def code(self, offset: int = 0) -> str:
        """Returns what the device shows, now or some steps from now."""
        step = step_at(datetime.now(UTC)) + offset
        return code_of(self.seed, step).reveal_text()

    def wrong(self) -> str:
        """Returns six digits that it shows at no time of this test."""
        near = {self.code(offset) for offset in range(-4, 9)}
        guesses = (f"{number:06}" for number in range(100))
        return next(guess for guess in guesses if guess not in near)


@dataclass(frozen=True)
class Pair:
    """Two servers with the same keys, and the store that they share."""

    organisation: Guarded
    first: Daypassd
    second: Daypassd
    redis: RedisServer

    def show(self, server: Daypassd, code: str) -> str:
        """Shows a code as `dev`; returns `good` or the status."""
        request = sts_api.GetSessionTokenRequest(serial_number=PHONE, token_code=code)
        try:
            server.call(
                f"{STS}GetSessionToken",
                request,
                sts_api.GetSessionTokenResponse,
                self.organisation.keys("dev"),
            )
        except grpc.RpcError as error:
            return str(error.code().name)
        return "good"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Yields two running servers."""
    organisation = Guarded(tmp_path)
    with ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = ("--store", redis.url, "--revocation-lease", "3")
        first = Daypassd(organisation, *flags, name="first").init()
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        running.enter_context(first)
        running.enter_context(second)
        yield Pair(organisation, first, second, redis)


def test_one_of_a_hundred_uses(pair: Pair) -> None:
    """Of a hundred uses at once of one code on two servers one succeeds (M02)."""
    code = pair.organisation.code()
    with ThreadPoolExecutor(100) as threads:
        outcomes = Counter(
            threads.map(
                lambda number: pair.show(
                    pair.first if number % 2 else pair.second, code
                ),
                range(100),
            )
        )

    assert {"good": 1, REFUSED: 99} == outcomes


def test_count_survives_kill(pair: Pair) -> None:
    """A server that is killed takes no count with it, and no used code (M08)."""
    used = pair.organisation.code(-1)
    assert "good" == pair.show(pair.first, used)
    for _ in range(5):
        assert REFUSED == pair.show(pair.first, pair.organisation.wrong())
    pair.first.process.kill()
    pair.first.wait()
    pair.first.start()

    for server in (pair.first, pair.second):
        assert REFUSED == pair.show(server, pair.organisation.code(1))
        # A refusal is on record when the server has ended, at the latest.
        assert 0 == server.stop()
        assert "mfa_locked" in (server.state / "audit.jsonl").read_text()


def test_closed_without_store(pair: Pair) -> None:
    """Without the store a right code is not good (M09)."""
    pair.redis.kill()

    assert AWAY == pair.show(pair.first, pair.organisation.code())


def test_seed_is_nowhere(pair: Pair) -> None:
    """Neither log nor audit record has a code or the seed (M13)."""
    code, wrong = pair.organisation.code(), pair.organisation.wrong()
    pair.show(pair.first, wrong)
    assert "good" == pair.show(pair.first, code)

    written = pair.first.log + (pair.first.state / "audit.jsonl").read_text()
    text = (pair.organisation.secrets / "phone.seed").read_text()
    assert PHONE in written
    assert not matching_steps(pair.organisation.seed, Secret(wrong), datetime.now(UTC))
    for secret in (text, pair.organisation.seed.reveal().hex(), f'"{code}"'):
        assert secret not in written
