"""From text, or from a value that was loaded elsewhere, to a compiled policy.

SPEC: policy-language 2 and 3. A document is read, checked by the rules of its kind,
and compiled once; evaluation never looks at it again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from daypass.core import limits
from daypass.core.errors import MalformedPolicyDocumentError, ValidationError
from daypass.core.strict_json import (
    InvalidJsonError,
    JsonValue,
    RepeatedMemberError,
    loads,
)
from daypass.core.validation import (
    POLICY_CHARACTERS,
    POLICY_PATTERN,
    TextRule,
    Violations,
)
from daypass.policy import permissions, trust
from daypass.policy.actions import ActionSet
from daypass.policy.conditions import Condition
from daypass.policy.document import (
    DocumentKind,
    Policy,
    PolicySource,
    Statement,
    StatementEffect,
    StatementReference,
)
from daypass.policy.grammar import Draft, Resolve, malformed
from daypass.policy.operators import OperatorName
from daypass.policy.permissions import check_permissions
from daypass.policy.principal_grammar import read_principals
from daypass.policy.principals import PrincipalSet
from daypass.policy.raw import (
    RawCondition,
    RawList,
    RawPrincipals,
    RawStatement,
    ShapeError,
    read_document,
)
from daypass.policy.resources import ResourceSet
from daypass.policy.size import value_size
from daypass.policy.trust import check_trust

_PARAMETER: Final = TextRule(
    length_min=1,
    length_max=limits.POLICY_DOCUMENT_CHARACTERS_MAX,
    characters=POLICY_CHARACTERS,
    pattern=POLICY_PATTERN,
)
_BLANKS: Final = " \t\r\n"
_NOTHING: Final = RawList((), negated=False)


def parse_policy(
    text: str,
    *,
    kind: DocumentKind,
    source: PolicySource,
    resolve: Resolve | None = None,
) -> Policy:
    """Parses a document that is given as text.

    Args:
        text: the document, as it was passed or stored.
        kind: what it is for.
        source: where it comes from.
        resolve: maps the ARN of a user or role that the document names to its
            unique id, and an account id or the ARN of an account to the account id;
            None when there is no such thing. Left out, principals stay as written.

    Raises:
        MalformedPolicyDocumentError: it is not a valid policy of its kind; the
            message is the documented text.
        ValidationError: it is empty, longer than any document may be, or holds a
            character that no document may hold.
    """
    _check_parameter(text)
    if kind is not DocumentKind.TRUST and text[0] in _BLANKS:
        raise malformed("leading_spaces", permissions.LEADING_SPACES)
    try:
        value = loads(text, size_max=limits.POLICY_DOCUMENT_CHARACTERS_MAX)
    except RepeatedMemberError as error:
        raise _syntax_error(kind) from error
    except InvalidJsonError as error:
        if kind is not DocumentKind.TRUST:
            raise _syntax_error(kind) from error
        raise malformed("json", trust.INVALID_JSON) from error
    return _parse(value, kind, source, resolve or _as_written)


def parse_policy_value(
    value: JsonValue,
    *,
    kind: DocumentKind,
    source: PolicySource,
    resolve: Resolve | None = None,
    size: int | None = None,
) -> Policy:
    """Parses a document that was loaded elsewhere, without repeated members.

    Args:
        value: the document.
        kind: as in `parse_policy`.
        source: as in `parse_policy`.
        resolve: as in `parse_policy`.
        size: the characters of its compact JSON, where they have been counted.

    Raises:
        MalformedPolicyDocumentError: as `parse_policy`.
        ValidationError: it is larger than any document may be.
    """
    size_max = limits.POLICY_DOCUMENT_CHARACTERS_MAX
    if size is None:
        size = value_size(value, size_max=size_max)
    if size > size_max:
        message = f"A policy document has at most {size_max} characters"
        raise ValidationError("policy_size", message=message)
    return _parse(value, kind, source, resolve or _as_written)


def with_source(policy: Policy, source: PolicySource) -> Policy:
    """Returns a policy as the same document says it elsewhere."""
    lines = source.lines
    # NOTE: not by `replace`, which takes four times as long; a directory has a hundred
    # thousand of them.
    statements = [
        Statement(
            one.effect,
            one.actions,
            one.resources,
            one.principals,
            one.conditions,
            one.asked,
            StatementReference(
                source,
                index,
                one.reference.sid,
                lines[index] if index < len(lines) else None,
            ),
        )
        for index, one in enumerate(policy.statements)
    ]
    return Policy(policy.kind, source, tuple(statements))


def _check_parameter(text: str) -> None:
    """Checks what holds of any text that is passed as a policy.

    NOTE: the message does not repeat the text, which may be large and ill-meant.
    """
    violations = Violations()
    violations.check_text(("policy_document",), text, _PARAMETER, secret=True)
    violations.raise_if_any()


def _parse(
    value: JsonValue, kind: DocumentKind, source: PolicySource, resolve: Resolve
) -> Policy:
    try:
        draft = Draft(read_document(value), kind, resolve)
    except ShapeError as error:
        raise _syntax_error(kind) from error
    if draft.is_trust:
        check_trust(draft)
    else:
        check_permissions(draft)
    compiled = (
        _statement(statement, _reference(statement, index, source), draft)
        for index, statement in enumerate(draft.statements)
    )
    return Policy(kind, source, tuple(compiled))


def _syntax_error(kind: DocumentKind) -> MalformedPolicyDocumentError:
    text = (
        trust.SYNTAX_ERROR if kind is DocumentKind.TRUST else permissions.SYNTAX_ERROR
    )
    return malformed("syntax", text)


def _reference(
    statement: RawStatement, index: int, source: PolicySource
) -> StatementReference:
    line = source.lines[index] if index < len(source.lines) else None
    return StatementReference(source, index, statement.sid or None, line)


def _statement(
    statement: RawStatement, reference: StatementReference, draft: Draft
) -> Statement:
    """Compiles a statement that has been checked."""
    effect = StatementEffect(statement.effect or "")
    actions = statement.actions or _NOTHING
    denies = effect is StatementEffect.DENY
    conditions = tuple(_conditions(statement.conditions, draft))
    return Statement(
        effect=effect,
        actions=ActionSet.of(actions.texts, negated=actions.negated),
        resources=_resources(statement.resources, draft, denies=denies),
        principals=_principals(statement.principals, draft),
        conditions=conditions,
        asked=tuple(dict.fromkeys(each for one in conditions for each in one.asked)),
        reference=reference,
    )


def _resources(
    resources: RawList | None, draft: Draft, *, denies: bool
) -> ResourceSet | None:
    if resources is None:
        return None
    return ResourceSet.of(
        resources.texts,
        negated=resources.negated,
        denies=denies,
        variables=draft.has_variables,
    )


def _principals(principals: RawPrincipals | None, draft: Draft) -> PrincipalSet | None:
    return None if principals is None else read_principals(principals, draft)


def _conditions(
    conditions: tuple[RawCondition, ...], draft: Draft
) -> Iterator[Condition]:
    for condition in conditions:
        operator = OperatorName.parse(condition.operator)
        # NOTE: an operator that does not exist has no keys, or it was refused.
        if operator is None:
            continue
        for name, texts in condition.keys:
            yield Condition.of(operator, name, texts, variables=draft.has_variables)


def _as_written(principal: str) -> str:
    return principal
