"""The methods of the blocking client for the operations of STS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from daypass_client import sts_operations
from daypass_client.clock import Clock
from daypass_client.credentials import Credentials
from daypass_client.errors import CallError
from daypass_client.operations import Operation
from daypass_client.sts_values import (
    DelegatedAccess,
    FederatedUser,
    FederationRequest,
    IdentityToken,
    RootSession,
    SamlRequest,
    SamlRole,
    TradeInRequest,
    TradeInToken,
    WebIdentityRequest,
    WebIdentityRole,
)
from daypass_client.values import AssumedRole, CallerIdentity, RoleRequest

Answer = TypeVar("Answer")


class StsCalls(ABC):
    """Who calls, and credentials for others to call with."""

    _clock: Clock

    @abstractmethod
    def _call(self, operation: Operation[Answer]) -> Answer: ...

    def get_caller_identity(self) -> CallerIdentity:
        """Returns who the credentials belong to."""
        return self._call(sts_operations.get_caller_identity())

    def get_access_key_info(self, access_key_id: str) -> str:
        """Returns the account that an access key id belongs to.

        It says nothing of whether the key is good, or exists.
        """
        return self._call(sts_operations.get_access_key_info(access_key_id))

    def decode_authorization_message(self, message: str) -> str:
        """Returns what the encoded message of a denial says, as JSON."""
        return self._call(sts_operations.decode_authorization_message(message))

    def assume_role(self, role: RoleRequest) -> AssumedRole:
        """Returns new credentials for a role."""
        return self._call(sts_operations.assume_role(role, self._clock.now()))

    def batch_assume_role(
        self, roles: Sequence[RoleRequest]
    ) -> tuple[AssumedRole | CallError, ...]:
        """Returns new credentials for many roles, or why not, in their order."""
        return self._call(sts_operations.batch_assume_role(roles, self._clock.now()))

    def assume_role_with_web_identity(
        self, role: WebIdentityRequest
    ) -> WebIdentityRole:
        """Returns new credentials for a role, by the token of a provider.

        It needs no credentials, and sends no proof but the token.
        """
        operation = sts_operations.assume_role_with_web_identity(
            role, self._clock.now()
        )
        return self._call(operation)

    def assume_role_with_saml(self, role: SamlRequest) -> SamlRole:
        """Returns new credentials for a role, by a SAML assertion.

        It needs no credentials, and sends no proof but the assertion.
        """
        return self._call(sts_operations.assume_role_with_saml(role))

    def assume_root(
        self,
        target: str,
        *,
        task_policy_arn: str,
        duration: timedelta | None = None,
    ) -> RootSession:
        """Returns credentials for one task of the root user of a member account.

        Args:
            target: the account, or the ARN of its root.
            task_policy_arn: the managed policy that names the task.
            duration: until they end, at most 15 minutes; None means that.
        """
        return self._call(sts_operations.assume_root(target, task_policy_arn, duration))

    def get_session_token(
        self,
        *,
        duration: timedelta | None = None,
        serial_number: str | None = None,
        token_code: str | None = None,
    ) -> Credentials:
        """Returns temporary credentials of the caller itself.

        Args:
            duration: until they end; None means twelve hours.
            serial_number: the second factor, as a serial number or an ARN.
            token_code: the six digits that it shows.
        """
        operation = sts_operations.get_session_token(
            duration, serial_number, token_code
        )
        return self._call(operation)

    def get_federation_token(self, user: FederationRequest) -> FederatedUser:
        """Returns credentials of a federated user, within the caller's permissions."""
        return self._call(sts_operations.get_federation_token(user))

    def get_web_identity_token(
        self,
        audiences: Sequence[str],
        *,
        algorithm: str,
        duration: timedelta | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> IdentityToken:
        """Returns a token that names the caller to other services.

        Args:
            audiences: the services that the token is for.
            algorithm: `RS256` or `ES384`.
            duration: until it ends; None means five minutes.
            tags: tags for the token's claims.
        """
        operation = sts_operations.get_web_identity_token(
            audiences, algorithm, duration, tags
        )
        return self._call(operation)

    def get_delegated_access_token(self, trade_in_token: str) -> DelegatedAccess:
        """Returns the credentials that a trade-in token stands for; it works once."""
        return self._call(sts_operations.get_delegated_access_token(trade_in_token))

    def create_trade_in_token(self, approval: TradeInRequest) -> TradeInToken:
        """Returns a token by which another account may act as the caller, once.

        Hand it on as you would hand on a password.
        """
        return self._call(sts_operations.create_trade_in_token(approval))
