"""What variables of the environment lead to by themselves.

SPEC: the AWS SDKs and Tools reference, "Environment variables" and "Container
credential provider".
"""

from __future__ import annotations

from typing import Final

from daypass_client.credentials import Credentials
from daypass_client.errors import ConfigurationError
from daypass_client.foreign_credentials import ContainerSource
from daypass_client.foreign_sources import check_url
from daypass_client.profiles.surroundings import Surroundings

# Where the agent of a container answers, for what is given without a host.
_CONTAINER_HOST: Final = "http://169.254.170.2"


def environment_credentials(around: Surroundings) -> Credentials | None:
    """Returns the keys of the environment; None where there are none.

    Raises:
        ConfigurationError: one of two is missing, or they are malformed.
    """
    access_key_id = around.get("AWS_ACCESS_KEY_ID")
    secret_access_key = around.get("AWS_SECRET_ACCESS_KEY")
    if access_key_id is None and secret_access_key is None:
        return None
    if access_key_id is None or secret_access_key is None:
        raise ConfigurationError(
            "Of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set.",
            hint="Set both, or neither.",
        )
    return Credentials.of(
        access_key_id, secret_access_key, around.get("AWS_SESSION_TOKEN")
    )


def environment_container(around: Surroundings) -> ContainerSource | None:
    """Returns the endpoint that runs beside the program; None where there is none.

    Raises:
        ConfigurationError: it is none that credentials may come from.
    """
    relative = around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
    full = around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if relative is None and full is None:
        return None
    if relative is not None and not relative.startswith("/"):
        raise ConfigurationError(
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash."
        )
    url = full or "" if relative is None else _CONTAINER_HOST + relative
    check_url(url)
    file = around.path("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    return ContainerSource(
        url,
        authorization=around.get("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        authorization_file=None if file is None else str(file),
    )
