"""Secrets and the values that hold them do not show them."""

from __future__ import annotations

import pickle
import traceback

import pytest

from daypass_client import ConfigurationError, Credentials
from daypass_client.secret import Secret

TEXT = "correct-horse-battery"


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{:>12}".format])
def test_secret_prints_redacted(shown: object) -> None:
    """No way of printing a secret shows it."""
    assert callable(shown)

    text = shown(Secret(TEXT))

    assert text.strip() == "<redacted>"


def test_secret_is_revealed_on_purpose() -> None:
    """The text is there for those who ask for it by name."""
    assert Secret(TEXT).reveal() == TEXT


def test_secret_is_not_pickled() -> None:
    """A secret refuses to be written to a file."""
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(TEXT))


def test_secret_is_not_hashed() -> None:
    """A secret refuses to be a key of a table."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(Secret(TEXT))


def test_secret_equals_its_equal() -> None:
    """Two secrets of the same text are equal; text and secret are not."""
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret("other")
    assert Secret(TEXT) != TEXT


def test_credentials_print_redacted(temporary: Credentials) -> None:
    """The repr of credentials names the key and shows neither secret nor token."""
    text = repr(temporary)

    assert temporary.access_key_id in text
    assert temporary.secret_access_key.reveal() not in text
    assert temporary.session_token is not None
    assert temporary.session_token.reveal() not in text


@pytest.mark.parametrize(
    ("key", "secret", "token", "part"),
    [
        ("short", "x", None, "access key id"),
        ("A" * 15, "x", None, "access key id"),
        ("A" * 129, "x", None, "access key id"),
        ("A" * 19 + "\u00e9", "x", None, "access key id"),
        ("A" * 16, "", None, "secret access key"),
        ("A" * 16, "two words", None, "secret access key"),
        ("A" * 16, "x" * 1_025, None, "secret access key"),
        ("A" * 16, "x", "", "session token"),
        ("A" * 16, "x", "line\nbreak", "session token"),
        ("A" * 16, "x", "x" * 8_193, "session token"),
    ],
)
def test_unusable_credentials_are_refused(
    key: str, secret: str, token: str | None, part: str
) -> None:
    """Credentials that cannot sign a call are refused, and the part is named."""
    with pytest.raises(ConfigurationError, match=part):
        Credentials.of(key, secret, token)


@pytest.mark.parametrize("length", [16, 128])
def test_credentials_at_their_edges(length: int) -> None:
    """Lengths at their limits pass."""
    credentials = Credentials.of("A" * length, "x" * 1_024, "x" * 8_192)

    assert "A" * length == credentials.access_key_id


def test_refusal_shows_no_secret() -> None:
    """The trace of a refusal does not hold the value that was refused."""
    with pytest.raises(ConfigurationError) as caught:
        Credentials.of("A" * 16, f"{TEXT} {TEXT}")

    assert TEXT not in str(caught.value)
    assert TEXT not in "".join(traceback.format_exception_only(caught.value))
