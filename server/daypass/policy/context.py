"""The request context: the keys that conditions and variables ask about.

SPEC: policy-language 5 and 6. Which keys a request has is decided elsewhere; here a
key is a name, whose case does not count, with its values.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from daypass.core.errors import ValidationError
from daypass.core.quick import quick_init
from daypass.policy.folding import fold
from daypass.policy.pattern import Wildcard


@quick_init
@dataclass(frozen=True, slots=True)
class RequestContext:
    """The context keys of one request, immutable.

    A key without values is an absent key: nothing stands for "empty".

    Attributes:
        resolved: what patterns with variables amount to in it, filled in as they
            are asked for, because each is asked for several times.
    """

    _values: Mapping[str, tuple[str, ...]]
    resolved: dict[Hashable, Wildcard | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(cls, keys: Mapping[str, str | Sequence[str]]) -> Self:
        """Makes a context of names and values.

        Args:
            keys: for each name one value, or a list of them; an empty list is the
                same as leaving the name out.

        Raises:
            ValidationError: two names differ in nothing but case.
        """
        values: dict[str, tuple[str, ...]] = {}
        for name, value in keys.items():
            folded = fold(name)
            if folded in values:
                message = f"The context key {name} is given more than once"
                raise ValidationError("context_key_repeated", message=message)
            values[folded] = (value,) if isinstance(value, str) else tuple(value)
        return cls({name: kept for name, kept in values.items() if kept})

    def get(self, name: str) -> tuple[str, ...]:
        """Returns the values of a key, none if it is absent."""
        return self.lookup(fold(name))

    def lookup(self, folded: str) -> tuple[str, ...]:
        """Returns the values of a key whose name is folded already."""
        return self._values.get(folded, ())

    def single(self, folded: str) -> str | None:
        """Returns the value of a key that has exactly one, or None."""
        values = self.lookup(folded)
        return values[0] if len(values) == 1 else None

    def __contains__(self, name: str) -> bool:
        """Tells whether a key is present."""
        return fold(name) in self._values

    def including(self, keys: Mapping[str, str | Sequence[str]]) -> Self:
        """Returns a context in which these keys replace those of the same name.

        Raises:
            ValidationError: as `of`.
        """
        replaced = {fold(name) for name in keys}
        kept = {k: v for k, v in self._values.items() if k not in replaced}
        return self.of({**kept, **keys})
