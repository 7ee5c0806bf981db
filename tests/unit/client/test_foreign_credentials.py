"""Credentials of a process, or of an endpoint beside the program."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from daypass_client import (
    AsyncDaypassClient,
    ConfigurationError,
    Credentials,
    DaypassClient,
    Profile,
    RejectedError,
    RoleRequest,
    UnavailableError,
)
from daypass_client.foreign_credentials import (
    ContainerSource,
    ProcessSource,
    read_document,
)
from daypass_client.foreign_sources import ask
from support.client_answers import ROLE_ARN, WHO, assumed
from support.fake_daypass import FakeDaypass
from support.key_set_server import KeySetServer
from support.world import START

END = START + timedelta(days=36_500)


def document(credentials: Credentials, **changes: object) -> bytes:
    """Returns what both sources hand out, each in its own member for the token."""
    assert credentials.session_token is not None
    token = credentials.session_token.reveal()
    members: dict[str, object] = {
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.reveal(),
        "SessionToken": token,
        "Token": token,
        "Expiration": END.isoformat(),
    }
    return json.dumps({**members, **changes}).encode()


def printing(text: bytes, status: int = 0) -> ProcessSource:
    """Returns a program that prints something and ends."""
    code = f"import sys; sys.stdout.buffer.write({text!r}); sys.exit({status})"
    return ProcessSource((sys.executable, "-c", code))


@pytest.fixture
def endpoint(temporary: Credentials) -> Iterator[KeySetServer]:
    """Yields an endpoint that hands out credentials."""
    with KeySetServer() as server:
        server.body = document(temporary)
        yield server


@pytest.mark.parametrize(
    "changes",
    [
        {"Version": 2},
        {"Version": "1"},
        {"Version": True},
        {"AccessKeyId": None},
        {"AccessKeyId": "short"},
        {"SecretAccessKey": 1},
        {"SessionToken": 1},
        {"SessionToken": ""},
        {"Expiration": 1},
        {"Expiration": "tomorrow"},
        {"Expiration": "2026-01-02"},
        {"Expiration": "2026-13-02T00:00:00Z"},
        {"Expiration": "0001-01-01T00:00:00+23:00"},
    ],
    ids=str,
)
def test_document_that_is_none(
    temporary: Credentials, changes: dict[str, object]
) -> None:
    """What is no credentials is refused, and no secret is in the error."""
    with pytest.raises(ConfigurationError) as caught:
        read_document(document(temporary, **changes), of_process=True)

    assert temporary.secret_access_key.reveal() not in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 60_000, b" " * 65_537])
def test_text_that_is_none(data: bytes) -> None:
    """What is no JSON object, or is too long, is refused."""
    with pytest.raises(ConfigurationError):
        read_document(data, of_process=False)


@pytest.mark.parametrize(
    ("text", "time"),
    [
        (None, None),
        ("2026-01-02T03:04:05Z", START),
        ("2026-01-02T03:04:05+00:00", START),
        ("2026-01-02T05:04:05+02:00", START),
        ("2026-01-02T03:04:05.500Z", START + timedelta(milliseconds=500)),
    ],
)
def test_end_is_read(
    temporary: Credentials, text: str | None, time: datetime | None
) -> None:
    """The end has a zone, or there is none."""
    found = read_document(document(temporary, Expiration=text), of_process=True)

    assert time == found.expiration


@pytest.mark.parametrize("of_process", [True, False])
def test_token_is_in_its_member(temporary: Credentials, *, of_process: bool) -> None:
    """A process names the token otherwise than an endpoint; long-term keys have none."""
    own, other = ("SessionToken", "Token") if of_process else ("Token", "SessionToken")
    found = read_document(document(temporary, **{other: None}), of_process=of_process)
    bare = read_document(document(temporary, **{own: None}), of_process=of_process)

    assert temporary.session_token == found.session_token
    assert bare.session_token is None
    assert END.astimezone(UTC) == found.expiration


@pytest.mark.parametrize(
    "command", [("no-such-program-of-ours",), ("/",), ("a\0b",)], ids=repr
)
def test_program_that_cannot_be_run(command: tuple[str, ...]) -> None:
    """A program that is not there is told so."""
    with pytest.raises(ConfigurationError):
        ask(ProcessSource(command))


def test_program_that_fails(temporary: Credentials) -> None:
    """What a program prints does not count where it fails."""
    with pytest.raises(UnavailableError, match="ended with 3"):
        ask(printing(document(temporary), status=3))


def test_program_that_does_not_end_printing() -> None:
    """A program that prints without end is ended, with what it has started."""
    code = "import itertools\nfor _ in itertools.count(): print('x' * 9_999)"

    with pytest.raises(ConfigurationError, match="too long"):
        ask(ProcessSource((sys.executable, "-c", code)))


def test_program_prints_credentials(temporary: Credentials) -> None:
    """What a program prints is what signs."""
    found = ask(printing(document(temporary)))

    assert replace(temporary, expiration=END) == found


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, RejectedError),
        (401, RejectedError),
        (404, RejectedError),
        (301, RejectedError),
        (429, UnavailableError),
        (500, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_endpoint_that_refuses(
    endpoint: KeySetServer, status: int, kind: type[Exception]
) -> None:
    """A refusal is final, and what may pass may pass; nobody is sent elsewhere."""
    endpoint.status = status
    endpoint.headers = {"location": endpoint.url}

    with pytest.raises(kind):
        ask(ContainerSource(endpoint.url))

    assert 1 == len(endpoint.paths)


def test_endpoint_that_is_away() -> None:
    """An endpoint that nobody answers at may be there the next time."""
    with KeySetServer() as server:
        url = server.url

    with pytest.raises(UnavailableError):
        ask(ContainerSource(url))


def test_endpoint_is_shown_its_token(
    endpoint: KeySetServer, temporary: Credentials, tmp_path: Path
) -> None:
    """The token of the file counts before the other, and is read each time."""
    file = tmp_path / "token"
    file.write_text("first\n")
    source = ContainerSource(f"{endpoint.url}?a=b", "other", str(file))

    found = ask(source)
    file.write_text("second")
    ask(source)
    ask(ContainerSource(endpoint.url, "other"))
    ask(ContainerSource(endpoint.url))

    assert replace(temporary, expiration=END) == found
    assert "/jwks.json?a=b" == endpoint.paths[0]
    assert ["first", "second", "other", None] == endpoint.authorizations


@pytest.mark.parametrize("text", ["a\nb", "a\r\nx-other: b", "\u00e4", "a" * 8_193])
def test_token_of_a_file_is_one_line(
    endpoint: KeySetServer, tmp_path: Path, text: str
) -> None:
    """What would be more than one header is not sent."""
    file = tmp_path / "token"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigurationError):
        ask(ContainerSource(endpoint.url, authorization_file=str(file)))

    assert [] == endpoint.paths


def test_token_file_that_is_missing(endpoint: KeySetServer, tmp_path: Path) -> None:
    """Without the file that is named nothing is asked."""
    with pytest.raises(ConfigurationError):
        ask(ContainerSource(endpoint.url, authorization_file=str(tmp_path / "none")))

    assert [] == endpoint.paths


def test_client_signs_with_what_a_program_prints(
    fake: FakeDaypass, temporary: Credentials, tmp_path: Path
) -> None:
    """The program is asked once, for as long as its credentials last."""
    log = tmp_path / "log"
    text = document(temporary)
    code = f"import sys; sys.stdout.buffer.write({text!r}); open({str(log)!r}, 'a').write('x')"
    source = ProcessSource((sys.executable, "-c", code))
    fake.answer(WHO, WHO)

    with DaypassClient(Profile(endpoint=fake.profile().endpoint, source=source)) as own:
        own.get_caller_identity()
        own.get_caller_identity()

    assert "x" == log.read_text()
    assert temporary.access_key_id in str(fake.calls[1].metadata["authorization"])


async def test_awaiting_client_assumes_a_role_behind_an_endpoint(
    fake: FakeDaypass, endpoint: KeySetServer, temporary: Credentials
) -> None:
    """The awaiting client asks on a thread, and goes on to the roles."""
    profile = Profile(
        endpoint=fake.profile().endpoint,
        source=ContainerSource(endpoint.url),
        roles=(RoleRequest(role_arn=ROLE_ARN),),
    )
    fake.answer(assumed(3, END), WHO)

    async with AsyncDaypassClient(profile) as client:
        await client.get_caller_identity()

    assert temporary.access_key_id in str(fake.calls[0].metadata["authorization"])
    assert profile.with_credentials(temporary).source is None
