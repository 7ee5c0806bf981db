"""What operators see and do of the key ring, and who is one.

SPEC: design 4 and 7; attacks J55, J56; reliability E11; decision 0030.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from daypass.core.errors import (
    AccessDeniedError,
    StoreUnavailableError,
    ValidationError,
)
from daypass.core.revocation import RevocationScope
from daypass.keyring.algorithm import Algorithm
from daypass.keyring.early import described
from daypass.keyring.key import KeyState
from daypass.keyring.schedule import Purpose
from daypass.sts.keyring_operations import ListKeysRequest, RotateKeysRequest
from daypass.sts.operators import Operators
from daypass.sts.revoke_key import RevokeKeyRequest
from support.ring_workers import RULES, SECOND, stored
from support.sts_world import StsWorld, ready
from unit.sts import managed_organisation as managed
from unit.sts import organisation as org
from unit.sts.keyring_world import ADMIN, CLERK, Keyring

EDDSA = RotateKeysRequest(Purpose.SIGNING, "EdDSA")


@pytest.fixture
async def keyring(world: StsWorld) -> Keyring:
    """Returns a ring with one signing key, whose operators are those of account B."""
    return await Keyring(world).opened()


@pytest.mark.parametrize("caller", [CLERK, org.BOB])
async def test_others_may_nothing(keyring: Keyring, caller: str) -> None:
    """Who has no right in an operators' account, or any in another one, is denied."""
    before = await keyring.store.load()
    name = keyring.worker.holder.current().signing_key().kid

    for attempt in (
        keyring.list_keys(ListKeysRequest(), caller),
        keyring.rotate(EDDSA, caller),
        keyring.revoke(RevokeKeyRequest(name), caller),
    ):
        with pytest.raises(AccessDeniedError):
            await attempt
    assert before == await keyring.store.load()


async def test_administrator_of_another_account_is_no_operator(
    keyring: Keyring,
) -> None:
    """Every right in an account is none to the keys, where it is no operators' one."""
    keyring.operators = frozenset({org.A})

    with pytest.raises(AccessDeniedError, match="not_an_operators_account"):
        await keyring.rotate(EDDSA, ADMIN)


@pytest.mark.parametrize(
    "account", [managed.MANAGEMENT, managed.MEMBER, managed.OUTSIDER]
)
async def test_management_account_operates(account: str) -> None:
    """Where there is an organisation, its management account operates, and no other."""
    world = await managed.managed()
    operators = Operators(directory=world.directory, named=frozenset())

    if account == managed.MANAGEMENT:
        operators.check(account)
    else:
        with pytest.raises(AccessDeniedError):
            operators.check(account)


async def test_only_account_operates() -> None:
    """The only account there is operates; of two without an organisation none does."""
    one = await ready(StsWorld(f'account: {{id: "{org.B}", name: only}}'))
    two = await ready(StsWorld(org.ACCOUNT_A, org.ACCOUNT_B))

    Operators(directory=one.directory, named=frozenset()).check(org.B)
    with pytest.raises(AccessDeniedError):
        Operators(directory=two.directory, named=frozenset()).check(org.B)


async def test_keys_are_listed_by_pages(keyring: Keyring) -> None:
    """Keys come page by page, each once, with the version and the next step."""
    first = await keyring.list_keys(ListKeysRequest(page_size=2))
    rest = await keyring.list_keys(
        ListKeysRequest(page_size=2, page_token=first.next_page_token)
    )

    assert list(described(keyring.worker.holder.current())) == [*first.keys, *rest.keys]
    assert "" == rest.next_page_token
    assert 1 == first.version
    since = first.keys[0].since
    assert since + RULES.period - RULES.lead == first.next_step_time


@pytest.mark.parametrize("request_", [ListKeysRequest(-1), ListKeysRequest(1, "x.y")])
async def test_wrong_page_refused(keyring: Keyring, request_: ListKeysRequest) -> None:
    """A page that cannot be is refused."""
    with pytest.raises(ValidationError):
        await keyring.list_keys(request_)


@pytest.mark.parametrize(
    "request_",
    [
        RotateKeysRequest(None),
        RotateKeysRequest(Purpose.SIGNING),
        RotateKeysRequest(Purpose.SIGNING, "HS256"),
        RotateKeysRequest(Purpose.SIGNING, "ES384"),
        RotateKeysRequest(Purpose.SEALING, "EdDSA"),
        RotateKeysRequest(Purpose.SEALING, reason="r" * 257),
    ],
    ids=["none", "no-algorithm", "unknown", "not-in-ring", "of-sealing", "reason"],
)
async def test_wrong_kind_refused(
    keyring: Keyring, request_: RotateKeysRequest
) -> None:
    """A kind of key that there is not is refused, and nothing changes."""
    with pytest.raises(ValidationError):
        await keyring.rotate(request_)
    assert 1 == (await stored(keyring.store)).version


async def test_rotating_by_hand(keyring: Keyring) -> None:
    """A key is prepared, then it is too early, then it is activated; all on record."""
    prepared = await keyring.rotate(replace(EDDSA, reason="drill"))
    early = await keyring.rotate(EDDSA)
    await keyring.pass_time(RULES.lead)
    active = await keyring.rotate(EDDSA)

    assert [KeyState.PREPARED] == [key.state for key in prepared.keys]
    assert ((), prepared.keys[0].since + RULES.lead) == (early.keys, early.ready_time)
    assert [KeyState.RETIRING, KeyState.ACTIVE] == [key.state for key in active.keys]
    assert (2, 2, 3) == (prepared.version, early.version, active.version)
    record = dict(keyring.world.audit.records[0].attributes)
    assert ("drill", prepared.keys[0].name) == (record["reason"], record["key_ids"])


async def test_rotating_in_emergency(keyring: Keyring) -> None:
    """In an emergency the next key is active at once."""
    result = await keyring.rotate(RotateKeysRequest(Purpose.DERIVATION, emergency=True))

    assert [KeyState.RETIRING, KeyState.ACTIVE] == [key.state for key in result.keys]


@pytest.mark.parametrize("name", ["", "a b", "k" * 65, "kluˇc"])
async def test_malformed_name_refused(keyring: Keyring, name: str) -> None:
    """What cannot be the name of a key is refused."""
    with pytest.raises(ValidationError):
        await keyring.revoke(RevokeKeyRequest(name))


@pytest.mark.parametrize("purpose", list(Purpose))
async def test_j55_acknowledged_means_everywhere(
    keyring: Keyring, purpose: Purpose
) -> None:
    """J55, E11: when RevokeKey answers, no worker uses the key, and the next is there."""
    other = await Keyring(keyring.world, keyring.store).opened()
    other.follower._worker_id = "another"
    await other.follower.catch_up()
    ring = keyring.worker.holder.current()
    name = next(each.name for each in described(ring) if each.slot.purpose is purpose)
    following = [asyncio.create_task(each.follower.run()) for each in (keyring, other)]
    following.append(asyncio.create_task(keyring.world.follower.run()))

    result = await keyring.revoke(RevokeKeyRequest(name, "leak"))

    assert (True, True) == (result.effective_everywhere, result.known)
    for each in (keyring, other):
        ring = each.worker.holder.current()
        assert ring.verifying_key(name) is None
        assert ring.derivation_secret(name) is None
        assert ring.sealing_key(name) is None
        assert name not in {key.kid for key in ring.published_keys}
    await other.worker.holder.refresh()
    assert other.worker.holder.current().signing_key().sign(b"x")
    left = [
        each for each in described(await stored(keyring.store)) if each.name == name
    ]
    # A derivation secret stays to name what it named before (decision 0078).
    retired = [KeyState.RETIRED] if purpose is Purpose.DERIVATION else []
    assert retired == [each.state for each in left]
    for task in following:
        task.cancel()
    await asyncio.gather(*following, return_exceptions=True)


async def test_revoking_again_succeeds(keyring: Keyring) -> None:
    """A key that is gone is revoked once more, so that a half-done call can be redone."""
    name = keyring.worker.holder.current().signing_key().kid
    keyring.world.log.fail_next(StoreUnavailableError("store_slow"), method="append")
    with pytest.raises(StoreUnavailableError):
        await keyring.revoke(RevokeKeyRequest(name))
    await keyring.pass_time(10 * SECOND)
    keyring.world.log._leases.clear()

    again = await keyring.revoke(RevokeKeyRequest(name))

    assert (1, False) == (again.sequence, again.known)
    (entry,) = await keyring.world.log.read_after(0, limit=10)
    assert (RevocationScope.KEY, name) == (
        entry.revocation.scope,
        entry.revocation.subject,
    )
    ring = await stored(keyring.store)
    assert Algorithm.EDDSA is ring.signing_key().algorithm
