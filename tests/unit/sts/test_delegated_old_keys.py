"""A delegated session ends with the partner's account, whatever key traded it in.

SPEC: sts-operations 1.8 and 2.4; attacks C03; ADR 0021.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from daypass.core.errors import InvalidClientTokenIdError
from daypass.core.revocation import RevocationScope
from unit.sts import delegations as org
from unit.sts.credentials import holder, revoke, user
from unit.sts.delegations import approve, delegations, trade_in

# SPEC: 2.4: a key of the old style, which carries no account.
OLD_STYLE = "AKIAIOSFODNN7EXAMPLE"


@pytest.mark.parametrize("account_id", [org.CUSTOMER, org.PARTNER])
async def test_c03_account_of_an_old_key(account_id: str) -> None:
    """C03: revoking either account ends it, also where a key does not tell the account."""
    world = await delegations()
    ann, pat = await user(world, org.ANN), await user(world, org.PAT)
    approved = await approve(world, ann, session_duration=timedelta(seconds=900))
    partner = replace(pat, access_key_id=OLD_STYLE)
    result = await trade_in(world, partner, approved.trade_in_token)
    acting = await holder(world, result.credentials)
    assert acting.session is not None

    await revoke(world, RevocationScope.ACCOUNT, account_id)

    with pytest.raises(InvalidClientTokenIdError):
        world.view.check(acting.session)
