"""The offline verifiers against a running server: what is revoked is soon refused.

SPEC: design 7; reliability, promise 1 and E12.
"""

from __future__ import annotations

import asyncio
import time

import pytest

from daypass_client import AsyncDaypassClient, DaypassClient, RoleRequest
from daypass_client.errors import TokenRejectedError
from daypass_client.verifier import AsyncTokenVerifier, TokenVerifier
from support.running import DaypassServer

ROLE = RoleRequest(role_arn="arn:aws:iam::123456789012:role/ReadOnlyRole")
PATIENCE = 30.0


def test_revoked_session_is_refused(daypass_server: DaypassServer) -> None:
    """A session is good until it is revoked, and the verifier asks for neither."""
    with (
        DaypassClient(daypass_server.profile("dev")) as dev,
        DaypassClient(daypass_server.profile("admin")) as admin,
        DaypassClient(daypass_server.profile("verifier")) as own,
        TokenVerifier(own) as verifier,
    ):
        session, other = dev.assume_role(ROLE), dev.assume_role(ROLE)
        token, kept = (
            found.credentials.session_token.reveal()
            for found in (session, other)
            if found.credentials.session_token is not None
        )
        verified = verifier.verify_session_token(token)
        admin.revoke_sessions(access_key_id=session.credentials.access_key_id)
        end, reason = time.monotonic() + PATIENCE, "good"
        while reason == "good" and time.monotonic() < end:
            time.sleep(0.005)
            reason = _reason(verifier, token)

        assert session.credentials.access_key_id == verified.claims.access_key_id
        assert "revoked" == reason
        assert "good" == _reason(verifier, kept)
        status = verifier.status()
        assert status.key_ids
        assert () == status.ignored_key_ids
        assert status.last_error is None


async def test_awaiting_verifier_refuses_as_well(daypass_server: DaypassServer) -> None:
    """The awaiting verifier learns of a revocation by itself, too."""
    async with (
        AsyncDaypassClient(daypass_server.profile("dev")) as dev,
        AsyncDaypassClient(daypass_server.profile("admin")) as admin,
        AsyncDaypassClient(daypass_server.profile("verifier")) as own,
        AsyncTokenVerifier(own) as verifier,
    ):
        credentials = (await dev.assume_role(ROLE)).credentials
        assert credentials.session_token is not None
        token = credentials.session_token.reveal()
        assert (await verifier.verify_session_token(token)).revocation_view_age
        await admin.revoke_sessions(access_key_id=credentials.access_key_id)
        with pytest.raises(TokenRejectedError, match="revoked"):
            await asyncio.wait_for(_keep_verifying(verifier, token), PATIENCE)


async def _keep_verifying(verifier: AsyncTokenVerifier, token: str) -> None:
    while await verifier.verify_session_token(token):
        await asyncio.sleep(0.005)


def _reason(verifier: TokenVerifier, token: str) -> str:
    try:
        verifier.verify_session_token(token)
    except TokenRejectedError as rejection:
        return rejection.reason
    return "good"
