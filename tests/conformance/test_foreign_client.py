"""A client without any code of ours gets credentials and uses them.

It learns the API from server reflection, as grpcurl does, builds messages from
what it learnt, and signs with botocore as `docs/signing.md` says.
"""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest
from botocore.credentials import Credentials
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase,
)

from support.foreign_client import SERVICE, ForeignClient, keys_of
from support.running import DaypassServer

ACCESS = "daypass.api.access.v1.AccessService"
ROLE = "arn:aws:iam::123456789012:role/ReadOnlyRole"
SESSION = "arn:aws:sts::123456789012:assumed-role/ReadOnlyRole/foreign"


@pytest.fixture
def foreign(daypass_server: DaypassServer) -> Iterator[ForeignClient]:
    """Yields a client that has learnt the API from the server."""
    with grpc.insecure_channel(daypass_server.address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        yield ForeignClient(channel, pool.FindServiceByName(SERVICE))


@pytest.fixture
def dev(daypass_server: DaypassServer) -> Credentials:
    """Returns the keys of the user `dev`."""
    return keys_of(daypass_server, "dev")


def test_services_are_discovered(daypass_server: DaypassServer) -> None:
    """Reflection names the services of the API."""
    with grpc.insecure_channel(daypass_server.address) as channel:
        names = set(ProtoReflectionDescriptorDatabase(channel).get_services())

    assert {
        SERVICE,
        "daypass.api.token.v1.TokenService",
        ACCESS,
        "daypass.api.session.v1.SessionService",
        "daypass.api.keyring.v1.KeyringService",
    } <= names


def test_wrong_secret_is_refused(foreign: ForeignClient, dev: Credentials) -> None:
    """A signature with another secret is no proof."""
    wrong = Credentials(dev.access_key, dev.secret_key[::-1])

    with pytest.raises(grpc.RpcError) as caught:
        foreign.call("GetCallerIdentity", wrong, {})

    assert grpc.StatusCode.UNAUTHENTICATED == caught.value.code()


def test_temporary_key_without_token_is_refused(
    foreign: ForeignClient, dev: Credentials
) -> None:
    """Temporary credentials without their session token are no proof."""
    role = assume(foreign, dev)
    half = Credentials(role.access_key, role.secret_key)

    with pytest.raises(grpc.RpcError) as caught:
        foreign.call("GetCallerIdentity", half, {})

    assert grpc.StatusCode.UNAUTHENTICATED == caught.value.code()


def test_role_is_assumed_and_used(foreign: ForeignClient, dev: Credentials) -> None:
    """The credentials of an assumed role say who they are."""
    role = assume(foreign, dev)

    answer = foreign.call("GetCallerIdentity", role, {})

    assert ("123456789012", SESSION) == (answer.account, answer.arn)


def test_questions_are_discovered_and_asked(daypass_server: DaypassServer) -> None:
    """Who knows the API from reflection alone asks what policies would say."""
    with grpc.insecure_channel(daypass_server.address) as channel:
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        service = pool.FindServiceByName(ACCESS)
        answer = ForeignClient(channel, service).call(
            "Simulate",
            keys_of(daypass_server, "admin"),
            {
                "caller": {"principal_arn": ROLE},
                "actions": ["s3:ListBucket", "s3:DeleteBucket"],
            },
        )

    words = service.file.pool.FindEnumTypeByName("daypass.api.types.v1.DecisionEffect")
    effects = [words.values_by_number[each.effect].name for each in answer.results]
    assert ["DECISION_EFFECT_ALLOWED", "DECISION_EFFECT_EXPLICIT_DENY"] == effects


def assume(foreign: ForeignClient, caller: Credentials) -> Credentials:
    """Returns credentials for the role, by the name `foreign`."""
    fields: dict[str, object] = {"role_arn": ROLE, "role_session_name": "foreign"}
    credentials = foreign.call("AssumeRole", caller, fields).credentials
    return Credentials(
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token,
    )
