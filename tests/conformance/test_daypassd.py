"""`daypassd` over its life: the first start, the next ones, and what survives them."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from typer.testing import CliRunner

from daypass.adapters.audit_file import verify_audit_file
from daypass.cli import app
from support.daypassd import (
    ACCOUNT,
    DEV,
    Daypassd,
    Keys,
    Organisation,
    refusal_of,
)

UNAUTHENTICATED = grpc.StatusCode.UNAUTHENTICATED
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Reader/s1"


@pytest.fixture
def organisation(tmp_path: Path) -> Organisation:
    """Returns a directory with its secrets."""
    return Organisation(tmp_path)


@pytest.fixture
def journal(tmp_path: Path) -> str:
    """Returns the URL of a store that outlives the process."""
    return f"memory://?journal={tmp_path}/state/journal"


@pytest.fixture
def running(organisation: Organisation, journal: str) -> Iterator[Daypassd]:
    """Yields a server that is running for the first time."""
    with Daypassd(organisation, "--store", journal).init() as server:
        yield server


def test_state_is_private(running: Daypassd, organisation: Organisation) -> None:
    """Whatever a server writes is for its own user only."""
    running.caller(organisation.keys("dev"))

    found = [running.state, *running.state.iterdir()]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in found}
    assert 0o700 == modes.pop("state")
    assert {
        "master.key",
        "keyring",
        "audit.jsonl",
        "journal",
        "grpc.address",
    } <= modes.keys()
    assert {0o600} == set(modes.values())


def test_health_is_told(running: Daypassd) -> None:
    """The command `health` succeeds as long as the server serves."""
    words = ["health", "--address", running.address]

    serving = CliRunner().invoke(app, words)
    running.stop()
    ended = CliRunner().invoke(app, words)

    assert (0, 1) == (serving.exit_code, ended.exit_code)
    assert f"{words[2]} is serving\n" == serving.stdout


def test_session_survives_restart(
    running: Daypassd, organisation: Organisation
) -> None:
    """A second start has the same keys, users and sessions, and no complaint."""
    session = running.assume()
    files = ("master.key", "keyring")
    before = [(running.state / name).read_bytes() for name in files]

    assert 0 == running.stop()
    running.start()

    assert before == [(running.state / name).read_bytes() for name in files]
    assert DEV == running.caller(organisation.keys("dev"))
    assert SESSION == running.caller(session)
    assert "verified" == running.verdict(session)
    assert "Traceback" not in running.log


def test_revocation_survives_restart(running: Daypassd) -> None:
    """What was revoked stays so, also when the process was killed."""
    revoked, other = running.assume(), running.assume()
    assert running.revoke(revoked)

    running.process.kill()
    running.wait()
    running.start()

    assert "REASON_REVOKED" == running.verdict(revoked)
    assert UNAUTHENTICATED is refusal_of(lambda: running.caller(revoked)).code()
    assert "verified" == running.verdict(other)


def test_audit_log_survives_kill(running: Daypassd) -> None:
    """Every credential that left is on record, in one chain over all starts."""
    first = running.assume()
    running.process.kill()
    running.wait()
    running.start()
    second = running.assume()

    path = running.state / "audit.jsonl"
    report = verify_audit_file(path)
    written = path.read_text()
    assert (2, True, True) == (
        report.count,
        first.access_key_id in written,
        second.access_key_id in written,
    )
    assert first.secret_access_key not in written
    assert str(first.session_token) not in written + running.log


def test_memory_ends_sessions(organisation: Organisation) -> None:
    """Without a journal a restart ends every session, since what was revoked is lost."""
    with Daypassd(organisation).init() as server:
        session = server.assume()
        server.stop()
        server.start()

        assert "verified" != server.verdict(session)
        assert UNAUTHENTICATED is refusal_of(lambda: server.caller(session)).code()


def test_other_keys_end_sessions(running: Daypassd, organisation: Organisation) -> None:
    """A server with another ring knows no session of the first."""
    session = running.assume()
    with Daypassd(organisation, name="other").init() as other:
        assert "REASON_UNKNOWN_KEY" == other.verdict(session)
        assert UNAUTHENTICATED is refusal_of(lambda: other.caller(session)).code()


@pytest.mark.parametrize("change", ["secret", "token", "id"])
def test_bent_credentials_refused(running: Daypassd, change: str) -> None:
    """Credentials with a part of others are refused."""
    one, other = running.assume(), running.assume()
    bent = Keys(
        other.access_key_id if change == "id" else one.access_key_id,
        other.secret_access_key if change == "secret" else one.secret_access_key,
        other.session_token if change == "token" else one.session_token,
    )

    assert UNAUTHENTICATED is refusal_of(lambda: running.caller(bent)).code()
    assert SESSION == running.caller(one)
