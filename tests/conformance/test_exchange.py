"""Tokens exchanged, shown and revoked at two real servers that share one Redis.

The provider's keys are a file of the directory; its tokens are signed by PyJWT, which
also judges what the servers issue.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import jwt
import pytest
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from daypass.api.keyring.v1 import keyring_service_pb2 as keyring_api
from daypass.api.token.v1 import token_service_pb2 as api
from daypass.rpc.methods import KEYRING, TOKEN
from support.daypassd import ACCOUNT, DEV, Daypassd, Keys, Organisation, refusal_of
from support.exchange_world import ACCESS, CREDENTIALS, ID
from support.oidc_issuer import jwk, key_set_text, sign
from support.redis_server import RedisServer

ISSUER = "https://login.example"
OUR_ISSUER = "https://sts.example"
ADMIN = f"arn:aws:iam::{ACCOUNT}:user/admin"
POLICIES = f"""
oidc_providers:
  {ISSUER}: {{client_ids: [app], key_set: {{file: keys.json}}}}
exchange_policies:
  FromPhone:
    clients: ["{DEV}"]
    subjects: [{{oidc_provider: {ISSUER}}}]
    modes: [impersonation]
    audiences: [shop]
    scopes: [read, write]
  Onward:
    clients: ["{ADMIN}"]
    subjects: [{{own_audiences: [shop]}}]
    modes: [impersonation]
    audiences: [storage]
    scopes: [read]
  Credentials:
    clients: ["{DEV}"]
    subjects: [{{oidc_provider: {ISSUER}}}]
    modes: [impersonation]
    issues: [credentials]
    role: Reader
"""


@dataclass(frozen=True)
class Pair:
    """Two servers with the same keys, and the organisation that they serve."""

    first: Daypassd
    second: Daypassd
    organisation: Organisation

    def ask(
        self, server: Daypassd, name: str, request: Any, answer: Any, user: str
    ) -> Any:
        """Calls a method of the token service as a user."""
        return server.call(
            f"{TOKEN}{name}", request, answer, self.organisation.keys(user)
        )

    def exchange(self, server: Daypassd, user: str = "dev", **fields: Any) -> Any:
        """Exchanges the ID token of a customer, or what is said instead."""
        request = {"subject_token": id_token(), "subject_token_type": ID, **fields}
        return self.ask(
            server,
            "ExchangeToken",
            api.ExchangeTokenRequest(**request),
            api.ExchangeTokenResponse,
            user,
        )

    def onward(self, server: Daypassd, token: str) -> Any:
        """Exchanges a token of ours for one of the next service."""
        fields = {"subject_token": token, "subject_token_type": ACCESS}
        return self.exchange(server, "admin", **fields)

    def verdict(self, server: Daypassd, token: str) -> Any:
        """Returns what a token is said to be, or why it is not good."""
        answer = self.ask(
            server,
            "VerifyToken",
            api.VerifyTokenRequest(token=token),
            api.VerifyTokenResponse,
            "dev",
        )
        if answer.WhichOneof("outcome") == "rejection":
            return api.TokenRejection.Reason.Name(answer.rejection.reason)
        return answer.WhichOneof("outcome")

    def revoke(self, server: Daypassd, token: str, user: str = "dev") -> Any:
        """Revokes a token."""
        return self.ask(
            server,
            "RevokeToken",
            api.RevokeTokenRequest(token=token),
            api.RevokeTokenResponse,
            user,
        )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Yields two running servers."""
    organisation = Organisation(tmp_path_factory.mktemp("organisation"))
    (organisation.directory / "keys.json").write_text(key_set_text(jwk("ES256")))
    organisation.write(organisation.text() + POLICIES)
    with ExitStack() as running:
        redis = running.enter_context(RedisServer())
        flags = (
            *("--store", redis.url, "--revocation-lease", "3"),
            *("--issuer-url", OUR_ISSUER),
        )
        first = Daypassd(organisation, *flags, name="first").init()
        second = Daypassd(organisation, *flags, name="second").share_keys_of(first)
        yield Pair(
            running.enter_context(first), running.enter_context(second), organisation
        )


def id_token(**changes: object) -> str:
    """Returns an ID token of a customer."""
    now = int(time.time())
    members: dict[str, object] = {
        "iss": ISSUER,
        "sub": "customer-17",
        "aud": "app",
        "iat": now,
        "exp": now + 3_600,
        **changes,
    }
    return sign(members)


def refusal(pair: Pair, user: str = "dev", **fields: Any) -> tuple[str, str]:
    """Returns the code and the reason of an exchange that must fail."""
    error = refusal_of(lambda: pair.exchange(pair.first, user, **fields))
    status = rpc_status.from_call(error)
    assert status is not None
    info = ErrorInfo()
    (found,) = (one for one in status.details if one.Is(ErrorInfo.DESCRIPTOR))
    found.Unpack(info)
    return error.code().name, info.reason


@pytest.mark.parametrize(
    ("fields", "code", "reason"),
    [
        ({"subject_token": "x"}, "INVALID_ARGUMENT", "InvalidExchangeToken"),
        (
            {"subject_token": id_token(iat=1_000_000, exp=1_000_600)},
            "INVALID_ARGUMENT",
            "InvalidExchangeToken",
        ),
        ({"subject_token": ""}, "INVALID_ARGUMENT", "ValidationError"),
        ({"actor_token_type": ID}, "INVALID_ARGUMENT", "ValidationError"),
        ({"audiences": ["bank"]}, "INVALID_ARGUMENT", "InvalidTarget"),
        ({"scopes": ["root"]}, "INVALID_ARGUMENT", "InvalidScope"),
        ({"user": "admin"}, "INVALID_ARGUMENT", "InvalidExchangeToken"),
        (
            {"actor_token": id_token(), "actor_token_type": ID},
            "PERMISSION_DENIED",
            "UnauthorizedClient",
        ),
    ],
    ids=[
        *("garbage", "expired", "no token", "detail 60: actor type alone", "target"),
        *("scope", "client", "delegation"),
    ],
)
def test_refused(pair: Pair, fields: dict[str, Any], code: str, reason: str) -> None:
    """Every refusal has the reason that stands for one error of OAuth."""
    assert (code, reason) == refusal(pair, **fields)


def test_j28_session_token(pair: Pair) -> None:
    """A session token is neither exchanged nor revoked as one of these."""
    token = pair.first.assume().session_token or ""

    assert ("INVALID_ARGUMENT", "InvalidExchangeToken") == refusal(
        pair, subject_token=token, subject_token_type=ACCESS
    )
    error = refusal_of(lambda: pair.revoke(pair.first, token))
    assert grpc.StatusCode.INVALID_ARGUMENT is error.code()
    assert "verified" == pair.verdict(pair.second, token)


def test_judged_by_pyjwt(pair: Pair) -> None:
    """What is issued verifies offline by the published keys, with all it must say."""
    answer = pair.exchange(pair.first, scopes=["read"])
    with pair.second.channel() as channel:
        ask: Any = channel.unary_unary(
            f"{KEYRING}GetKeySet",
            response_deserializer=keyring_api.GetKeySetResponse.FromString,
        )
        published = ask(keyring_api.GetKeySetRequest().SerializeToString(), timeout=10)
    header = jwt.get_unverified_header(answer.access_token)
    (key,) = (one for one in published.keys if one.kid == header["kid"])
    public = {name: getattr(key, name) for name in ("kid", "kty", "crv", "x", "alg")}

    claims = jwt.decode(
        answer.access_token,
        jwt.PyJWK.from_json(json.dumps(public)),
        algorithms=[key.alg],
        audience="shop",
        issuer=OUR_ISSUER,
        options={"require": ["iss", "sub", "aud", "exp", "iat", "jti", "client_id"]},
    )

    assert "at+jwt" == header["typ"]
    assert (f"{ISSUER}#customer-17", "read", DEV) == (
        claims["sub"],
        claims["scope"],
        claims["client_id"],
    )
    assert (ACCESS, "Bearer", ["read"]) == (
        answer.issued_token_type,
        answer.token_type,
        list(answer.scopes),
    )
    assert claims["exp"] - claims["iat"] == answer.expires_in.seconds == 900


def test_revoked_with_what_came_of_it(pair: Pair) -> None:
    """A revocation at one server ends a token and its child at the other (C03)."""
    parent = pair.exchange(pair.first).access_token
    child = pair.onward(pair.second, parent).access_token
    both = (parent, child)
    assert ["exchanged"] * 2 == [pair.verdict(pair.second, token) for token in both]

    assert pair.revoke(pair.first, parent).effective_everywhere

    for server in (pair.first, pair.second):
        verdicts = [pair.verdict(server, token) for token in both]
        assert ["REASON_REVOKED"] * 2 == verdicts
    error = refusal_of(lambda: pair.onward(pair.second, parent))
    assert grpc.StatusCode.INVALID_ARGUMENT is error.code()


def test_revoking_nothing(pair: Pair) -> None:
    """Revoking what is no token of ours succeeds (detail 60)."""
    for token in ("x", id_token()):
        assert pair.revoke(pair.first, token).effective_everywhere


def test_credentials(pair: Pair) -> None:
    """Credentials that come of a token sign calls as a session of the role."""
    answer = pair.exchange(pair.first, requested_token_type=CREDENTIALS)
    issued = answer.credentials
    keys = Keys(issued.access_key_id, issued.secret_access_key, issued.session_token)

    session = pair.second.caller(keys)
    assert session.startswith(
        f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/customer-17-"
    )
    assert ("N_A", CREDENTIALS) == (answer.token_type, answer.issued_token_type)


def test_nothing_secret_is_written(pair: Pair) -> None:
    """Neither the log nor the audit log holds a token that was shown or issued."""
    shown = id_token(sub="customer-18")
    issued = pair.exchange(pair.first, subject_token=shown).access_token

    files = [path for path in Path(pair.first.state).rglob("*") if path.is_file()]
    written = pair.first.log + "".join(
        path.read_bytes().decode("latin-1") for path in files
    )
    assert "customer-18" in written
    for token in (shown, issued):
        assert all(part not in written for part in token.split(".")[1:])
