"""Messages of KeyringService, to and from the values of its use cases."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from daypass.api.keyring.v1 import keyring_service_pb2 as pb
from daypass.keyring.early import Described
from daypass.keyring.key import KeyState
from daypass.keyring.schedule import Purpose
from daypass.rpc.convert import timestamp
from daypass.sts.key_set import KeySet
from daypass.sts.keyring_operations import (
    KeyList,
    ListKeysRequest,
    RotateKeysRequest,
    RotateKeysResult,
)
from daypass.sts.revoke_key import RevokeKeyRequest, RevokeKeyResult

_PURPOSES: Final[Mapping[Purpose, pb.KeyPurpose.ValueType]] = MappingProxyType(
    {
        Purpose.SIGNING: pb.KEY_PURPOSE_SIGNING,
        Purpose.DERIVATION: pb.KEY_PURPOSE_DERIVATION,
        Purpose.SEALING: pb.KEY_PURPOSE_SEALING,
    }
)
_NAMED: Final = {number: purpose for purpose, number in _PURPOSES.items()}
_STATES: Final[Mapping[KeyState, pb.Key.State.ValueType]] = MappingProxyType(
    {
        KeyState.PREPARED: pb.Key.STATE_PREPARED,
        KeyState.ACTIVE: pb.Key.STATE_ACTIVE,
        KeyState.RETIRING: pb.Key.STATE_RETIRING,
        KeyState.RETIRED: pb.Key.STATE_RETIRED,
    }
)


def get_key_set_response(key_set: KeySet) -> pb.GetKeySetResponse:
    """Returns the key set; a JWK's members are the fields of the message."""
    response = pb.GetKeySetResponse(keys=[pb.Jwk(**key) for key in key_set.keys])
    response.max_age.FromTimedelta(key_set.max_age)
    return response


def watch_key_set_response(key_set: KeySet) -> pb.WatchKeySetResponse:
    """Returns the key set as a message of a stream."""
    response = pb.WatchKeySetResponse(
        keys=[pb.Jwk(**key) for key in key_set.keys], version=key_set.version
    )
    response.max_age.FromTimedelta(key_set.max_age)
    return response


def list_keys_request(message: pb.ListKeysRequest) -> ListKeysRequest:
    """Returns which page of the keys."""
    return ListKeysRequest(message.page_size, message.page_token)


def list_keys_response(found: KeyList) -> pb.ListKeysResponse:
    """Returns a page of keys."""
    response = pb.ListKeysResponse(
        keys=map(_key, found.keys),
        next_page_token=found.next_page_token,
        version=found.version,
    )
    if found.next_step_time is not None:
        response.next_step_time.CopyFrom(timestamp(found.next_step_time))
    return response


def rotate_keys_request(message: pb.RotateKeysRequest) -> RotateKeysRequest:
    """Returns which kind of key to rotate; one that is not known is none."""
    return RotateKeysRequest(
        purpose=_NAMED.get(message.purpose),
        algorithm=message.algorithm,
        emergency=message.emergency,
        reason=message.reason,
    )


def rotate_keys_response(result: RotateKeysResult) -> pb.RotateKeysResponse:
    """Returns which keys have changed, or when they can."""
    response = pb.RotateKeysResponse(
        keys=map(_key, result.keys), version=result.version
    )
    if result.ready_time is not None:
        response.ready_time.CopyFrom(timestamp(result.ready_time))
    return response


def revoke_key_request(message: pb.RevokeKeyRequest) -> RevokeKeyRequest:
    """Returns which key to revoke."""
    return RevokeKeyRequest(message.key_id, message.reason)


def revoke_key_response(result: RevokeKeyResult) -> pb.RevokeKeyResponse:
    """Returns the number of a revocation and how far it has come."""
    return pb.RevokeKeyResponse(
        sequence=result.sequence,
        effective_everywhere=result.effective_everywhere,
        known=result.known,
    )


def _key(described: Described) -> pb.Key:
    algorithm = described.slot.algorithm
    return pb.Key(
        key_id=described.name,
        purpose=_PURPOSES[described.slot.purpose],
        algorithm="" if algorithm is None else algorithm.value,
        state=_STATES[described.state],
        state_time=timestamp(described.since),
    )
