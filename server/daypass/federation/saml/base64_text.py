"""Base64 in which every value has one spelling, as documents and parameters have it.

SPEC: RFC 4648 section 4; attacks S16, S59.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from daypass.federation.saml.refusals import SamlRefusedError

_BLANKS: Final = str.maketrans("", "", " \t\r\n")
_GROUP_BYTES: Final = 3
_GROUP_CHARACTERS: Final = 4


def decode(text: str) -> bytes:
    """Decodes text without blanks, with its padding, in the plain alphabet.

    Raises:
        SamlRefusedError: encoding the value would not give this text back.
    """
    try:
        value = binascii.a2b_base64(text, strict_mode=True)
    except (binascii.Error, ValueError) as exc:
        raise SamlRefusedError("base64_malformed") from exc
    # What strict mode leaves open are the spare bits of the last group.
    last = value[-(len(value) % _GROUP_BYTES or _GROUP_BYTES) :]
    if base64.b64encode(last).decode("ascii") != text[-_GROUP_CHARACTERS:]:
        raise SamlRefusedError("base64_malformed")
    return value


def decode_wrapped(text: str) -> bytes:
    """Decodes text that may be broken into lines, as it is inside of documents.

    Raises:
        SamlRefusedError: without its blanks it is not what `decode` takes.
    """
    return decode(text.translate(_BLANKS))
