"""The derivation of secret access keys, which are stored nowhere.

SPEC: design 6; sts-operations 0.5 (40 characters of the base64 alphabet).
"""

from __future__ import annotations

import binascii

from daypass.core.identifiers import SECRET_BYTES
from daypass.core.secret import Secret
from daypass.keyring.ring import RingSecret


def derive_secret_access_key(access_key_id: str, derivation: RingSecret) -> Secret:
    """Returns the secret access key of temporary credentials, 40 characters.

    Args:
        access_key_id: the id of the credentials.
        derivation: the derivation secret that the session names.
    """
    digest = derivation.mac(access_key_id.encode("utf-8"))
    return Secret(binascii.b2a_base64(digest[:SECRET_BYTES], newline=False))
