"""No chain of exchanges widens anything, whatever the policies are (C07)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from daypass.core.errors import RejectedError
from daypass.core.exchanged_token import ExchangedToken
from support.exchange_world import (
    ACCESS,
    ID,
    SHOP,
    ExchangeWorld,
    clerk,
    customer,
    shop,
)
from support.oidc_issuer import ISSUER, NOW
from support.sts_world import allow

SCOPES = ("read", "write", "admin")
PLACES = ("p0", "p1", "p2", "p3")
MINUTES = st.integers(1, 60)


@dataclass(frozen=True)
class Hop:
    """A policy that leads from one place to others, and what is asked of it."""

    source: str
    targets: tuple[str, ...]
    scopes: tuple[str, ...]
    minutes: int
    asked_targets: tuple[str, ...]
    asked_scopes: tuple[str, ...]
    delegated: bool
    pause_seconds: int


def subset(names: Sequence[str], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    """Returns some of the names, each once."""
    return st.lists(st.sampled_from(names), min_size=least, unique=True).map(tuple)


HOPS = st.builds(
    Hop,
    source=st.sampled_from(PLACES),
    targets=subset(PLACES, 1),
    scopes=subset(SCOPES),
    minutes=MINUTES,
    asked_targets=subset(PLACES),
    asked_scopes=subset(SCOPES),
    delegated=st.booleans(),
    pause_seconds=st.integers(0, 2),
)


def account(hops: Sequence[Hop]) -> str:
    """Returns the file of an account with a policy and a client for each hop."""
    lines = [f'account: {{id: "{SHOP}", name: shop}}', "users:"]
    lines += [
        f"  hop{number}: {{policies: {{all: {allow('daypass:*')}}}}}"
        for number in range(len(hops))
    ]
    lines.append("oidc_providers:")
    lines.append(f"  {ISSUER}: {{client_ids: [daypass-client]}}")
    lines.append("  https://staff.example: {client_ids: [desk]}")
    lines.append("exchange_policies:")
    for number, hop in enumerate(hops):
        first = f"{{oidc_provider: {ISSUER}}}"
        subject = first if number == 0 else f"{{own_audiences: [{hop.source}]}}"
        lines += [
            f"  Hop{number}:",
            f'    clients: ["{_client(number)}"]',
            f"    subjects: [{subject}]",
            "    actors: [{oidc_provider: https://staff.example}]",
            "    modes: [impersonation, delegation]",
            f"    audiences: [{', '.join(hop.targets)}]",
            f"    scopes: [{', '.join(hop.scopes)}]",
            f"    max_lifetime: {hop.minutes}m",
        ]
    return "\n".join(lines)


def _client(number: int) -> str:
    return f"arn:aws:iam::{SHOP}:user/hop{number}"


async def follow(
    hops: Sequence[Hop], minutes: int
) -> list[tuple[Hop, ExchangedToken, ExchangedToken | None]]:
    """Follows a chain as far as it goes; returns each step with what it began with."""
    world: ExchangeWorld = await shop(account(hops))
    text, kind = customer(exp=NOW + 60 * minutes), ID
    before: ExchangedToken | None = None
    steps: list[tuple[Hop, ExchangedToken, ExchangedToken | None]] = []
    for number, hop in enumerate(hops):
        actor = {"actor_token": clerk(), "actor_token_type": ID}
        try:
            text = await world.token(
                caller=_client(number),
                subject_token=text,
                subject_token_type=kind,
                audiences=hop.asked_targets,
                scopes=hop.asked_scopes,
                **(actor if hop.delegated else {}),
            )
        except RejectedError:
            continue
        token, kind = world.read(text), ACCESS
        steps.append((hop, token, before))
        before = token
        world.sts.clock.step(timedelta(seconds=hop.pause_seconds))
    return steps


@given(st.lists(HOPS, min_size=1, max_size=6), MINUTES)
def test_c07_no_chain_widens(hops: list[Hop], minutes: int) -> None:
    """Each step stays within its policy, its request, and the token before it."""
    for hop, token, before in asyncio.run(follow(hops, minutes)):
        assert set(token.audiences) <= set(hop.targets)
        assert not hop.asked_targets or set(token.audiences) <= set(hop.asked_targets)
        assert set(token.scopes) <= set(hop.scopes)
        assert not hop.asked_scopes or set(token.scopes) <= set(hop.asked_scopes)
        lifetime = token.expire_time - token.issue_time
        assert 0 < lifetime.total_seconds() <= min(hop.minutes, minutes) * 60
        if before is None:
            continue
        assert set(before.audiences) <= {hop.source}
        assert set(token.scopes) <= set(before.scopes)
        assert token.expire_time <= before.expire_time
        assert token.party == before.party
        assert token.actors[len(token.actors) - len(before.actors) :] == before.actors
        assert {*before.lineage, before.token_id} <= set(token.lineage)
        assert {*before.principals, before.client_principal_id} <= set(token.principals)
