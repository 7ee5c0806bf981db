"""What administrators of a simulated world do: they revoke."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from daypass.core.errors import DaypassError
from daypass.core.revocation import RevocationScope
from daypass.sts.revoke_key import RevokeKeyRequest
from daypass.sts.revoke_sessions import RevokeSessionsRequest
from daypass.sts.session_targets import PrincipalChoice
from simulation import organisation
from simulation.history import Issued, Revoking
from simulation.parties import METHOD, Party
from simulation.replica import Replica
from support.sign import Metadata


class Administrators(Party):
    """Those who end sessions; see `Party`."""

    prefix = "revocation"

    def revoke(self, replicas: Sequence[Replica], sessions: Sequence[Issued]) -> None:
        """Administrators end a session, or all of a role, a user or an account."""
        for _ in range(self._chance.choice((1, 1, 1, 2, 4))):
            self._revoke_one(replicas, sessions)

    def _revoke_one(
        self, replicas: Sequence[Replica], sessions: Sequence[Issued]
    ) -> None:
        request, name, admin = self._revocation(sessions)
        body = f"revoke-{next(self._numbers)}".encode()
        replica = self._chance.choice(replicas)
        metadata = self._signature(organisation.ADMINS[admin], body)
        pause = self._chance.choice((0.0, 0.001, 0.003, 0.02))
        replica.spawn(self._revoke(replica, metadata, body, request, name, pause))

    def revoke_key(self, replicas: Sequence[Replica], key_id: str) -> None:
        """An administrator puts a key out of use."""
        body = f"revoke-{next(self._numbers)}".encode()
        replica = self._chance.choice(replicas)
        metadata = self._signature(organisation.ADMINS[organisation.SHOP], body)
        replica.spawn(self._revoke_key(replica, metadata, body, key_id))

    async def _revoke_key(
        self, replica: Replica, metadata: Metadata, body: bytes, key_id: str
    ) -> None:
        context, name = self._context(), (RevocationScope.KEY, key_id)
        revoking = Revoking(name, asyncio.get_running_loop().time())
        everywhere = False
        with self._checker.rings.revoking_key(key_id):
            self._checker.revocation_began(revoking)
            try:
                caller = replica.authenticator.authenticate(
                    METHOD, metadata, body, call=context
                )
                result = await replica.use_cases.keyring.revoke_key.run(
                    RevokeKeyRequest(key_id), caller, context
                )
                everywhere = result.effective_everywhere
                revoking.sequence = result.sequence
                self._note(context, replica, f"revoked {name} {everywhere}")
            except DaypassError as error:
                self._refused(context, replica, error)
            finally:
                self._checker.revocation_ended(revoking, everywhere=everywhere)

    async def _revoke(
        self,
        replica: Replica,
        metadata: Metadata,
        body: bytes,
        request: RevokeSessionsRequest,
        name: tuple[RevocationScope, str],
        pause: float,
    ) -> None:
        await asyncio.sleep(pause)
        context = self._context()
        revoking = Revoking(name, asyncio.get_running_loop().time())
        self._checker.revocation_began(revoking)
        everywhere = False
        try:
            caller = replica.authenticator.authenticate(
                METHOD, metadata, body, call=context
            )
            result = await replica.use_cases.revoke_sessions.run(
                request, caller, context
            )
            everywhere = result.effective_everywhere
            revoking.sequence = result.sequence
            self._note(context, replica, f"revoked {name} {everywhere}")
        except DaypassError as error:
            self._refused(context, replica, error)
        finally:
            self._checker.revocation_ended(revoking, everywhere=everywhere)

    def _revocation(
        self, sessions: Sequence[Issued]
    ) -> tuple[RevokeSessionsRequest, tuple[RevocationScope, str], str]:
        kind = self._chance.choice("ssssssrruua" if sessions else "ru")
        if kind == "s":
            chosen = self._chance.choice(sessions).session
            request = RevokeSessionsRequest(access_key_id=chosen.access_key_id)
            name = (RevocationScope.SESSION, chosen.access_key_id)
            return request, name, chosen.account_id
        if kind == "a":
            account = self._chance.choice(organisation.ACCOUNTS)
            request = RevokeSessionsRequest(account_id=account)
            return request, (RevocationScope.ACCOUNT, account), account
        directory = organisation.directory()
        if kind == "r":
            role = directory.role_by_arn(self._chance.choice(organisation.ROLES))
            assert role is not None
            whose = PrincipalChoice(role_arn=role.arn)
            name = (RevocationScope.PRINCIPAL, role.unique_id)
            return RevokeSessionsRequest(whose=whose), name, role.account_id
        user = directory.user_by_arn(self._chance.choice(organisation.USERS))
        assert user is not None
        whose = PrincipalChoice(user_arn=user.principal.arn)
        name = (RevocationScope.PRINCIPAL, user.principal.unique_id)
        return RevokeSessionsRequest(whose=whose), name, organisation.SHOP
