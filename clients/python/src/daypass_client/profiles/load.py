"""Loads a profile: from what was asked for, the environment and files, in this order.

SPEC: sts-operations 5.4, for the forms of a profile. Of these there are static
credentials, `credential_process`, and `role_arn` with `source_profile`,
`credential_source` or `web_identity_token_file`.
"""

from __future__ import annotations

from pathlib import Path

from daypass_client.endpoint import DEFAULT_ENDPOINT, Endpoint
from daypass_client.errors import ConfigurationError
from daypass_client.profiles.environment import (
    environment_container,
    environment_credentials,
)
from daypass_client.profiles.files import (
    DEFAULT_PROFILE,
    Entries,
    ProfileFiles,
    aws_files,
    local_files,
)
from daypass_client.profiles.profile import DEFAULT_REGION, Profile
from daypass_client.profiles.roles import CredentialPath, credential_path
from daypass_client.profiles.surroundings import Surroundings
from daypass_client.sts_values import WebIdentitySource


def load_profile(
    name: str | None = None,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    surroundings: Surroundings | None = None,
) -> Profile:
    """Loads a profile.

    Args:
        name: the profile. None takes the credentials of the environment
            (`AWS_ACCESS_KEY_ID` and its kin), or else the token that
            `AWS_WEB_IDENTITY_TOKEN_FILE` names for the role of `AWS_ROLE_ARN`, or
            else the profile that `DAYPASS_PROFILE` or `AWS_PROFILE` names, or else
            `default`, or else the endpoint of `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
        endpoint: the server; None takes `DAYPASS_ENDPOINT`, or else
            `daypass_endpoint` or `endpoint_url` of the profile, or else
            127.0.0.1:50051.
        region: the region that signatures name; None takes `AWS_REGION` or
            `AWS_DEFAULT_REGION`, or else that of the profile, or else us-east-1.
        surroundings: the environment and the folders; None means this process's.

    Raises:
        ConfigurationError: something is malformed, or the profile is missing.
    """
    around = surroundings or Surroundings.of_process()
    chosen = name or around.get("DAYPASS_PROFILE", "AWS_PROFILE")
    given = None if name else _environment(around)
    files = aws_files(around)
    if given is None:
        files = _files_that_know(chosen or DEFAULT_PROFILE, files, around)
    entries = files.get(chosen or DEFAULT_PROFILE)
    path = given or CredentialPath()
    if given is None and entries is not None:
        path = credential_path(chosen or DEFAULT_PROFILE, files, around)
    elif given is None and chosen is None:
        # As in the AWS tools: what runs beside the program comes last.
        path = CredentialPath(source=environment_container(around))
    elif given is None and chosen is not None:
        raise _no_such_profile(chosen, files, around)
    return Profile(
        name=chosen or ("" if entries is None else DEFAULT_PROFILE),
        endpoint=_endpoint(endpoint, around, entries or {}),
        region=region
        or around.get("AWS_REGION", "AWS_DEFAULT_REGION")
        or _text(entries or {}, "region")
        or DEFAULT_REGION,
        credentials=path.credentials,
        web_identity=path.web_identity,
        source=path.source,
        roles=path.roles,
        ca_bundle=_file(around, entries or {}, "AWS_CA_BUNDLE", "ca_bundle"),
        client_certificate=_file(
            around,
            entries or {},
            "DAYPASS_CLIENT_CERTIFICATE",
            "daypass_client_certificate",
        ),
        client_key=_file(
            around, entries or {}, "DAYPASS_CLIENT_KEY", "daypass_client_key"
        ),
    )


def _environment(around: Surroundings) -> CredentialPath | None:
    """Returns what the environment leads to by itself; None where it does not."""
    if (credentials := environment_credentials(around)) is not None:
        return CredentialPath(credentials)
    token_file = around.path("AWS_WEB_IDENTITY_TOKEN_FILE")
    if token_file is None:
        return None
    role_arn = around.get("AWS_ROLE_ARN")
    if role_arn is None:
        raise ConfigurationError(
            "Of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN only the first is set.",
            hint="Set both, or neither.",
        )
    source = WebIdentitySource(
        role_arn=role_arn,
        token_file=token_file,
        session_name=around.get("AWS_ROLE_SESSION_NAME"),
    )
    return CredentialPath(web_identity=source)


def _files_that_know(
    name: str, files: ProfileFiles, around: Surroundings
) -> ProfileFiles:
    """Returns the files of AWS, or those of `.daypass` if only they have it."""
    if files.get(name) is not None:
        return files
    local = local_files(around)
    return files if local is None or local.get(name) is None else local


def _no_such_profile(
    name: str, files: ProfileFiles, around: Surroundings
) -> ConfigurationError:
    local = local_files(around)
    known = set(files.profiles) | set(() if local is None else local.profiles)
    places = [*files.places, *(() if local is None else local.places)]
    hint = f"There are: {', '.join(sorted(known))}." if known else ""
    looked = ", ".join(str(place) for place in places)
    return ConfigurationError(f"There is no profile {name!r} in {looked}.", hint=hint)


def _endpoint(text: str | None, around: Surroundings, entries: Entries) -> Endpoint:
    """Reads the endpoint that counts; a fault in a file is told with its line."""
    stated = text or around.get("DAYPASS_ENDPOINT")
    entry = entries.get("daypass_endpoint") or entries.get("endpoint_url")
    if stated is not None or entry is None or not entry.text:
        return Endpoint.parse(stated or DEFAULT_ENDPOINT)
    try:
        return Endpoint.parse(entry.text)
    except ConfigurationError as error:
        raise ConfigurationError(
            error.message, hint=error.hint, file=entry.file, line=entry.line
        ) from error


def _file(
    around: Surroundings, entries: Entries, variable: str, key: str
) -> Path | None:
    text = around.get(variable) or _text(entries, key)
    return None if text is None else around.resolve(text)


def _text(entries: Entries, key: str) -> str | None:
    entry = entries.get(key)
    return (entry.text or None) if entry is not None else None
