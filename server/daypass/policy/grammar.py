"""What the grammars of all kinds of document share.

SPEC: policy-language 2 and 3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from daypass.core.errors import MalformedPolicyDocumentError
from daypass.core.quick import quick_init
from daypass.policy.document import DocumentKind
from daypass.policy.operators import OperatorName, Syntax
from daypass.policy.raw import RawCondition, RawDocument, RawStatement
from daypass.policy.values import read_boolean, read_instant, read_number

LATEST_VERSION: Final = "2012-10-17"
VERSIONS: Final = frozenset({"2008-10-17", LATEST_VERSION})
SID: Final = re.compile(r"[0-9A-Za-z]*+", re.ASCII)
_ACTION: Final = re.compile(r"[\x20-\x7e]*+")
_READERS: Final[dict[Syntax, Callable[[str], object | None]]] = {
    Syntax.NUMBER: read_number,
    Syntax.INSTANT: read_instant,
    Syntax.BOOLEAN: read_boolean,
}

# Maps the ARN of a user or role, or an account in either form, to what identifies it
# for good; None when there is no such thing.
Resolve = Callable[[str], str | None]


@quick_init
@dataclass(frozen=True, slots=True)
class Draft:
    """A document on its way to become a policy.

    Attributes:
        document: what is written.
        kind: what it is for.
        resolve: finds the principals that it names.
    """

    document: RawDocument
    kind: DocumentKind
    resolve: Resolve

    @property
    def statements(self) -> tuple[RawStatement, ...]:
        """The statements, none if the member is absent."""
        return self.document.statements or ()

    @property
    def has_variables(self) -> bool:
        """Whether `${...}` means anything in it."""
        return self.document.version == LATEST_VERSION

    @property
    def is_trust(self) -> bool:
        """Whether it is a role's trust policy."""
        return self.kind is DocumentKind.TRUST

    @property
    def repeats_sid(self) -> bool:
        """Whether two statements have one Sid; the empty one does not count."""
        sids = [statement.sid for statement in self.statements if statement.sid]
        return len(set(sids)) != len(sids)


# A rule looks at a whole document and raises when it is broken.
Rule = Callable[[Draft], None]


def malformed(detail: str, message: str) -> MalformedPolicyDocumentError:
    """Returns the error with one of the documented texts."""
    return MalformedPolicyDocumentError(detail, message=message)


def has_foreign_characters(texts: Iterable[str]) -> bool:
    """Tells whether an action holds anything beyond printable ASCII.

    SPEC: attacks P39. No action has such a name; a letter that looks like another,
    or a blank that does not show, is there to deceive.
    """
    return any(_ACTION.fullmatch(text) is None for text in texts)


def unknown_operator(conditions: Iterable[RawCondition]) -> str | None:
    """Returns the first operator that does not exist and has keys.

    NOTE: an unknown operator without keys is accepted, and says nothing.
    """
    for condition in conditions:
        if condition.keys and OperatorName.parse(condition.operator) is None:
            return condition.operator
    return None


def has_unreadable_value(condition: RawCondition, *, variables: bool) -> bool:
    """Tells whether a number, date or boolean of a policy cannot be read.

    SPEC: attacks P21. Such a value never matches, so a Deny built on it would be no
    Deny. Those of Bool may be variables, whose text is not known yet.
    """
    name = OperatorName.parse(condition.operator)
    if name is None:
        return False
    syntax = Syntax.BOOLEAN if name.operator is None else name.operator.syntax
    read = _READERS.get(syntax)
    if read is None:
        return False
    may_vary = variables and name.operator is not None and syntax is Syntax.BOOLEAN
    return any(
        read(text) is None and not (may_vary and "${" in text)
        for _, texts in condition.keys
        for text in texts
    )
