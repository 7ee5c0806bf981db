"""Shows new credentials, secrets included, which is what was asked for."""

from __future__ import annotations

from collections.abc import Mapping

from daypass_client.cli.text import iso_time
from daypass_client.credentials import Credentials
from daypass_client.endpoint import DEFAULT_ENDPOINT
from daypass_client.profiles.profile import DEFAULT_REGION, Profile


def issued_record(
    credentials: Credentials, facts: Mapping[str, object]
) -> dict[str, object]:
    """Returns what is printed of new credentials: the facts, then the secrets."""
    token = credentials.session_token
    return {
        **facts,
        "expiration": credentials.expiration,
        "access_key_id": credentials.access_key_id,
        "secret_access_key": credentials.secret_access_key.reveal(),
        "session_token": None if token is None else token.reveal(),
    }


def credential_variables(credentials: Credentials) -> dict[str, str]:
    """Returns the variables that hold credentials for programs."""
    variables = {
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key.reveal(),
    }
    if credentials.session_token is not None:
        variables["AWS_SESSION_TOKEN"] = credentials.session_token.reveal()
    if credentials.expiration is not None:
        variables["AWS_CREDENTIAL_EXPIRATION"] = iso_time(credentials.expiration)
    return variables


def exports(credentials: Credentials, profile: Profile) -> dict[str, str]:
    """Returns the variables that make the credentials those of a shell.

    The endpoint and the region come along where they are not what the next
    command would take by itself.
    """
    variables = credential_variables(credentials)
    if str(profile.endpoint) != DEFAULT_ENDPOINT:
        variables["DAYPASS_ENDPOINT"] = str(profile.endpoint)
    if profile.region != DEFAULT_REGION:
        variables["AWS_REGION"] = profile.region
    return variables
