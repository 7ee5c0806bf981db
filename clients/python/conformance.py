"""The conformance program of the Python client.

It speaks the protocol of `tests/conformance/PROTOCOL.md`: a JSON object on each line
of standard input, and one on standard output for each. It adds nothing to the client:
whatever it answers, the client has done.
"""

# ruff: noqa: INP001, ANN401 - a program beside the package, which passes options on.

from __future__ import annotations

import json
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

from daypass_client import Credentials, DaypassClient, Endpoint, Profile, RoleRequest
from daypass_client._version import __version__
from daypass_client.errors import (
    AccessDeniedError,
    CallError,
    CannotVouchError,
    ConfigurationError,
    DaypassError,
    InvalidRequestError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    TokenRejectedError,
    UnauthenticatedError,
)
from daypass_client.signing import Signer
from daypass_client.sts_values import WebIdentitySource
from daypass_client.verifier import JwksUrl, TokenVerifier

Line = dict[str, Any]

# By class, the finest first, what an error is called in the protocol.
_KINDS: tuple[tuple[type[DaypassError], str], ...] = (
    (AccessDeniedError, "access_denied"),
    (UnauthenticatedError, "unauthenticated"),
    (InvalidRequestError, "invalid_request"),
    (NotFoundError, "not_found"),
    (ThrottledError, "throttled"),
    (RejectedError, "rejected"),
    (CallError, "unavailable"),
    (ConfigurationError, "configuration"),
    (TokenRejectedError, "token_rejected"),
    (CannotVouchError, "cannot_vouch"),
)


class StandingClock:
    """A clock that shows what it is set to."""

    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        """Returns the time that is set."""
        return self.time


class Program:
    """What the lines have made: clocks, clients and verifiers, by name."""

    name = "python"

    def __init__(self) -> None:
        self.clocks: dict[str, StandingClock] = {}
        self.clients: dict[str, DaypassClient] = {}
        self.verifiers: dict[str, TokenVerifier] = {}
        self.commands: dict[str, Callable[[Line], Line]] = {
            "hello": self.hello,
            "sign": self.sign,
            "clock": self.clock,
            "open": self.open,
            "call": self.call,
            "credentials": self.credentials,
            "follow": self.follow,
            "verify": self.verify,
            "close": self.close,
        }

    def answer(self, line: Line) -> Line:
        """Does what a line says, and returns what to answer."""
        command = self.commands.get(line["do"])
        if command is None:
            return {"id": line["id"], "error": {"kind": "unsupported"}}
        try:
            return {"id": line["id"], "ok": command(line)}
        except DaypassError as error:
            return {"id": line["id"], "error": error_members(error)}

    def hello(self, line: Line) -> Line:
        """Says who this is, and what it offers."""
        del line
        return {
            "client": self.name,
            "version": __version__,
            "commands": sorted(self.commands),
            "proofs": ["long_term", "temporary", "web_identity", "none"],
        }

    def sign(self, line: Line) -> Line:
        """Signs a call that is not made."""
        signer = Signer(
            line["region"],
            StandingClock(read_time(line["time"])),
            lambda: str(line["invocation_id"]),
        )
        body, credentials = b64decode(line["body"]), read_keys(line["credentials"])
        return {"metadata": list(signer.sign(line["method"], body, credentials))}

    def clock(self, line: Line) -> Line:
        """Sets a clock."""
        name, time = line["clock"], read_time(line["time"])
        self.clocks.setdefault(name, StandingClock(time)).time = time
        return {}

    def open(self, line: Line) -> Line:
        """Makes a client."""
        keys, token = line.get("credentials"), line.get("web_identity")
        profile = Profile(
            endpoint=Endpoint.parse(line["endpoint"]),
            region=line.get("region", "us-east-1"),
            credentials=None if keys is None else read_keys(keys),
            web_identity=None
            if token is None
            else WebIdentitySource(
                role_arn=token["role_arn"],
                token_file=Path(token["token_file"]),
                session_name=token.get("session_name"),
            ),
            roles=tuple(
                RoleRequest(role_arn=role["role_arn"]) for role in line.get("roles", ())
            ),
        )
        self.clients[line["client"]] = self.make_client(
            profile,
            timeout=timedelta(milliseconds=line.get("timeout_ms", 10_000)),
            clock=self.clocks.get(line.get("clock", "")),
        )
        return {}

    def make_client(self, profile: Profile, **options: Any) -> DaypassClient:
        """Returns a client; the awaiting one stands in for it elsewhere."""
        return DaypassClient(profile, **options)

    def make_verifier(
        self, source: DaypassClient | JwksUrl, **options: Any
    ) -> TokenVerifier:
        """Returns a verifier that has begun."""
        return TokenVerifier(source, **options).__enter__()

    def call(self, line: Line) -> Line:
        """Makes a call, and answers what is compared of its answer."""
        client, given = self.clients[line["client"]], line.get("request", {})
        match line["operation"]:
            case "GetCallerIdentity":
                return {"arn": client.get_caller_identity().arn}
            case "AssumeRole":
                request = RoleRequest(role_arn=given["role_arn"])
                request = replace(request, session_name=given.get("session_name"))
                return issued(client.assume_role(request).credentials)
            case "RevokeSessions":
                found = client.revoke_sessions(access_key_id=given["access_key_id"])
                return {"effective_everywhere": found.effective_everywhere}
            case "VerifyToken":
                return {
                    "access_key_id": client.verify_token(given["token"]).access_key_id
                }
            case _:
                raise ConfigurationError("The operation is not one of the protocol.")

    def credentials(self, line: Line) -> Line:
        """Asks for credentials, many callers at once, and counts what they get."""
        client, callers = self.clients[line["client"]], line.get("callers", 1)
        start = Barrier(callers)

        def ask(_: int) -> tuple[str, Line | None]:
            start.wait()
            try:
                return client.credentials().access_key_id, None
            except DaypassError as error:
                return "", error_members(error)

        with ThreadPoolExecutor(max_workers=callers) as threads:
            found = list(threads.map(ask, range(callers)))
        errors = [error for _, error in found if error is not None]
        if len(errors) == callers:
            return {"access_key_ids": {}, "error": errors[0]}
        counted = Counter(name for name, error in found if error is None)
        return {"access_key_ids": dict(counted)}

    def follow(self, line: Line) -> Line:
        """Makes a verifier, and waits until it knows enough."""
        age = line.get("revocation_age_max_ms")
        source: DaypassClient | JwksUrl
        if "jwks_url" in line:
            source = JwksUrl(line["jwks_url"])
        else:
            source = self.clients[line["client"]]
        self.verifiers[line["verifier"]] = self.make_verifier(
            source,
            revocation_age_max=None if age is None else timedelta(milliseconds=age),
            clock=self.clocks.get(line.get("clock", "")),
        )
        return {}

    def verify(self, line: Line) -> Line:
        """Verifies a token offline."""
        verifier, token = self.verifiers[line["verifier"]], line["token"]
        parties = {name: line[name] for name in ("issuer", "audience") if name in line}
        age: float | None
        if line["kind"] == "session":
            session = verifier.verify_session_token(token)
            names, age = session.claims.access_key_id, session.revocation_view_seconds
        elif line["kind"] == "exchanged":
            exchanged = verifier.verify_exchanged_token(token, **parties)
            names, age = exchanged.claims.token_id, exchanged.revocation_view_seconds
        else:
            identity = verifier.verify_identity_token(token, **parties)
            names, age = identity.claims.token_id, identity.revocation_view_seconds
        return {"names": names, "age_ms": None if age is None else int(age * 1_000)}

    def close(self, line: Line) -> Line:
        """Closes a client or a verifier."""
        if "verifier" in line:
            self.verifiers.pop(line["verifier"]).close()
        else:
            self.clients.pop(line["client"]).close()
        return {}

    def end(self) -> None:
        """Closes what is open."""
        for verifier in self.verifiers.values():
            verifier.close()
        for client in self.clients.values():
            client.close()


def error_members(error: DaypassError) -> Line:
    """Returns what is told of an error; its text, so that redaction can be seen."""
    kind = next(name for of, name in _KINDS if isinstance(error, of))
    members: Line = {"kind": kind, "text": f"{error} {error!r}"}
    if isinstance(error, CallError):
        delay = error.retry_delay
        members |= {
            "reason": error.reason,
            "code": error.code,
            "request_id": error.request_id,
            "decision_id": error.decision_id,
            "fields": [violation.field for violation in error.violations],
            "retry_delay_ms": None
            if delay is None
            else int(delay.total_seconds() * 1_000),
        }
    elif isinstance(error, TokenRejectedError | CannotVouchError):
        members["reason"] = error.reason
    return members


def issued(credentials: Credentials) -> Line:
    """Returns credentials; the protocol passes them on, and shows how they print."""
    token = credentials.session_token
    return {
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key.reveal(),
        "session_token": None if token is None else token.reveal(),
        "expiration": None
        if credentials.expiration is None
        else credentials.expiration.isoformat(),
        "shown": f"{credentials} {credentials!r}",
    }


def read_keys(members: Line) -> Credentials:
    """Reads credentials of a line."""
    return Credentials.of(
        members["access_key_id"],
        members["secret_access_key"],
        members.get("session_token"),
    )


def read_time(text: str) -> datetime:
    """Reads a time of a line."""
    return datetime.fromisoformat(text).astimezone(UTC)


def serve(program: Program) -> None:
    """Answers line after line, until there is none."""
    for line in sys.stdin:
        answer = program.answer(json.loads(line))
        print(json.dumps(answer), flush=True)  # noqa: T201 - it is the protocol.
    program.end()


if __name__ == "__main__":
    serve(Program())
