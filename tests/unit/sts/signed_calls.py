"""Calls that are signed once, and sent as often as a test likes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from daypass.adapters.memory import MemorySessionStore
from daypass.core.credentials import Credentials
from daypass.core.ports import SessionFilter
from daypass.core.session import SessionRecord
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from daypass.sts.assume_root import AssumeRootResult
from daypass.sts.caller import Caller
from daypass.sts.get_federation_token import GetFederationTokenResult
from daypass.sts.get_session_token import GetSessionTokenResult
from daypass.sts.signed_call import SignedCall
from support.one_by_one import AddsEach
from support.sts_world import CALL, StsWorld
from unit.sts import managed_organisation as org
from unit.sts.credentials import assume_root, federation_token, session_token

SECOND = timedelta(seconds=1)
MINUTE = 60 * SECOND
OPERATIONS = ("AssumeRole", "AssumeRoot", "GetFederationToken", "GetSessionToken")
ACCOUNTS = (org.MANAGEMENT, org.MEMBER)

Issued = (
    AssumeRoleResult
    | AssumeRootResult
    | GetFederationTokenResult
    | GetSessionTokenResult
)


async def signed(world: StsWorld) -> Caller:
    """Returns ann with a call that she has signed in this second."""
    entry = world.directory.current().user_by_arn(org.ANN)
    assert entry is not None
    key = entry.access_keys[0]
    return await world.signed(key.access_key_id, key.secret_access_key)


def call_of(caller: Caller) -> SignedCall:
    """Returns the call that a caller was proven by."""
    assert caller.signed_call is not None
    return caller.signed_call


async def send(
    world: StsWorld, caller: Caller, operation: str = "AssumeRole"
) -> Issued:
    """Sends the call of a caller, which always says the same."""
    match operation:
        case "AssumeRoot":
            return await assume_root(world, caller, org.MEMBER)
        case "GetFederationToken":
            return await federation_token(world, caller)
        case "GetSessionToken":
            return await session_token(world, caller)
        case _:
            request = AssumeRoleRequest(
                role_arn=org.KEEPER, role_session_name="s1", duration_seconds=900
            )
            return await world.assume_role.run(request, caller, CALL)


async def sessions(world: StsWorld) -> tuple[SessionRecord, ...]:
    """Returns the live sessions of all accounts."""
    pages = [
        await world.store.list_sessions(
            SessionFilter(account), now=world.clock.now(), limit=1000
        )
        for account in ACCOUNTS
    ]
    return tuple(record for page in pages for record in page.records)


def shown(credentials: Credentials) -> tuple[str, str, str, str]:
    """Returns all that an answer shows of credentials."""
    return (
        credentials.access_key_id,
        credentials.secret_access_key.reveal_text(),
        credentials.session_token.reveal_text(),
        credentials.expire_time.isoformat(),
    )


@dataclass
class Gate:
    """Lets those who come wait until it is opened."""

    def __post_init__(self) -> None:
        """Begins closed, with nobody there."""
        self.reached = asyncio.Event()
        self._open = asyncio.Event()

    async def pass_through(self) -> None:
        """Returns once it is open."""
        self.reached.set()
        await self._open.wait()

    def open(self) -> None:
        """Lets everybody go on."""
        self._open.set()


class StoreAround(AddsEach):
    """A session store that passes on what a subclass does not do in its own way."""

    def __init__(self, inner: MemorySessionStore) -> None:
        self.inner = inner
        self.get = inner.get
        self.list_sessions = inner.list_sessions
        self.ping = inner.ping

    async def add(self, record: SessionRecord) -> None:
        """Adds a record."""
        await self.inner.add(record)

    async def share(self, record: SessionRecord) -> bool:
        """Shares a record."""
        return await self.inner.share(record)

    async def discard(self, record: SessionRecord) -> bool:
        """Discards a record."""
        return await self.inner.discard(record)
