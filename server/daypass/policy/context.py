"""The request context: the keys that conditions and variables ask about.

SPEC: policy-language 5 and 6. Which keys a request has is decided elsewhere; here a
key is a name, whose case does not count, with its values.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

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

    @staticmethod
    def of(keys: Mapping[str, str | Sequence[str]]) -> RequestContext:
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
        return RequestContext({name: kept for name, kept in values.items() if kept})

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

    def including(self, keys: Mapping[str, str | Sequence[str]]) -> RequestContext:
        """Returns a context in which these keys replace those of the same name.

        Raises:
            ValidationError: as `of`.
        """
        replaced = {fold(name) for name in keys}
        kept = {k: v for k, v in self._values.items() if k not in replaced}
        return self.of({**kept, **keys})


class DeferredContext(RequestContext):
    """A context that is made when a policy asks it for the first time.

    Many decisions ask no context, and to make one takes as long as to decide.

    Args:
        make: returns the keys, as `RequestContext.of` takes them.
    """

    __slots__ = ("_made", "_make")

    _made: RequestContext | None
    _make: Callable[[], Mapping[str, str | Sequence[str]]]

    def __init__(self, make: Callable[[], Mapping[str, str | Sequence[str]]]) -> None:
        # The class that it comes of is frozen; this is its set-up.
        object.__setattr__(self, "_make", make)
        object.__setattr__(self, "_made", None)
        object.__setattr__(self, "resolved", {})

    @property
    def asked(self) -> bool:
        """Whether anything has been asked of it, so that answers may rest on it."""
        return self._made is not None

    def made(self) -> RequestContext:
        """Returns the context that it stands for."""
        made = self._made
        if made is None:
            made = RequestContext.of(self._make())
            object.__setattr__(self, "_made", made)
        return made

    @property
    def _values(self) -> Mapping[str, tuple[str, ...]]:
        # NOTE: all that a context tells is read out of this, so that nothing can be
        # asked of one unnoticed.
        return self.made()._values  # noqa: SLF001 - of its own class.
