"""The claims of a token, each read in its one form.

A claim that is not asked for is never looked at: pointers to further claims
elsewhere, such as `_claim_sources`, lead nowhere (attacks O29, J51).

SPEC: sts-operations 1.3; RFC 7519 section 4.1; OpenID Connect Core section 2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from daypass.core import provider_limits as limits
from daypass.core.clock import from_epoch_seconds
from daypass.core.limits import EPOCH_SECONDS_MAX
from daypass.core.strict_json import JsonValue
from daypass.federation.oidc import refusals

_DIGITS: Final = re.compile(r"[0-9]{1,12}", re.ASCII)


class IdTokenClaims:
    """The claims of one token.

    Args:
        members: the claims.
    """

    def __init__(self, members: Mapping[str, JsonValue]) -> None:
        self._members = members

    def check_present(self, *names: str) -> None:
        """Returns when there is a claim of each name.

        Raises:
            InvalidIdentityTokenError: there is not; it names the first.
        """
        for name in names:
            if name not in self._members:
                raise refusals.missing_claim(name)

    def value(self, name: str) -> JsonValue:
        """Returns a claim as it is, or None where it is absent or null."""
        return self._members.get(name)

    def has(self, name: str) -> bool:
        """Tells whether there is a claim of this name, be it null."""
        return name in self._members

    def below(self, prefix: str) -> Iterator[tuple[str, JsonValue]]:
        """Yields the claims whose names begin with a prefix, without it."""
        for name, value in self._members.items():
            if name.startswith(prefix):
                yield name.removeprefix(prefix), value

    def text(self, name: str) -> str:
        """Returns a claim that must be a string, neither empty nor long.

        Raises:
            InvalidIdentityTokenError: it is something else.
        """
        return _text(self._members.get(name), name)

    def text_or_none(self, name: str) -> str | None:
        """Returns a string, or None where the claim is absent or null."""
        return None if self._members.get(name) is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Returns a string or a list of strings as a tuple; absent and null are none.

        Raises:
            InvalidIdentityTokenError: it is something else, or a long list.
        """
        value = self._members.get(name)
        if value is None:
            return ()
        values = value if isinstance(value, list) else [value]
        if len(values) > limits.ID_TOKEN_CLAIM_VALUES_MAX:
            raise refusals.wrong_claim(name)
        return tuple(_text(each, name) for each in values)

    def instant(self, name: str) -> datetime:
        """Returns a time in whole seconds since 1970, which may be a string of digits.

        Raises:
            InvalidIdentityTokenError: it is something else; a fraction, a boolean
                and null are.
        """
        value = self._members.get(name)
        if isinstance(value, str) and _DIGITS.fullmatch(value):
            value = int(value)
        # NOTE: `type` and not `isinstance`, because a bool is an int in Python.
        if type(value) is not int or not 0 <= value <= EPOCH_SECONDS_MAX:
            raise refusals.wrong_claim(name)
        return from_epoch_seconds(value)


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str):
        raise refusals.wrong_claim(name)
    if not 0 < len(value) <= limits.ID_TOKEN_CLAIM_CHARACTERS_MAX:
        raise refusals.wrong_claim(name)
    return value
