"""The operations: what each sends, where to, and how its answer is read.

A call is a value here, so that the blocking and the awaiting client differ in
nothing but how they wait.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from google.protobuf.message import DecodeError

from daypass_client import answers, limits
from daypass_client._stubs.daypass.api.keyring.v1 import keyring_service_pb2 as keyring
from daypass_client._stubs.daypass.api.session.v1 import session_service_pb2 as sessions
from daypass_client.errors import ConfigurationError
from daypass_client.retries import Repetition
from daypass_client.status import unreadable_answer
from daypass_client.values import (
    KeySet,
    Revocation,
    Session,
    SessionPage,
)

Answer = TypeVar("Answer")

_SESSIONS: Final = "/daypass.api.session.v1.SessionService"
_KEYRING: Final = "/daypass.api.keyring.v1.KeyringService"


@dataclass(frozen=True, slots=True)
class Operation(Generic[Answer]):
    """A call to make.

    Attributes:
        method: the full method.
        request: the bytes to sign and send.
        read: turns the bytes of the answer into its value.
        signed: whether the call needs credentials.
        repetition: when the call may be made again.
    """

    method: str
    request: bytes
    read: Callable[[bytes], Answer]
    signed: bool = True
    repetition: Repetition = Repetition.FREE

    def answer(self, data: bytes) -> Answer:
        """Reads the bytes of the answer.

        Raises:
            UnavailableError: they are not what the operation answers.
            TokenRejectedError: they say that a token is not good.
            RequestRejectedError: they say that a request is not proven.
        """
        try:
            return self.read(data)
        except (ConfigurationError, DecodeError, OverflowError, ValueError) as error:
            raise unreadable_answer() from error


def get_session(access_key_id: str) -> Operation[Session]:
    """Asks for one session."""
    request = sessions.GetSessionRequest(access_key_id=access_key_id)
    return Operation(
        f"{_SESSIONS}/GetSession", request.SerializeToString(), answers.session
    )


def list_sessions(
    *,
    role_arn: str | None,
    user_arn: str | None,
    page_size: int,
    page_token: str = "",
) -> Operation[SessionPage]:
    """Asks for a page of live sessions.

    Raises:
        ValueError: both a role and a user are named.
    """
    if role_arn is not None and user_arn is not None:
        raise ValueError("sessions are listed of a role or of a user, not of both")
    request = sessions.ListSessionsRequest(
        page_size=min(page_size, limits.PAGE_SIZE_MAX),
        page_token=page_token,
        **_present(role_arn=role_arn, user_arn=user_arn),
    )
    return Operation(
        f"{_SESSIONS}/ListSessions", request.SerializeToString(), answers.session_page
    )


def revoke_sessions(
    *,
    access_key_id: str | None = None,
    role_arn: str | None = None,
    user_arn: str | None = None,
    account_id: str | None = None,
    reason: str = "",
) -> Operation[Revocation]:
    """Asks to end sessions.

    Raises:
        ValueError: not exactly one target is named.
    """
    target = _present(
        access_key_id=access_key_id,
        role_arn=role_arn,
        user_arn=user_arn,
        account_id=account_id,
    )
    if len(target) != 1:
        raise ValueError("exactly one target is revoked at a time")
    request = sessions.RevokeSessionsRequest(reason=reason, **target)
    return Operation(
        f"{_SESSIONS}/RevokeSessions", request.SerializeToString(), answers.revocation
    )


def get_key_set() -> Operation[KeySet]:
    """Asks for the public keys; anyone may."""
    request = keyring.GetKeySetRequest()
    return Operation(
        f"{_KEYRING}/GetKeySet",
        request.SerializeToString(),
        answers.key_set,
        signed=False,
    )


def _present(**fields: str | None) -> dict[str, str]:
    """Returns the fields that are given; an unset member of a oneof is left out."""
    return {name: value for name, value in fields.items() if value is not None}
