"""Where assertions are checked: short ones at once, long ones in a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from daypass.adapters.saml_threads import ThreadedChecker
from daypass.core import saml_limits as limits
from daypass.core.errors import InvalidIdentityTokenError, ThrottlingError
from daypass.core.secret import Secret
from support.saml_idp import SESSION_NAME, aws_attribute, encode, response
from support.saml_refusal import expectations
from support.world import START

LONG = aws_attribute("Unused", "x" * 20_000)


@pytest.fixture
def checker() -> Iterator[ThreadedChecker]:
    """Yields a checker."""
    found = ThreadedChecker()
    yield found
    found.close()


def long_assertion() -> Secret:
    """Returns an assertion that goes to the thread."""
    text = encode(response((SESSION_NAME, SESSION_NAME + LONG)))
    assert len(text) > limits.SAML_CHECKED_AT_ONCE_CHARACTERS_MAX
    return Secret(text)


async def check(checker: ThreadedChecker, text: Secret) -> str:
    """Checks an assertion and returns whom it is about."""
    found = await checker.check(text, expectations(), now=START)
    return found.subject


async def test_short(checker: ThreadedChecker) -> None:
    """A short assertion is checked without a thread."""
    assert "alice@corp.example" == await check(checker, Secret(encode(response())))
    assert not any(each.name.startswith("saml") for each in threading.enumerate())


async def test_long(checker: ThreadedChecker) -> None:
    """A long assertion is checked all the same, and its refusal comes back."""
    assert "alice@corp.example" == await check(checker, long_assertion())
    spoiled = encode("<a>" + "x" * 20_000 + "</a>")
    with pytest.raises(InvalidIdentityTokenError, match="saml_not_a_response"):
        await check(checker, Secret(spoiled))


async def test_too_many(checker: ThreadedChecker) -> None:
    """Of too many long ones the last are told to come back, and the others are done."""
    most = limits.SAML_CHECKS_WAITING_MAX
    text = long_assertion()

    outcomes = await asyncio.gather(
        *(check(checker, text) for _ in range(most + 3)), return_exceptions=True
    )
    throttled = [one for one in outcomes if isinstance(one, ThrottlingError)]
    assert 3 == len(throttled)
    assert {limits.SAML_CHECKS_RETRY_DELAY} == {one.retry_after for one in throttled}
    assert most == outcomes.count("alice@corp.example")
    assert "alice@corp.example" == await check(checker, text)


async def test_caller_goes_away(checker: ThreadedChecker) -> None:
    """A check that nobody waits for any more counts until it is done."""
    go_on = threading.Event()
    checker._thread.submit(go_on.wait)
    text = long_assertion()
    tasks = [
        asyncio.ensure_future(check(checker, text))
        for _ in range(limits.SAML_CHECKS_WAITING_MAX)
    ]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    with pytest.raises(ThrottlingError):
        await check(checker, text)
    go_on.set()
    while checker._waiting:
        await asyncio.sleep(0)
    assert "alice@corp.example" == await check(checker, text)
