"""The command `daypassd` does what it says, or says in one line why it does not."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from daypass import __version__
from daypass.adapters.audit_file import FileAuditSink
from daypass.adapters.master_key import load_master_key
from daypass.adapters.secrets import unseal
from daypass.cli import app
from support.directories import account_file
from support.directory_folders import KEYED
from support.records import audit_record
from support.surroundings import Surroundings, surroundings

USER = account_file("users: {dev: {}}\n")
# Nothing listens on the discard port, which only root could take.
NOBODY = "127.0.0.1:9"


@pytest.fixture(autouse=True)
def around(tmp_path: Path) -> Iterator[Surroundings]:
    """Yields the surroundings of the test, with a directory that has no fault."""
    (tmp_path / "directory").mkdir()
    (tmp_path / "directory" / "a.yaml").write_text(USER)
    with surroundings(tmp_path) as found:
        yield found


def _run(*words: str, typed: str | bytes = "") -> Result:
    """Runs the command in this process; a traceback fails the test."""
    return CliRunner().invoke(app, words, input=typed, catch_exceptions=False)


def _refusal(*words: str, status: int = 1, typed: str = "") -> str:
    """Returns the one line that a command fails with."""
    result = _run(*words, typed=typed)

    assert (status, "") == (result.exit_code, result.stdout)
    (line,) = result.stderr.splitlines()
    assert line.startswith("daypassd: ")
    return line.removeprefix("daypassd: ")


def _audit_log(path: Path, count: int) -> None:
    async def fill() -> None:
        sink = FileAuditSink(path)
        for number in range(count):
            await sink.write(audit_record(number))
        sink.close()

    asyncio.run(fill())


def test_serve_without_keys() -> None:
    """A server without keys says what to run, and makes none."""
    reason = _refusal("serve", status=78)

    assert "there is no .daypass/keyring: run `daypassd init` once" in reason
    assert not Path(".daypass/keyring").exists()


def test_wrong_setting_is_wrong_call() -> None:
    """A setting that makes no server is a wrong call, with status 2."""
    reason = _refusal("serve", "--grpc-listen", "0.0.0.0:1", status=2)

    assert "is beyond loopback" in reason


def test_wrong_flag_is_wrong_call() -> None:
    """A flag that there is not is a wrong call, with status 2."""
    result = _run("init", "--nonsense")

    assert 2 == result.exit_code
    assert "unrecognized arguments: --nonsense" in result.stderr


def test_master_key_that_does_not_open() -> None:
    """A master key that is not the ring's is told in one line."""
    _run("init")
    Path(".daypass/master.key").write_bytes(b"k" * 32)

    assert (
        ".daypass/keyring is damaged, or was sealed under another master key"
    ) == _refusal("serve", status=78)


def test_init_makes_keys_once() -> None:
    """The first time makes the keys, the second finds them."""
    first, second = _run("init"), _run("init")

    assert (0, ".daypass: made a key ring\n") == (first.exit_code, first.stdout)
    assert ".daypass: there is a key ring already\n" == second.stdout


def test_init_makes_access_keys() -> None:
    """Asked to, init makes the keys that the directory refers to, and profiles."""
    Path("directory/a.yaml").write_text(KEYED)

    result = _run("init", "--access-keys")

    assert 0 == result.exit_code
    assert ".daypass: wrote credentials and config\n" in result.stdout
    written = Path(".daypass/credentials")
    assert 0o600 == stat.S_IMODE(written.stat().st_mode)
    assert written.read_text().startswith("[u]\naws_access_key_id = AKIA")
    secret = Path(".daypass/secrets/keys/u.secret").read_text().strip()
    assert secret in written.read_text()
    assert secret not in result.output


def test_help_of_commands() -> None:
    """The help of a command that takes settings lists the settings."""
    for command in ("serve", "dev", "init", "seal"):
        result = _run(command, "--help")

        assert 0 == result.exit_code
        assert "--revocation-lease" in result.stdout


def test_check_tells_each_fault() -> None:
    """Each fault of a directory has its file, line and path; the status is 1."""
    Path("directory/b.yaml").write_text(
        account_file("users: {}\nnonsense: 1\n", account="111122223333")
    )
    Path("directory/c.yaml").write_text("account: {id: [x]}\n")

    result = _run("check", "directory")

    assert (1, "") == (result.exit_code, result.stdout)
    lines = result.stderr.splitlines()
    assert re.match(r"b\.yaml:3: nonsense: .", lines[0])
    assert [] == [line for line in lines if not re.match(r"[bc]\.yaml:\d+: ", line)]


def test_check_of_no_folder() -> None:
    """A folder that is not there is a wrong call."""
    assert 2 == _run("check", "nowhere").exit_code


def test_check_finds_nothing() -> None:
    """A directory without a fault is told so."""
    result = _run("check", "directory")

    assert (0, "directory: no fault\n") == (result.exit_code, result.stdout)


def test_check_names_missing_secrets() -> None:
    """Secrets that the directory refers to are no fault, and noted if asked for."""
    Path("directory/a.yaml").write_text(KEYED)

    quiet = _run("check", "directory")
    result = _run("check", "directory", "--verbose")

    assert (0, "directory: no fault\n") == (quiet.exit_code, quiet.stdout)
    assert 0 == result.exit_code
    assert "a.yaml:" in result.stdout
    assert "users.u.access_keys[0].secret: note: " in result.stdout


def test_changed_audit_log() -> None:
    """A line that was changed shows in the one behind it, which is named."""
    _audit_log(Path("audit.jsonl"), 3)
    lines = Path("audit.jsonl").read_text().splitlines(keepends=True)
    lines[1] = lines[1].replace("request-1", "request-9")
    Path("audit.jsonl").write_text("".join(lines))

    assert "line 3 of the audit file is wrong: " in _refusal(
        "audit", "verify", "audit.jsonl"
    )


def test_removed_audit_line() -> None:
    """A line that was removed is noticed at the one behind it."""
    _audit_log(Path("audit.jsonl"), 3)
    lines = Path("audit.jsonl").read_text().splitlines(keepends=True)
    Path("audit.jsonl").write_text(lines[0] + lines[2])

    assert "line 2 of the audit file is wrong: " in _refusal(
        "audit", "verify", "audit.jsonl"
    )


def test_whole_audit_log() -> None:
    """A log that is whole is told with its length and its last hash."""
    _audit_log(Path("audit.jsonl"), 3)

    result = _run("audit", "verify", "audit.jsonl")

    assert 0 == result.exit_code
    assert re.fullmatch(
        r"audit\.jsonl: 3 records, last hash [0-9a-f]{64}\n", result.stdout
    )


def test_audit_log_that_is_not_there() -> None:
    """A log that is not there is a wrong call."""
    assert 2 == _run("audit", "verify", "nowhere").exit_code


@pytest.mark.parametrize("typed", ["", "\n", "\r\n"])
def test_empty_secret_refused(typed: str) -> None:
    """Nothing on standard input is no secret."""
    _run("init")

    assert "there is no secret on standard input" == _refusal("seal", typed=typed)


def test_seal_needs_the_master_key() -> None:
    """Without a master key nothing is sealed."""
    reason = _refusal("seal", typed="hunter2\n")

    assert "there is no .daypass/master.key: run `daypassd init`" in reason


def test_sealed_secret_opens() -> None:
    """What is sealed opens under the master key, less the end of the line."""
    _run("init")

    result = _run("seal", typed=" hunter2 \n")

    assert 0 == result.exit_code
    assert "hunter2" not in result.stdout
    master_key = load_master_key(Path(".daypass/master.key"))
    opened = unseal(result.stdout.removesuffix("\n"), master_key)
    assert " hunter2 " == opened.reveal_text()


def test_health_of_nobody() -> None:
    """A server that does not answer is told so, with status 1."""
    assert f"{NOBODY} does not answer: UNAVAILABLE" == _refusal(
        "health", "--address", NOBODY
    )


def test_health_of_address_in_environment(around: Surroundings) -> None:
    """The address is that of the server's own setting unless one is given."""
    around.set("DAYPASS_GRPC_LISTEN", "0.0.0.0:9")

    assert _refusal("health").startswith("0.0.0.0:9 does not answer: ")


def test_version() -> None:
    """The version is that of the package."""
    assert f"daypassd {__version__}\n" == _run("version").stdout


def test_no_command_shows_help() -> None:
    """Without a command the commands are listed."""
    result = _run()

    assert all(word in result.output for word in ("serve", "dev", "init", "audit"))


def test_brackets_are_printed() -> None:
    """A path is printed as it is, brackets and colons included."""
    Path("a[b]:key:").mkdir(mode=0o700)

    result = _run("init", "--state-dir", "a[b]:key:")

    assert "a[b]:key:: made a key ring\n" == result.stdout
