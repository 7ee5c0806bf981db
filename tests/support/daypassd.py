"""`daypassd` as a process of its own, on a small organisation, with signed calls."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import grpc
import pytest
from google.protobuf.message import Message

from daypass.adapters.directory_keys import generate_missing_secrets
from daypass.adapters.system import SystemClock, SystemEntropy
from daypass.api.session.v1 import session_service_pb2 as session_api
from daypass.api.sts.v1 import sts_service_pb2 as sts_api
from daypass.api.token.v1 import token_service_pb2 as token_api
from daypass.rpc.methods import SESSION, STS, TOKEN
from daypass.state import initialise
from support.server_settings import settings_in
from support.sign import sign_grpc
from support.sts_world import allow, trust
from support.surroundings import surroundings

ACCOUNT = "111122223333"
DEV = f"arn:aws:iam::{ACCOUNT}:user/dev"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Reader"
# Longer than any start here takes, and shorter than the time limit of a test.
START_SECONDS_MAX = 40.0
WAIT_SECONDS_MAX = 20.0
_POLL_SECONDS = 0.02
_CALL_SECONDS_MAX = 10.0
_COMMAND = (sys.executable, "-m", "daypass", "serve")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Returns as soon as something holds, and fails when it never does."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"waited in vain: {what}")
        time.sleep(_POLL_SECONDS)


@dataclass(frozen=True)
class Keys:
    """Credentials, long-term or temporary."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


class Organisation:
    """A directory with its secrets: `dev` assumes `Reader`, and `admin` revokes.

    Args:
        folder: where its files go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.directory = folder / "directory"
        self.secrets = folder / "secrets"
        self.directory.mkdir()
        self.write(self.text())
        generate_missing_secrets(self.directory, self.secrets, SystemEntropy())

    @staticmethod
    def text(role: str = "Reader") -> str:
        """Returns the file of the account, with a role of that name."""
        users = "".join(
            f"  {name}:\n    policies: {{own: {allow(action)}}}\n    access_keys:\n"
            f"      - {{id: {{file: {name}.id}}, secret: {{file: {name}.secret}}}}\n"
            for name, action in (("dev", "*"), ("admin", "daypass:*"))
        )
        return (
            f'account: {{id: "{ACCOUNT}", name: Test}}\nusers:\n{users}'
            f"roles:\n  {role}:\n    trust: {trust(DEV)}\n"
        )

    def write(self, text: str) -> None:
        """Replaces the file of the account at once."""
        beside = self.folder / "account.yaml"
        beside.write_text(text, encoding="utf-8")
        beside.replace(self.directory / "account.yaml")

    def keys(self, user: str) -> Keys:
        """Returns the long-term keys of a user."""
        return Keys(
            (self.secrets / f"{user}.id").read_text(),
            (self.secrets / f"{user}.secret").read_text(),
        )


class Daypassd:
    """One server process.

    Args:
        organisation: whom it serves.
        flags: further flags.
        name: names the state folder among those beside the directory.
        through: a command that becomes the server, with the server's after it.
    """

    def __init__(
        self,
        organisation: Organisation,
        *flags: str,
        name: str = "state",
        through: tuple[str, ...] = (),
    ) -> None:
        self._through = through
        self.organisation = organisation
        self.state = organisation.folder / name
        self._flags = flags
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def address(self) -> str:
        """Where it listens."""
        return (self.state / "grpc.address").read_text(encoding="utf-8")

    @property
    def http_address(self) -> str:
        """Where its HTTP door listens."""
        return (self.state / "http.address").read_text(encoding="utf-8")

    def init(self) -> Self:
        """Makes the keys, without a process."""
        with surroundings(self.state.parent):
            settings = settings_in(self.state.parent, state=self.state.name)
        initialise(settings, clock=SystemClock(), entropy=SystemEntropy())
        return self

    def share_keys_of(self, other: Daypassd) -> Self:
        """Takes over the keys of another server."""
        self.state.mkdir(mode=0o700)
        for name in ("master.key", "keyring"):
            shutil.copy(other.state / name, self.state / name)
        return self

    def launch(self) -> Self:
        """Starts the process, whatever becomes of it."""
        # One that was killed has left its address behind.
        (self.state / "grpc.address").unlink(missing_ok=True)
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                [*self._through, *_COMMAND, *self._arguments()],
                cwd=self.organisation.folder,
                env=_without_settings(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def start(self) -> Self:
        """Starts the process, and returns when it serves."""
        return self.launch().wait_serving()

    def wait_serving(self) -> Self:
        """Returns when the process that was started serves."""
        process = self.process
        deadline = time.monotonic() + START_SECONDS_MAX
        while not (self.state / "grpc.address").exists():
            if process.poll() is not None or time.monotonic() > deadline:
                self._kill()
                pytest.fail(f"daypassd does not serve:\n{self.log}")
            time.sleep(_POLL_SECONDS)
        return self

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The running process."""
        assert self._process is not None, "it was not started"
        return self._process

    def signal(self, number: signal.Signals) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Returns the exit status, once there is one."""
        try:
            return self.process.wait(WAIT_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._kill()
            pytest.fail(f"daypassd does not end:\n{self.log}")

    def stop(self) -> int:
        """Ends the process as an operator does, and returns its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def __enter__(self) -> Self:
        """Starts the process, and returns when it serves."""
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the process, if the test has not."""
        self._kill()

    def _kill(self) -> None:
        """Leaves no process behind, also where a test fails before its end."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(WAIT_SECONDS_MAX)

    def call(self, method: str, request: Message, answer: Any, keys: Keys) -> Any:
        """Calls a method with a signature and returns the answer.

        Each call is one of its own, also where another is signed in the same second.
        """
        body = request.SerializeToString()
        metadata = signature(method, body, keys, nonce=secrets.token_hex(8))
        return self.send(method, body, metadata, answer)

    def send(
        self, method: str, body: bytes, metadata: list[tuple[str, str]], answer: Any
    ) -> Any:
        """Sends a call that was signed before and returns the answer."""
        with self.channel() as channel:
            ask: Any = channel.unary_unary(
                method, response_deserializer=answer.FromString
            )
            return ask(body, metadata=metadata, timeout=_CALL_SECONDS_MAX)

    def channel(self) -> grpc.Channel:
        """Returns a connection of its own."""
        own = (("grpc.use_local_subchannel_pool", 1),)
        return grpc.insecure_channel(self.address, options=own)

    def assume(self, role: str = ROLE) -> Keys:
        """Assumes a role as `dev` and returns the credentials."""
        request = sts_api.AssumeRoleRequest(role_arn=role, role_session_name="s1")
        issued = self.call(
            f"{STS}AssumeRole",
            request,
            sts_api.AssumeRoleResponse,
            self.organisation.keys("dev"),
        ).credentials
        return Keys(
            issued.access_key_id, issued.secret_access_key, issued.session_token
        )

    def caller(self, keys: Keys) -> str:
        """Returns the ARN that the server knows a caller by."""
        answer = self.call(
            f"{STS}GetCallerIdentity",
            sts_api.GetCallerIdentityRequest(),
            sts_api.GetCallerIdentityResponse,
            keys,
        )
        return str(answer.arn)

    def verdict(self, keys: Keys) -> str:
        """Asks, as `dev`, what a session token is worth: `verified` or the reason."""
        request = token_api.VerifyTokenRequest(token=keys.session_token or "")
        answer = self.call(
            f"{TOKEN}VerifyToken",
            request,
            token_api.VerifyTokenResponse,
            self.organisation.keys("dev"),
        )
        if answer.WhichOneof("outcome") == "verified":
            return "verified"
        return str(token_api.TokenRejection.Reason.Name(answer.rejection.reason))

    def revoke(self, keys: Keys) -> bool:
        """Revokes a session, as `admin`; tells whether that is effective everywhere."""
        answer = self.call(
            f"{SESSION}RevokeSessions",
            session_api.RevokeSessionsRequest(access_key_id=keys.access_key_id),
            session_api.RevokeSessionsResponse,
            self.organisation.keys("admin"),
        )
        return bool(answer.effective_everywhere)

    @property
    def _log(self) -> Path:
        return self.organisation.folder / f"{self.state.name}.log"

    def _arguments(self) -> list[str]:
        return [
            *("--state-dir", str(self.state)),
            *("--directory", str(self.organisation.directory)),
            *("--secrets-dir", str(self.organisation.secrets)),
            *("--grpc-listen", "127.0.0.1:0"),
            *("--http-listen", "127.0.0.1:0"),
            *self._flags,
        ]


def signature(
    method: str, body: bytes, keys: Keys, *, nonce: str | None = None
) -> list[tuple[str, str]]:
    """Returns the metadata that proves a call; a nonce is signed with the rest."""
    return sign_grpc(
        method=method,
        body=body,
        access_key_id=keys.access_key_id,
        secret_access_key=keys.secret_access_key,
        session_token=keys.session_token,
        signed_at=datetime.now(UTC),
        extra=() if nonce is None else (("call-nonce", nonce),),
    )


def refusal_of(ask: Callable[[], object]) -> Any:
    """Returns the error that a call must fail with, which has a code and details."""
    try:
        answer = ask()
    except grpc.RpcError as error:
        return error
    pytest.fail(f"it was answered: {type(answer).__name__}")


def _without_settings() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "DAYPASS_"))
    }
