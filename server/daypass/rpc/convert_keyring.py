"""Messages of KeyringService, from the values of its use case."""

from __future__ import annotations

from daypass.api.keyring.v1 import keyring_service_pb2 as pb
from daypass.sts.key_set import KeySet


def get_key_set_response(key_set: KeySet) -> pb.GetKeySetResponse:
    """Returns the key set; a JWK's members are the fields of the message."""
    response = pb.GetKeySetResponse(keys=[pb.Jwk(**key) for key in key_set.keys])
    response.max_age.FromTimedelta(key_set.max_age)
    return response
