"""A master key as a key management service has wrapped it: text, fit for a file.

`daypass-wrapped-key-v1 KEY-ID BASE64`, with a line end or without: which key of the
service has wrapped it, and what came of that. The text is no secret; without the
service it opens nothing. Another version would begin with another word.

SPEC: decision 0036.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from daypass.core import key_limits, limits
from daypass.core.kms import Kms, KmsRefusedError
from daypass.core.secret import Secret

_MARK: Final = "daypass-wrapped-key-v1"
_KEY_ID: Final = re.compile(
    rf"[\x21-\x7e]{{1,{key_limits.KMS_KEY_ID_CHARACTERS_MAX}}}", re.ASCII
)
_PURPOSE: Final = "daypass-master-key"


class WrappedKeyError(ValueError):
    """A wrapped key cannot be unwrapped, or a key wrapped; the text quotes nothing."""


def is_wrapped(text: bytes) -> bool:
    """Tells whether this says of itself that it is a wrapped key."""
    return text.startswith(_MARK.encode())


def is_key_id(text: str) -> bool:
    """Tells whether a key of a service may be called so."""
    return _KEY_ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Wrapping:
    """How master keys are wrapped.

    Attributes:
        kms: wraps and unwraps.
        key_id: the key to wrap under; None where nothing is to be wrapped.
        deployment: whose master key it is: what is wrapped for one deployment is not
            unwrapped for another.
        plain_allowed: whether a master key that is not wrapped is taken, too.
    """

    kms: Kms
    key_id: str | None
    deployment: str = ""
    plain_allowed: bool = False

    def wrap(self, master_key: Secret) -> str:
        """Returns the text of a wrapped key, and has seen that it can be unwrapped.

        Raises:
            WrappedKeyError: the service refuses, or no key of it is named.
            KmsUnavailableError: it does not answer.
        """
        if self.key_id is None:
            raise WrappedKeyError("name the key to wrap under: kms_key_id")
        try:
            wrapped = self.kms.wrap(self.key_id, master_key, context=self._context)
        except KmsRefusedError as error:
            raise WrappedKeyError(f"the master key is not wrapped: {error}") from error
        text = f"{_MARK} {self.key_id} {base64.b64encode(wrapped).decode()}"
        # NOTE: what it replaces may be the only copy.
        if self.unwrap(text.encode()) != master_key:
            raise WrappedKeyError("the key management service unwraps another key")
        return text

    def unwrap(self, text: bytes) -> Secret:
        """Returns the master key of the text of a wrapped one.

        Raises:
            WrappedKeyError: it is malformed, or the service refuses it.
            KmsUnavailableError: it does not answer.
        """
        key_id, wrapped = _parsed(text)
        try:
            key = self.kms.unwrap(key_id, wrapped, context=self._context)
        except KmsRefusedError as error:
            raise WrappedKeyError(
                f"the master key is not unwrapped: {error}"
            ) from error
        if len(key.reveal()) != limits.MASTER_KEY_BYTES:
            raise WrappedKeyError(
                f"what is wrapped must be {limits.MASTER_KEY_BYTES} bytes"
            )
        return key

    @property
    def _context(self) -> Mapping[str, str]:
        return {"purpose": _PURPOSE, "deployment": self.deployment}


def _parsed(text: bytes) -> tuple[str, bytes]:
    """Returns the id of the key, and what was wrapped under it."""
    try:
        mark, key_id, encoded = text.decode("ascii").rstrip("\r\n").split(" ")
        wrapped = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise WrappedKeyError("the wrapped master key is malformed") from None
    if mark != _MARK or not is_key_id(key_id):
        raise WrappedKeyError("the wrapped master key is malformed")
    return key_id, wrapped
