"""The parameters of the OAuth endpoints.

A parameter stands once; one that could be read in two ways refuses the request.
What stands without a value was not sent.

SPEC: RFC 6749 sections 3.1, 3.2 and appendix B; sts-operations 6.1; attacks V08, L30.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final, Self

from daypass.core.exchange_errors import InvalidScopeError
from daypass.core.oauth_errors import InvalidOAuthRequestError
from daypass.core.secret import Secret
from daypass.gateway.form import read_body

# SPEC: RFC 8693 section 2.1; RFC 8707 section 2.
TARGETS: Final = frozenset({"audience", "resource"})


class OAuthParameters:
    """The parameters of one request.

    Args:
        values: by name, in the order of the wire.
    """

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    @classmethod
    def read(cls, body: bytes, *, repeatable: Collection[str] = ()) -> Self:
        """Reads a form.

        Args:
            body: as it came.
            repeatable: the parameters that may stand several times.

        Raises:
            MalformedInputError: it can be read in two ways, or is too long.
            InvalidOAuthRequestError: a parameter stands twice.
        """
        pairs = read_body(body)
        counts = Counter(name for name, _ in pairs)
        for name, count in counts.items():
            if count > 1 and name not in repeatable:
                raise InvalidOAuthRequestError(
                    "parameter_repeated", message="A parameter is repeated"
                )
        values: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if value:
                values[name] = (*values.get(name, ()), value)
        return cls(values)

    def text(self, name: str) -> str | None:
        """Returns a parameter, or None where it was not sent."""
        return next(iter(self._values.get(name, ())), None)

    def required(self, name: str) -> str:
        """Returns a parameter that must have been sent.

        Raises:
            InvalidOAuthRequestError: it was not.
        """
        value = self.text(name)
        if value is None:
            raise InvalidOAuthRequestError(
                "parameter_missing", message=f"The parameter {name} is missing"
            )
        return value

    def secret(self, name: str) -> Secret | None:
        """Returns a parameter that is a secret, or None where it was not sent."""
        value = self.text(name)
        return None if value is None else Secret(value)

    def all(self, name: str) -> tuple[str, ...]:
        """Returns all values of a parameter that may be repeated."""
        return self._values.get(name, ())

    def scopes(self) -> tuple[str, ...]:
        """Returns the scopes that are asked for.

        Raises:
            InvalidScopeError: they are not parted by one blank each.
        """
        scope = self.text("scope")
        if scope is None:
            return ()
        scopes = tuple(scope.split(" "))
        if not all(scopes):
            raise InvalidScopeError("scope_malformed")
        return scopes
