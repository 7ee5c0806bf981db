"""Asks a process or an endpoint of this machine for credentials.

Both are asked by threads that may block; the awaiting client asks on a thread.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import ssl
import subprocess
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from threading import Timer
from typing import Final
from urllib.parse import urlsplit

from daypass_client import limits
from daypass_client.credentials import Credentials
from daypass_client.errors import ConfigurationError, Failure, RejectedError
from daypass_client.foreign_credentials import (
    ContainerSource,
    ForeignSource,
    ProcessSource,
    read_document,
    unavailable,
)
from daypass_client.http_body import read_body

# Those of the AWS container and pod agents, which are reached in clear.
_LINK_LOCAL: Final = frozenset({"169.254.170.2", "169.254.170.23", "fd00:ec2::23"})
_OK: Final = 200
_TOO_MANY: Final = 429
_SERVER_FAULTS: Final = 500


def ask(source: ForeignSource) -> Credentials:
    """Returns new credentials of a source.

    Raises:
        UnavailableError: it fails, and may not the next time.
        RejectedError: the endpoint refuses.
        ConfigurationError: it cannot be asked, or hands out something else.
    """
    if isinstance(source, ProcessSource):
        return read_document(_output(source.command), of_process=True)
    return read_document(_answer(source), of_process=False)


def check_url(url: str) -> None:
    """Returns for a URL that credentials may be fetched from.

    Raises:
        ConfigurationError: it is none, or they would go in clear to somebody else.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        raise _no_url() from None
    clear = parts.scheme == "http" and _is_near(host)
    if not host or parts.username is not None or not (clear or parts.scheme == "https"):
        raise _no_url()


def _output(command: tuple[str, ...]) -> bytes:
    """Returns what a program prints, within bounds of size and time.

    NOTE: it is in a session of its own, so that what it has started ends with it.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, no shell.
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it has no name"
        raise ConfigurationError(
            f"The program of credential_process cannot be run: {reason}."
        ) from None
    timer = Timer(limits.CREDENTIAL_SOURCE_TIMEOUT.total_seconds(), _kill, [process])
    timer.start()
    with process:
        assert process.stdout is not None, "its output is a pipe"
        try:
            data = process.stdout.read(limits.CREDENTIAL_DOCUMENT_BYTES_MAX + 1)
            if len(data) > limits.CREDENTIAL_DOCUMENT_BYTES_MAX:
                _kill(process)
        finally:
            status = process.wait()
            timer.cancel()
    if len(data) <= limits.CREDENTIAL_DOCUMENT_BYTES_MAX and status != 0:
        raise unavailable(f"The program of credential_process ended with {status}")
    return data


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _answer(source: ContainerSource) -> bytes:
    check_url(source.url)
    parts = urlsplit(source.url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    end = time.monotonic() + limits.CREDENTIAL_SOURCE_TIMEOUT.total_seconds()
    try:
        connection.request("GET", path, headers=_headers(source))
        response = connection.getresponse()
        data = read_body(
            response, end=end, size_max=limits.CREDENTIAL_DOCUMENT_BYTES_MAX
        )
    except (OSError, HTTPException) as error:
        raise unavailable(
            f"The credentials endpoint cannot be asked: {error}"
        ) from None
    finally:
        connection.close()
    if response.status == _OK:
        return data
    message = f"The credentials endpoint answers with {response.status}"
    if response.status == _TOO_MANY or response.status >= _SERVER_FAULTS:
        raise unavailable(message)
    raise RejectedError(
        Failure("PERMISSION_DENIED", "CredentialSourceRefused", message),
        hint="Check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.",
    )


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    timeout = limits.CREDENTIAL_SOURCE_TIMEOUT.total_seconds()
    if scheme == "http":
        return HTTPConnection(host, port, timeout=timeout)
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return HTTPSConnection(host, port, timeout=timeout, context=context)


def _headers(source: ContainerSource) -> dict[str, str]:
    """Returns the headers; a file is read each time, because it is replaced."""
    text = source.authorization
    if source.authorization_file is not None:
        try:
            with Path(source.authorization_file).open("rb") as file:
                data = file.read(limits.SESSION_TOKEN_CHARACTERS_MAX + 1)
            text = data.decode("ascii").rstrip("\r\n")
        except OSError as error:
            raise ConfigurationError(
                f"The authorization token cannot be read: {error.strerror}.",
                file=source.authorization_file,
            ) from error
        except UnicodeDecodeError:
            # NOTE: not chained: the error holds the bytes, which may be the token.
            raise _no_authorization() from None
    if text is None:
        return {"accept": "application/json"}
    if (
        not text.isprintable()
        or not text.isascii()
        or (len(text) > limits.SESSION_TOKEN_CHARACTERS_MAX)
    ):
        raise _no_authorization()
    return {"accept": "application/json", "authorization": text}


def _is_near(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or str(address) in _LINK_LOCAL


def _no_url() -> ConfigurationError:
    return ConfigurationError(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL that credentials may come from.",
        hint="Write https://, or http:// with an address of this machine.",
    )


def _no_authorization() -> ConfigurationError:
    return ConfigurationError("The authorization token is not printable ASCII text.")
