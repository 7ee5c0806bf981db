"""Nothing is half issued: what the store and the audit log must say first.

SPEC: sts-operations 2.4; attacks C09, L04, L06; reliability promises 7 and 13.
"""

from __future__ import annotations

import asyncio

import pytest

from daypass.adapters.memory import MemoryAuditSink, MemorySessionStore
from daypass.core.errors import (
    AccessKeyTakenError,
    AuditUnavailableError,
    InternalFailureError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.ports import AuditRecord, SessionFilter
from daypass.core.session import SessionRecord
from daypass.sts.account_operations import GetAccessKeyInfo, GetCallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from support.one_by_one import AddsEach, WritesEach
from support.records import session_record
from support.sts_world import CALL, StsWorld, allow
from unit.sts import organisation as org


async def stored(world: StsWorld) -> int:
    """Returns how many sessions account B has."""
    page = await world.store.list_sessions(
        SessionFilter(org.B), now=world.clock.now(), limit=100
    )
    return len(page.records)


class Hung(AddsEach, WritesEach):
    """A store and an audit log in one, which do their work and then never answer.

    Only the one that is named hangs; the other answers.
    """

    def __init__(
        self, store: MemorySessionStore, audit: MemoryAuditSink, where: str
    ) -> None:
        self._store = store
        self._audit = audit
        self._where = where
        self.reached = asyncio.Event()
        self.discard = store.discard
        self.share = store.share
        self.get = store.get
        self.list_sessions = store.list_sessions
        self.ping = store.ping
        self.note = audit.note

    async def add(self, record: SessionRecord) -> None:
        """Stores a record."""
        await self._store.add(record)
        await self._hang("store")

    async def write(self, record: AuditRecord) -> None:
        """Writes a record."""
        await self._audit.write(record)
        await self._hang("audit")

    async def _hang(self, where: str) -> None:
        if where == self._where:
            self.reached.set()
            await asyncio.Event().wait()


async def test_no_store_no_credentials(world: StsWorld) -> None:
    """A store that is away means that nothing is issued, and it is on record."""
    world.store.fail_next(StoreUnavailableError("down"), method="add")

    with pytest.raises(StoreUnavailableError):
        await world.assume(world.user(org.BOB), org.READER)

    assert 0 == await stored(world)
    assert "failed" == world.audit.records[-1].outcome


async def test_no_audit_no_credentials(world: StsWorld) -> None:
    """An audit log that is away means that no credentials leave."""
    world.audit.fail_next(AuditUnavailableError("full"), method="write")

    with pytest.raises(AuditUnavailableError):
        await world.assume(world.user(org.BOB), org.READER)

    assert 0 == await stored(world)


@pytest.mark.parametrize("where", ["store", "audit"])
async def test_cancelled_mint_leaves_nothing(world: StsWorld, where: str) -> None:
    """A call that is cancelled before its answer leaves no session behind (G18)."""
    hung = Hung(world.store, world.audit, where)
    world.issuer._store = hung
    world.auditor._sink = hung
    minting = asyncio.create_task(world.assume(world.user(org.BOB), org.READER))
    await hung.reached.wait()

    minting.cancel()
    await asyncio.gather(minting, return_exceptions=True)

    assert minting.cancelled()
    assert 0 == await stored(world)


@pytest.mark.parametrize("where", ["store", "audit"])
async def test_taken_back_is_recorded(world: StsWorld, where: str) -> None:
    """The audit log says last that the key that a call was issued did not leave."""
    hung = Hung(world.store, world.audit, where)
    world.issuer._store = hung
    world.auditor._sink = hung
    minting = asyncio.create_task(world.assume(world.user(org.BOB), org.READER))
    await hung.reached.wait()
    page = await world.store.list_sessions(
        SessionFilter(org.B), now=world.clock.now(), limit=1
    )

    minting.cancel()
    await asyncio.gather(minting, return_exceptions=True)

    record = world.audit.records[-1]
    assert ("failed", "taken_back") == (record.outcome, record.detail)
    assert page.records[0].access_key_id == record.issued_access_key_id


async def test_what_cannot_be_taken_back_is_unknown(world: StsWorld) -> None:
    """A store that is away while a mint is undone does not hide why it failed."""
    world.audit.fail_next(AuditUnavailableError("full"), method="write")
    world.store.fail_next(StoreUnavailableError("down"), method="discard")

    with pytest.raises(AuditUnavailableError):
        await world.assume(world.user(org.BOB), org.READER)

    assert "take_back_failed" == world.audit.records[-1].detail


async def test_refusal_stands_without_audit(world: StsWorld) -> None:
    """A refusal stays the refusal that it is when it cannot be recorded."""
    world.audit.fail_next(AuditUnavailableError("full"), method="note")

    with pytest.raises(ValidationError):
        await world.assume(world.user(org.BOB), "short")


async def test_taken_key_is_drawn_again(world: StsWorld) -> None:
    """An access key id that is taken is replaced by another."""
    taken = AccessKeyTakenError(session_record(1, now=world.clock.now()))
    world.store.fail_next(taken, method="add", times=3)

    result = await world.assume(world.user(org.BOB), org.READER)

    assert 20 == len(result.credentials.access_key_id)


async def test_broken_entropy_is_noticed(world: StsWorld) -> None:
    """Collision after collision is a fault of ours and not an endless loop."""
    taken = AccessKeyTakenError(session_record(1, now=world.clock.now()))
    world.store.fail_next(taken, method="add", times=4)

    with pytest.raises(InternalFailureError):
        await world.assume(world.user(org.BOB), org.READER)


async def test_grant_is_recorded(world: StsWorld) -> None:
    """The audit record of a grant names the credentials and the statement."""
    result = await world.assume(world.user(org.BOB), org.READER)

    record = world.audit.records[-1]
    assert (
        record.operation,
        record.outcome,
        record.caller_arn,
        record.resource,
    ) == ("AssumeRole", "allowed", org.BOB, org.READER)
    assert result.credentials.access_key_id == record.issued_access_key_id
    assert record.decided_by.startswith("allowed by ")


async def test_record_holds_no_secret(world: StsWorld) -> None:
    """Neither the secret key nor the token stands in the audit record."""
    credentials = (await world.assume(world.user(org.BOB), org.READER)).credentials

    shown = repr(world.audit.records)
    assert credentials.secret_access_key.reveal_text() not in shown
    assert credentials.session_token.reveal_text() not in shown


async def test_key_names_the_roles_account(world: StsWorld) -> None:
    """The access key id carries the account of the role, not of the caller (46)."""
    result = await world.assume(world.user(org.BOB), org.READER)
    operation = GetAccessKeyInfo(
        directory=world.directory, authorizers=world.authorizers
    )

    account = await world.run(
        operation, result.credentials.access_key_id, world.user(org.BOB)
    )

    assert org.B == account


@pytest.mark.parametrize("key", ["", "A" * 15, "A" * 129, "with-a-hyphen-in-it"])
async def test_access_key_info_checks_its_input(world: StsWorld, key: str) -> None:
    """What breaches the constraints of an access key id is refused."""
    operation = GetAccessKeyInfo(
        directory=world.directory, authorizers=world.authorizers
    )

    with pytest.raises(ValidationError):
        await world.run(operation, key, world.user(org.BOB))


async def test_unknown_old_key_is_refused(world: StsWorld) -> None:
    """A key of the old style that nobody has carries no account (46)."""
    operation = GetAccessKeyInfo(
        directory=world.directory, authorizers=world.authorizers
    )

    with pytest.raises(ValidationError):
        await world.run(operation, "AKIA" + "I" * 16, world.user(org.BOB))


async def test_identity_cannot_be_denied(world: StsWorld) -> None:
    """GetCallerIdentity succeeds under an explicit deny of everything (20)."""
    deny = allow("*").replace("Effect: Allow", "Effect: Deny")
    world.declare(org.ACCOUNT_A.replace(allow("sts:*"), deny, 1), org.ACCOUNT_B)

    identity = await world.run(GetCallerIdentity(), None, world.user(org.BOB))

    assert (identity.arn, identity.account_id) == (org.BOB, org.A)


@pytest.mark.parametrize("count", [0, 257])
async def test_batch_has_bounds(world: StsWorld, count: int) -> None:
    """A batch of none or of more than 256 is refused whole."""
    batch = world.batch()

    with pytest.raises(ValidationError):
        await batch.run((AssumeRoleRequest(),) * count, world.user(org.BOB), CALL)


async def test_batch_items_stand_alone(world: StsWorld) -> None:
    """Items of a batch succeed and fail by themselves, in order."""
    batch = world.batch()
    good = AssumeRoleRequest(role_arn=org.READER, role_session_name="s1")
    denied = AssumeRoleRequest(role_arn=org.AUDIT, role_session_name="s1")

    items = await batch.run(
        (good, denied, AssumeRoleRequest(), good), world.user(org.BOB), CALL
    )

    kinds = [
        "granted"
        if isinstance(item.outcome, AssumeRoleResult)
        else item.outcome.row.reason
        for item in items
    ]
    assert ["granted", "AccessDenied", "ValidationError", "granted"] == kinds


async def test_batch_decisions_are_told_apart(world: StsWorld) -> None:
    """Each item of a batch has a decision id of its own."""
    batch = world.batch()
    good = AssumeRoleRequest(role_arn=org.READER, role_session_name="s1")

    await batch.run((good, good), world.user(org.BOB), CALL)

    decisions = {record.decision_id for record in world.audit.records[-2:]}
    assert {"request-1.0", "request-1.1"} == decisions
