"""A secret shows itself nowhere, and compares without telling how far it got."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from daypass.core.secret import REDACTED, Secret

PLAIN = "hunter2-hunter2"


@dataclass(frozen=True, slots=True)
class _Holder:
    """Something that has a secret among its fields."""

    name: str
    secret: Secret


@pytest.mark.parametrize(
    "shown",
    [
        str(Secret(PLAIN)),
        repr(Secret(PLAIN)),
        f"{Secret(PLAIN)}",
        f"{Secret(PLAIN)!r}",
        f"{Secret(PLAIN):>30}",
        "%s %r" % (Secret(PLAIN), Secret(PLAIN)),  # noqa: UP031 - it is the point.
        "{}".format(Secret(PLAIN)),  # noqa: UP032 - it is the point.
        str([Secret(PLAIN)]),
        str({"key": Secret(PLAIN.encode())}),
        repr(_Holder("name", Secret(PLAIN))),
        str(ValueError(Secret(PLAIN))),
    ],
)
def test_secret_is_redacted(shown: str) -> None:
    """Whatever prints a secret prints the redaction mark."""
    assert "hunter2" not in shown
    assert REDACTED in shown


@pytest.mark.parametrize(
    "use",
    [hash, pickle.dumps, copy.copy, copy.deepcopy, json.dumps, bytes, len, iter],
)
def test_secret_is_not_taken(use: Callable[[Secret], object]) -> None:
    """A secret is no cache key, no message and no sequence."""
    with pytest.raises(TypeError) as caught:
        use(Secret(PLAIN))

    assert "hunter2" not in str(caught.value)


def test_secret_has_no_attributes() -> None:
    """Nothing can be hung onto a secret, and it has no dictionary to dump."""
    with pytest.raises(TypeError):
        vars(Secret(PLAIN))


@pytest.mark.parametrize("other", [PLAIN, PLAIN.encode(), None, 1])
def test_other_types_differ(other: object) -> None:
    """A secret equals no bare value, so that nobody compares in variable time."""
    assert Secret(PLAIN) != other
    assert NotImplemented is Secret(PLAIN).__eq__(other)


def test_other_secrets_differ() -> None:
    """Secrets that differ in a character, in length or in form differ."""
    for other in (PLAIN[:-1], PLAIN + "2", "", "hunter2-hunter3"):
        assert Secret(other) != Secret(PLAIN)


def test_equal_secrets() -> None:
    """Text and its UTF-8 are the same secret."""
    assert Secret("Grüße".encode()) == Secret("Grüße")


def test_secret_is_revealed() -> None:
    """The bytes and the text come back, and changing the source changes nothing."""
    source = bytearray(b"abc")
    secret = Secret(source)  # type: ignore[arg-type]

    source[0] = 0

    assert (b"abc", "abc") == (secret.reveal(), secret.reveal_text())
