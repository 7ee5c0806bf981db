"""The port to a key management service, which wraps keys under keys that it keeps.

It is asked at the start and by commands, and never while a call waits: so it may block
for as long as it bounds itself, and may be away while servers run.

SPEC: design 7; decision 0036.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from daypass.core.errors import ServiceUnavailableError
from daypass.core.secret import Secret


class KmsUnavailableError(ServiceUnavailableError):
    """The key management service does not answer; trying again may help."""


class KmsRefusedError(ValueError):
    """It does not wrap or unwrap this; the text says why, and shows no key."""


class Kms(Protocol):
    """Wraps and unwraps data keys.

    What is wrapped is bound to the id of the key and to the context: it is unwrapped
    with the same two, and with nothing else.
    """

    def wrap(
        self, key_id: str, data_key: Secret, *, context: Mapping[str, str]
    ) -> bytes:
        """Wraps a data key, differently each time.

        Raises:
            KmsRefusedError: there is no such key, or it must not be used.
            KmsUnavailableError: the service does not answer.
        """
        ...

    def unwrap(
        self, key_id: str, wrapped: bytes, *, context: Mapping[str, str]
    ) -> Secret:
        """Returns the data key that was wrapped.

        Raises:
            KmsRefusedError: there is no such key, or it did not wrap this for this
                context.
            KmsUnavailableError: the service does not answer.
        """
        ...
