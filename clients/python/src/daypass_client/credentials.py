"""Credentials: what signs a call, in a type that does not show its secrets.

SPEC: sts-operations 0.5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from daypass_client import limits
from daypass_client.errors import ConfigurationError
from daypass_client.secret import Secret

_ACCESS_KEY_ID: Final = re.compile(
    rf"\w{{{limits.ACCESS_KEY_ID_CHARACTERS_MIN},{limits.ACCESS_KEY_ID_CHARACTERS_MAX}}}",
    re.ASCII,
)
# Anything else could not travel in the metadata of a call.
_PRINTABLE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Credentials, long-term or temporary; `of` makes them from text.

    Attributes:
        access_key_id: names the credentials; not a secret.
        secret_access_key: signs calls, and is never sent with one.
        session_token: travels with each call; None for long-term credentials.
        expiration: when they end; None for long-term ones or where untold.
    """

    access_key_id: str
    secret_access_key: Secret
    session_token: Secret | None = None
    expiration: datetime | None = None

    @classmethod
    def of(
        cls,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        expiration: datetime | None = None,
    ) -> Credentials:
        """Makes credentials from text, and checks that they can be used.

        Raises:
            ConfigurationError: a part cannot be what it should be. The message
                names the part and shows nothing of it.
        """
        if not _ACCESS_KEY_ID.fullmatch(access_key_id):
            raise ConfigurationError(
                "The access key id is not 16 to 128 letters, digits and underscores."
            )
        _check("secret access key", secret_access_key, limits.SECRET_CHARACTERS_MAX)
        if session_token is None:
            token = None
        else:
            _check("session token", session_token, limits.SESSION_TOKEN_CHARACTERS_MAX)
            token = Secret(session_token)
        return cls(access_key_id, Secret(secret_access_key), token, expiration)


def _check(part: str, text: str, characters_max: int) -> None:
    if len(text) > characters_max or not _PRINTABLE.fullmatch(text):
        raise ConfigurationError(
            f"The {part} is not 1 to {characters_max:,} printable ASCII characters"
            " without blanks."
        )
