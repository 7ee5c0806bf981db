"""Credentials that something else on this machine hands out.

SPEC: sts-operations 5.4, for what a process prints; the AWS SDKs and Tools reference,
"Container credential provider", for what an endpoint answers. Who is asked is what
the environment or a profile of the user names.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from daypass_client import limits
from daypass_client.credentials import Credentials
from daypass_client.errors import ConfigurationError, Failure, UnavailableError

# RFC 3339 as the AWS tools read it: a date, a time, and where it is.
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class ProcessSource:
    """A program that prints credentials, as `credential_process` of a profile names it.

    It runs without a shell, each time that new credentials are needed.

    Attributes:
        command: the program and its arguments; they are not shown.
    """

    command: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContainerSource:
    """An endpoint that hands out credentials, such as the agent's.

    Attributes:
        url: where; in clear only to this machine, or a link-local address of AWS.
        authorization: what it is shown; not shown elsewhere. None for nothing.
        authorization_file: a file that holds it, read each time; None for none.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)
    authorization_file: str | None = None


ForeignSource = ProcessSource | ContainerSource


def read_document(data: bytes, *, of_process: bool) -> Credentials:
    """Reads what a process has printed, or an endpoint has answered.

    Raises:
        ConfigurationError: it is not credentials. Nothing of it is shown.
    """
    if len(data) > limits.CREDENTIAL_DOCUMENT_BYTES_MAX:
        raise not_credentials("it is too long")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        # NOTE: not chained: the error holds the text, which may be a secret.
        raise not_credentials("it is no JSON") from None
    if not isinstance(document, dict):
        raise not_credentials("it is no object")
    version = document.get("Version")
    if of_process and (type(version) is not int or version != 1):
        raise not_credentials("its Version is not 1")
    token = document.get("SessionToken" if of_process else "Token")
    return Credentials.of(
        _text(document.get("AccessKeyId"), "AccessKeyId"),
        _text(document.get("SecretAccessKey"), "SecretAccessKey"),
        None if token is None else _text(token, "token"),
        _time(document.get("Expiration")),
    )


def not_credentials(reason: str) -> ConfigurationError:
    """Returns the error of a source that hands out something else."""
    return ConfigurationError(
        f"What the source of credentials hands out is no credentials: {reason}.",
        hint="Check credential_process, or AWS_CONTAINER_CREDENTIALS_FULL_URI.",
    )


def unavailable(message: str) -> UnavailableError:
    """Returns the error of a source that fails, and may not the next time."""
    failure = Failure("UNAVAILABLE", "CredentialSourceUnavailable", message)
    return UnavailableError(failure, hint="Check that it runs, then ask again.")


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise not_credentials(f"its {name} is missing or no text")
    return value


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise not_credentials("its Expiration is no time")
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise not_credentials("its Expiration is no time") from None
