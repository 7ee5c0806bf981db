"""Follows a profile to its credentials, through the roles that it names."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from daypass_client import limits
from daypass_client.credentials import Credentials
from daypass_client.errors import ConfigurationError
from daypass_client.foreign_credentials import ForeignSource, ProcessSource
from daypass_client.profiles.environment import (
    environment_container,
    environment_credentials,
)
from daypass_client.profiles.files import Entries, ProfileFiles
from daypass_client.profiles.ini import Entry
from daypass_client.profiles.surroundings import Surroundings
from daypass_client.sts_values import WebIdentitySource
from daypass_client.values import RoleRequest

# Forms of a profile that other tools know and this one does not.
_OTHER_FORMS: Final = (
    "sso_session",
    "sso_start_url",
    "login_session",
)


@dataclass(frozen=True, slots=True)
class CredentialPath:
    """What a profile leads to: a beginning, and roles behind it.

    The beginning is keys, a token in a file, or something that hands out credentials.

    A profile of no known form leads to nothing, and serves calls without proof.
    """

    credentials: Credentials | None = None
    web_identity: WebIdentitySource | None = None
    source: ForeignSource | None = None
    roles: tuple[RoleRequest, ...] = ()


def credential_path(
    name: str, files: ProfileFiles, around: Surroundings
) -> CredentialPath:
    """Returns what a profile leads to.

    Raises:
        ConfigurationError: the profile is incomplete, of a form that is not
            supported, or leads to itself.
    """
    roles: list[RoleRequest] = []
    entries = files.profiles[name]
    while _entry(entries, "role_arn") is not None:
        role_arn = entries["role_arn"]
        if _entry(entries, "web_identity_token_file") is not None:
            source = _web_identity(entries, role_arn, around)
            return CredentialPath(web_identity=source, roles=tuple(roles))
        if len(roles) == limits.ROLE_CHAIN_MAX:
            raise _fault(
                f"The profile leads through more than {limits.ROLE_CHAIN_MAX} roles,"
                " or back to itself.",
                role_arn,
            )
        roles.insert(0, _role(entries, role_arn))
        if (named := _entry(entries, "credential_source")) is not None:
            return _named_source(entries, named, tuple(roles), around)
        entries = _source(entries, role_arn, files)
        # As in the AWS tools: a source's own keys come before its role.
        if _entry(entries, "aws_access_key_id") is not None:
            break
    credentials, process = _static(entries), _process(entries)
    if credentials is None and process is not None:
        return CredentialPath(source=process, roles=tuple(roles))
    if credentials is None and roles:
        raise _fault(
            "The profile's source_profile leads to a profile without credentials.",
            files.profiles[name]["role_arn"],
        )
    return CredentialPath(credentials, roles=tuple(roles))


def _named_source(
    entries: Entries, named: Entry, roles: tuple[RoleRequest, ...], around: Surroundings
) -> CredentialPath:
    """Reads what a role is assumed with where the profile says so by a word."""
    if (other := _entry(entries, "source_profile")) is not None:
        raise _fault("A profile has source_profile or credential_source.", other)
    if named.text == "Environment":
        credentials = environment_credentials(around)
        if credentials is None:
            raise _fault("There are no keys in the environment.", named)
        return CredentialPath(credentials, roles=roles)
    if named.text == "EcsContainer":
        container = environment_container(around)
        if container is None:
            raise _fault("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set.", named)
        return CredentialPath(source=container, roles=roles)
    raise _fault("credential_source is Environment or EcsContainer.", named)


def _process(entries: Entries) -> ProcessSource | None:
    """Reads the program that hands out credentials; None where there is none."""
    entry = _entry(entries, "credential_process")
    if entry is None:
        return None
    try:
        words = tuple(shlex.split(entry.text))
    except ValueError:
        words = ()
    if not words or not words[0]:
        raise _fault("credential_process is not a program with arguments.", entry)
    return ProcessSource(words)


def _web_identity(
    entries: Entries, role_arn: Entry, around: Surroundings
) -> WebIdentitySource:
    """Reads a role that a token in a file is the proof for.

    SPEC: sts-operations 5.4.
    """
    for key in ("source_profile", "mfa_serial", "external_id"):
        if (entry := _entry(entries, key)) is not None:
            raise _fault(
                f"A profile with web_identity_token_file takes no {key}.", entry
            )
    return WebIdentitySource(
        role_arn=role_arn.text,
        token_file=around.resolve(entries["web_identity_token_file"].text),
        session_name=_text(entries, "role_session_name"),
        duration=_duration(_entry(entries, "duration_seconds")),
    )


def _source(entries: Entries, role_arn: Entry, files: ProfileFiles) -> Entries:
    source = _entry(entries, "source_profile")
    if source is None:
        _refuse_other_forms(entries)
        raise _fault(
            "A profile with role_arn needs source_profile or"
            " web_identity_token_file too.",
            role_arn,
        )
    if source.text not in files.profiles:
        raise _fault("There is no such source_profile.", source)
    return files.profiles[source.text]


def _role(entries: Entries, role_arn: Entry) -> RoleRequest:
    return RoleRequest(
        role_arn=role_arn.text,
        session_name=_text(entries, "role_session_name"),
        duration=_duration(_entry(entries, "duration_seconds")),
        external_id=_text(entries, "external_id"),
        serial_number=_text(entries, "mfa_serial"),
    )


def _duration(entry: Entry | None) -> timedelta | None:
    if entry is None:
        return None
    # NOTE: no upper bound: what a role allows is the server's to say.
    if not entry.text.isascii() or not entry.text.isdigit() or len(entry.text) > 6:  # noqa: PLR2004 - a million seconds is more than any session.
        raise _fault("duration_seconds is not a whole number of seconds.", entry)
    return timedelta(seconds=int(entry.text))


def _static(entries: Entries) -> Credentials | None:
    access_key_id = _entry(entries, "aws_access_key_id")
    secret_access_key = _entry(entries, "aws_secret_access_key")
    if access_key_id is None and secret_access_key is None:
        _refuse_other_forms(entries)
        return None
    present = access_key_id or secret_access_key
    if access_key_id is None or secret_access_key is None:
        raise ConfigurationError(
            "Of aws_access_key_id and aws_secret_access_key only one is there.",
            file=None if present is None else present.file,
            line=None if present is None else present.line,
        )
    token = _entry(entries, "aws_session_token")
    try:
        return Credentials.of(
            access_key_id.text,
            secret_access_key.text,
            None if token is None else token.text,
        )
    except ConfigurationError as error:
        raise _fault(error.message, access_key_id) from error


def _refuse_other_forms(entries: Entries) -> None:
    if (lone := _entry(entries, "web_identity_token_file")) is not None:
        raise _fault("A profile with web_identity_token_file needs role_arn too.", lone)
    for key in _OTHER_FORMS:
        if (entry := _entry(entries, key)) is not None:
            raise _fault(
                f"Profiles with {key} are not supported; use keys, credential_process,"
                " or role_arn with source_profile or web_identity_token_file.",
                entry,
            )


def _text(entries: Entries, key: str) -> str | None:
    entry = _entry(entries, key)
    return None if entry is None else entry.text


def _entry(entries: Entries, key: str) -> Entry | None:
    """Returns an entry that has a value."""
    entry = entries.get(key)
    return entry if entry is not None and entry.text else None


def _fault(message: str, entry: Entry) -> ConfigurationError:
    return ConfigurationError(message, file=entry.file, line=entry.line)
