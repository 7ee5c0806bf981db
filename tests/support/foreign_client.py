"""A client that knows the API from reflection alone, and signs with botocore."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from typing import Any

import grpc
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from support.running import DaypassServer

SERVICE = "daypass.api.sts.v1.SecurityTokenService"


class WithoutHost(SigV4Auth):  # type: ignore[misc]
    """The signer of botocore, which does not sign the host."""

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        """Returns the headers of the request but the host."""
        headers = super().headers_to_sign(request)
        del headers["host"]
        return headers


@dataclass(frozen=True)
class ForeignClient:
    """Calls methods of a service that it knows from reflection only."""

    channel: grpc.Channel
    service: ServiceDescriptor

    def call(
        self, name: str, credentials: Credentials, fields: dict[str, object]
    ) -> Any:
        """Calls a method and returns the answer."""
        method = self.service.methods_by_name[name]
        request: Message = GetMessageClass(method.input_type)(**fields)
        answer = GetMessageClass(method.output_type)
        path = f"/{self.service.full_name}/{name}"
        body = request.SerializeToString()
        send: grpc.UnaryUnaryMultiCallable[bytes, Message] = self.channel.unary_unary(
            path, response_deserializer=answer.FromString
        )
        return send(body, metadata=signed(path, body, credentials), timeout=10)


def signed(
    path: str, body: bytes, credentials: Credentials
) -> tuple[tuple[str, str], ...]:
    """Returns the metadata that proves a call."""
    signer = WithoutHost(credentials, "sts", "us-east-1")
    request = AWSRequest("POST", f"http://localhost{path}", data=body)
    request.headers["X-Amz-Content-SHA256"] = signer.payload(request)
    signer.add_auth(request)
    return tuple((name.lower(), str(value)) for name, value in request.headers.items())


def keys_of(server: DaypassServer, user: str) -> Credentials:
    """Returns the keys of a user, from the file that the server wrote."""
    file = configparser.RawConfigParser()
    file.read(server.state / "credentials", encoding="utf-8")
    return Credentials(
        file[user]["aws_access_key_id"], file[user]["aws_secret_access_key"]
    )
