"""Session policies in use are remembered, and not more of them than have room."""

from __future__ import annotations

import json

import pytest_asyncio

from daypass.core import work_limits
from daypass.core.limits import SESSION_POLICY_CHARACTERS_MAX
from daypass.core.session import SessionPolicies
from daypass.policy.document import Policy
from daypass.sts.session_policies import SessionPolicyReader
from support.sts_world import StsWorld
from unit.sts import access
from unit.sts import organisation as org


@pytest_asyncio.fixture
async def world() -> StsWorld:
    """Returns three accounts."""
    return await access.three_accounts()


def document(number: int = 0) -> str:
    """Returns a document of the greatest length, a different one for each number."""
    statement = {
        "Sid": f"S{number}",
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return text.ljust(SESSION_POLICY_CHARACTERS_MAX)


def read(world: StsWorld, reader: SessionPolicyReader, text: str) -> Policy:
    """Reads the policy of a session."""
    directory = world.directory.current()
    (policy,) = reader.read(SessionPolicies(inline=text), org.B, directory)
    return policy


def test_sent_document_is_forgotten() -> None:
    """What comes with a request is not remembered, whoever sends it."""
    reader = SessionPolicyReader()

    assert reader.parse(document()) is not reader.parse(document())


def test_used_document_is_parsed_once(world: StsWorld) -> None:
    """The policy of a session in use is remembered by its whole text."""
    reader = SessionPolicyReader()
    first = read(world, reader, document())

    assert first is read(world, reader, document())
    assert first is reader.parse(document())
    assert first is not read(world, reader, f"{document()} ")


def test_memory_is_bounded(world: StsWorld) -> None:
    """As many documents as have room are remembered, and one more is one less."""
    reader = SessionPolicyReader()
    room = work_limits.SESSION_POLICIES_KEPT_CHARACTERS_MAX
    fitting = room // SESSION_POLICY_CHARACTERS_MAX
    first, second, *_ = [
        read(world, reader, document(number)) for number in range(fitting)
    ]
    assert first is reader.parse(document(0))

    # Looking at the first has made the second the oldest.
    read(world, reader, document(fitting))

    assert first is reader.parse(document(0))
    assert second is not reader.parse(document(1))
