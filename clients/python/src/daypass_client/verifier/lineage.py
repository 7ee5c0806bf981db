"""What a revocation may name to end a token: the token and all that it came of."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

# The scope of a revocation and the subject that it names.
Name = tuple[str, str]

_ACCESS_KEY_ID: Final = re.compile(r"[A-Z0-9]{4}[A-Z2-7]{16}", re.ASCII)
_FLAG: Final = 1 << 79
_RANDOM_BITS: Final = 39
_ACCOUNT_MASK: Final = (1 << 40) - 1
_ACCOUNT_MAX: Final = 999_999_999_999


class Origin(NamedTuple):
    """Where in the log a token was issued, and what ends it.

    Attributes:
        log_id: the log of its time.
        sequence: how far that had been read.
        own_name: ends it whatever its place in the log; None for none.
        ancestors: the ids of the sessions and tokens that it came of, itself included
            where it is a session; each ends it behind its place, as does its account.
        account_id: the account that owns it.
        principals: the unique ids of whose it is, and of whose the ancestors are.
        ancestor_principals: those of the ancestors; that of a root user is an account.
        token_id: the id of a token that came of an exchange; None for a session.
    """

    log_id: str
    sequence: int
    own_name: Name | None
    ancestors: tuple[str, ...]
    account_id: str
    principals: tuple[str, ...]
    ancestor_principals: tuple[str, ...] = ()
    token_id: str | None = None

    def names(self) -> Iterator[Name]:
        """Yields what ends the token where it was revoked behind its place.

        Most tokens are younger than the last revocation, and nobody asks.
        """
        if self.token_id is not None:
            yield token_name(self.token_id)
        yield account(self.account_id)
        yield from map(principal, self.principals)
        yield from map(account, self.ancestor_principals)
        for name in self.ancestors:
            yield session_name(name)
            account_id = _account_of(name)
            # What is no access key id is the id of a token.
            yield token_name(name) if account_id is None else account(account_id)


def session_name(access_key_id: str) -> Name:
    """Names a session."""
    return "session", access_key_id


def token_name(token_id: str) -> Name:
    """Names a token that came of an exchange."""
    return "token", token_id


def account(account_id: str) -> Name:
    """Names an account."""
    return "account", account_id


def principal(principal_id: str) -> Name:
    """Names a role or a user, by unique id."""
    return "principal", principal_id


def _account_of(access_key_id: str) -> str | None:
    """Returns the account that an access key id carries; None where it has none."""
    if _ACCESS_KEY_ID.fullmatch(access_key_id) is None:
        return None
    number = int.from_bytes(base64.b32decode(access_key_id[4:]), "big")
    found = (number >> _RANDOM_BITS) & _ACCOUNT_MASK
    if not number & _FLAG or found > _ACCOUNT_MAX:
        return None
    return f"{found:012d}"
