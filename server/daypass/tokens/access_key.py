"""The access key ids of sessions that are issued to signed calls.

Such an id is derived, not drawn: one call has one id, which a second session of it
cannot have. Nobody who does not know the ring can tell it before it is issued.

SPEC: sts-operations 2.4; attacks V01, C09; decision 0013.
"""

from __future__ import annotations

from typing import Final

from daypass.core.identifiers import TEMPORARY_KEY_PREFIX, encode_access_key_id
from daypass.keyring.ring import RingSecret

# NOTE: secret access keys are derived under the same secrets from an access key id
# alone, in which no colon can stand; the two can never meet.
_LABEL: Final = b"daypass:access-key-id:"
_RANDOM_BYTES: Final = 5


def derive_access_key_id(
    call_digest: bytes, account_id: str, derivation: RingSecret
) -> str:
    """Returns the access key id of the session of a signed call.

    Args:
        call_digest: names the call.
        account_id: the account that will own the session.
        derivation: the secret of the ring that it is derived under.
    """
    message = b"%s%s:%s" % (_LABEL, account_id.encode("ascii"), call_digest)
    random = int.from_bytes(derivation.mac(message)[:_RANDOM_BYTES], "big")
    return encode_access_key_id(TEMPORARY_KEY_PREFIX, account_id, random)
