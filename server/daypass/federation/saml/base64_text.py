"""Base64 in which every value has one spelling, as documents and parameters have it.

SPEC: RFC 4648 section 4; attacks S16, S59.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from daypass.federation.saml.refusals import SamlRefusedError

_BLANKS: Final = str.maketrans("", "", " \t\r\n")


def decode(text: str) -> bytes:
    """Decodes text without blanks, with its padding, in the plain alphabet.

    Raises:
        SamlRefusedError: encoding the value would not give this text back.
    """
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise SamlRefusedError("base64_malformed") from exc
    if base64.b64encode(value).decode("ascii") != text:
        raise SamlRefusedError("base64_malformed")
    return value


def decode_wrapped(text: str) -> bytes:
    """Decodes text that may be broken into lines, as it is inside of documents.

    Raises:
        SamlRefusedError: without its blanks it is not what `decode` takes.
    """
    return decode(text.translate(_BLANKS))
