"""Credentials beside AssumeRole, asked for by a client without any code of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from botocore.credentials import Credentials
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from support.foreign_client import SERVICE, ForeignClient, keys_of
from support.running import DaypassServer


@pytest.fixture
def foreign(daypass_server: DaypassServer) -> Iterator[ForeignClient]:
    """Yields a client that has learnt the API from the server."""
    with grpc.insecure_channel(daypass_server.address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        yield ForeignClient(channel, pool.FindServiceByName(SERVICE))


def issued(answer: Any) -> Credentials:
    """Returns the credentials of an answer."""
    found = answer.credentials
    return Credentials(
        found.access_key_id, found.secret_access_key, found.session_token
    )


def test_session_token_is_the_user(
    foreign: ForeignClient, daypass_server: DaypassServer
) -> None:
    """Credentials of GetSessionToken are the user, and cannot be renewed by it."""
    dev = keys_of(daypass_server, "dev")

    session = issued(foreign.call("GetSessionToken", dev, {"duration_seconds": 900}))

    user = foreign.call("GetCallerIdentity", dev, {})
    assert user == foreign.call("GetCallerIdentity", session, {})
    with pytest.raises(grpc.RpcError) as caught:
        foreign.call("GetSessionToken", session, {})
    assert grpc.StatusCode.PERMISSION_DENIED == caught.value.code()


def test_federation_token_is_a_guest(
    foreign: ForeignClient, daypass_server: DaypassServer
) -> None:
    """Credentials of GetFederationToken are the guest, who may call nothing else."""
    portal = keys_of(daypass_server, "portal")
    policy = (
        '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject",'
        '"Resource":"*"}}'
    )

    answer = foreign.call(
        "GetFederationToken", portal, {"name": "customer-7", "policy": policy}
    )

    guest = issued(answer)
    named = "arn:aws:sts::123456789012:federated-user/customer-7"
    assert named == answer.federated_user.arn
    assert named == foreign.call("GetCallerIdentity", guest, {}).arn
    with pytest.raises(grpc.RpcError) as caught:
        foreign.call("GetAccessKeyInfo", guest, {"access_key_id": guest.access_key})
    assert grpc.StatusCode.PERMISSION_DENIED == caught.value.code()


def test_root_session_is_the_root(
    foreign: ForeignClient, daypass_server: DaypassServer
) -> None:
    """Credentials of AssumeRoot are the member's root user, and call nothing else."""
    steward = keys_of(daypass_server, "steward")
    task = "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials"

    answer = foreign.call(
        "AssumeRoot",
        steward,
        {"target_principal": "111122223333", "task_policy_arn": {"arn": task}},
    )

    session = issued(answer)
    found = foreign.call("GetCallerIdentity", session, {})
    assert ("arn:aws:iam::111122223333:root", "111122223333") == (
        found.arn,
        found.user_id,
    )
    with pytest.raises(grpc.RpcError) as caught:
        foreign.call("GetSessionToken", session, {})
    assert grpc.StatusCode.PERMISSION_DENIED == caught.value.code()
