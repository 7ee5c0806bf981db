"""Codes of a second factor are asked for on a terminal, and never shown."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from daypass_client import Credentials
from daypass_client._stubs.daypass.api.sts.v1 import sts_service_pb2 as sts
from support.client_answers import ROLE_ARN, assumed
from support.fake_daypass import FakeDaypass
from support.profile_files import keys_of
from support.sts_answers import END, OWN, read

PHONE = "arn:aws:iam::123456789012:mfa/operator-phone"
# Gives the process the terminal on its standard input as its own, then runs the rest.
WITH_TERMINAL = (
    "import fcntl, os, sys, termios;"
    " fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.executable, [sys.executable, '-m', 'daypass_client', *sys.argv[1:]])"
)
ASK = ("session-token", "--serial-number", PHONE)


@dataclass
class Terminal:
    """A terminal, as a person sits before it."""

    person: int
    program: int

    def run(
        self, environ: dict[str, str | None], *words: str, typed: str
    ) -> tuple[subprocess.CompletedProcess[str], str]:
        """Runs the command, types when asked, and returns what came and what was shown."""
        variables = {name: value for name, value in environ.items() if value}
        with subprocess.Popen(
            [sys.executable, "-c", WITH_TERMINAL, *words],
            env=variables | {"PATH": os.environ.get("PATH", os.defpath)},
            stdin=self.program,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
        ) as process:
            shown = ""
            while ": " not in shown:
                shown += os.read(self.person, 1024).decode()
            os.write(self.person, f"{typed}\n".encode())
            out, err = process.communicate(timeout=15)
        os.set_blocking(self.person, False)
        shown += os.read(self.person, 1024).decode()
        result = subprocess.CompletedProcess(words, process.returncode, out, err)
        return result, shown


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """Yields a terminal."""
    person, program = pty.openpty()
    yield Terminal(person, program)
    os.close(person)
    os.close(program)


def test_no_terminal_is_told(fake: FakeDaypass, environ: dict[str, str | None]) -> None:
    """Without a terminal nobody is asked, and the error says what to do."""
    variables = {name: value for name, value in environ.items() if value}
    result = subprocess.run(
        [sys.executable, "-m", "daypass_client", *ASK],
        env=variables,
        input="012345\n",
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )

    assert (1, "", []) == (result.returncode, result.stdout, fake.calls)
    assert "--token-code" in result.stderr


@pytest.mark.parametrize("code", ["12345", "1234567", "abcdef", ""])
def test_what_is_no_code_is_refused(
    fake: FakeDaypass,
    environ: dict[str, str | None],
    terminal: Terminal,
    code: str,
) -> None:
    """What is not six digits is not sent."""
    result, _ = terminal.run(environ, *ASK, typed=code)

    assert (1, []) == (result.returncode, fake.calls)
    assert "six digits" in result.stderr


def test_code_is_asked_for(
    fake: FakeDaypass, environ: dict[str, str | None], terminal: Terminal
) -> None:
    """The question names the factor; what is typed is sent, and shown nowhere."""
    fake.answer(OWN)

    result, shown = terminal.run(environ, *ASK, "--output", "json", typed="012345")

    sent = sts.GetSessionTokenRequest.FromString(fake.calls[0].body)
    assert (PHONE, "012345") == (sent.serial_number, sent.token_code)
    assert f"Code of {PHONE}: " in shown
    assert "012345" not in shown + result.stdout + result.stderr
    assert read(5).access_key_id in result.stdout


def test_profile_asks_for_its_code(
    fake: FakeDaypass,
    environ: dict[str, str | None],
    terminal: Terminal,
    long_term: Credentials,
) -> None:
    """A profile with mfa_serial asks, and only the answer is on standard output."""
    fake.answer(assumed(5, END))
    Path(environ["AWS_CONFIG_FILE"] or "").write_text(
        f"[profile guarded]\nrole_arn = {ROLE_ARN}\nmfa_serial = {PHONE}\n"
        f"source_profile = keys\n[profile keys]\n{keys_of(long_term)}",
        encoding="utf-8",
    )

    result, shown = terminal.run(
        environ, "credential-process", "--profile", "guarded", typed="000001"
    )

    sent = sts.AssumeRoleRequest.FromString(fake.calls[0].body)
    assert (PHONE, "000001") == (sent.serial_number, sent.token_code)
    assert f"Code of {PHONE}: " in shown
    assert result.stdout.startswith('{"Version": 1')
