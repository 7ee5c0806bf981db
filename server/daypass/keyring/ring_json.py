"""A ring as JSON, in the one form that `keyring.sealed` puts under seal.

Private keys and secrets stand in it as base64, so the text is as secret as they
are: it is never written anywhere unsealed. The list of members is closed.
"""

from __future__ import annotations

import base64
import binascii
import json

from daypass.core.clock import from_epoch_seconds, to_epoch_seconds
from daypass.core.limits import KEYRING_FILE_BYTES_MAX
from daypass.core.secret import Secret
from daypass.core.strict_json import JsonValue, loads_object
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.errors import InvalidRingError
from daypass.keyring.key import KeyState, SigningKey
from daypass.keyring.ring import Ring, RingKey, RingSecret


def encode_ring(ring: Ring) -> bytes:
    """Writes a ring, secrets included."""
    members = {
        "ring_id": ring.ring_id,
        "version": ring.version,
        "keys": [
            {
                "algorithm": entry.key.algorithm.value,
                "private": _encode(entry.key.private),
                "state": entry.state.value,
                "since": to_epoch_seconds(entry.since),
            }
            for entry in ring.keys
        ],
        "derivation_secrets": [_secret_members(e) for e in ring.derivation_secrets],
        "sealing_keys": [_secret_members(e) for e in ring.sealing_keys],
    }
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def decode_ring(text: bytes) -> Ring:
    """Reads what `encode_ring` wrote.

    Raises:
        ValueError: the text is not that, or makes no ring.
    """
    members = _Members(loads_object(text, size_max=KEYRING_FILE_BYTES_MAX))
    ring = Ring(
        ring_id=members.text("ring_id"),
        version=members.integer("version"),
        keys=tuple(map(_decode_key, members.objects("keys"))),
        derivation_secrets=tuple(
            map(_decode_secret, members.objects("derivation_secrets"))
        ),
        sealing_keys=tuple(map(_decode_secret, members.objects("sealing_keys"))),
    )
    members.check_all_read()
    return ring


class _Members:
    """An object whose members are taken one by one, until none is left."""

    def __init__(self, members: JsonValue) -> None:
        if not isinstance(members, dict):
            raise InvalidRingError("a part of the ring is not an object")
        self._members = dict(members)

    def text(self, name: str) -> str:
        """Takes a string."""
        value = self._members.pop(name, None)
        if not isinstance(value, str):
            raise InvalidRingError("a member is missing or not a string")
        return value

    def integer(self, name: str) -> int:
        """Takes an integer, which a boolean is not."""
        value = self._members.pop(name, None)
        if type(value) is not int:
            raise InvalidRingError("a member is missing or not an integer")
        return value

    def objects(self, name: str) -> list[_Members]:
        """Takes a list of objects."""
        value = self._members.pop(name, None)
        if not isinstance(value, list):
            raise InvalidRingError("a member is missing or not a list")
        return [_Members(item) for item in value]

    def secret(self, name: str) -> Secret:
        """Takes bytes in base64."""
        try:
            return Secret(base64.b64decode(self.text(name), validate=True))
        except binascii.Error:
            raise InvalidRingError("a secret is not base64") from None

    def check_all_read(self) -> None:
        """Raises where a member is left that nobody knows."""
        if self._members:
            raise InvalidRingError("a member is not known")


def _decode_key(members: _Members) -> RingKey:
    algorithm = Algorithm(members.text("algorithm"))
    key = SigningKey.from_private_bytes(algorithm, members.secret("private"))
    state = KeyState(members.text("state"))
    entry = RingKey(key, state, from_epoch_seconds(members.integer("since")))
    members.check_all_read()
    return entry


def _decode_secret(members: _Members) -> RingSecret:
    entry = RingSecret(
        key_id=members.text("key_id"),
        secret=members.secret("secret"),
        state=KeyState(members.text("state")),
        since=from_epoch_seconds(members.integer("since")),
    )
    members.check_all_read()
    return entry


def _secret_members(entry: RingSecret) -> dict[str, object]:
    return {
        "key_id": entry.key_id,
        "secret": _encode(entry.secret),
        "state": entry.state.value,
        "since": to_epoch_seconds(entry.since),
    }


def _encode(secret: Secret) -> str:
    return base64.b64encode(secret.reveal()).decode("ascii")
