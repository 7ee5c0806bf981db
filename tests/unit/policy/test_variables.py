"""Policy variables: syntax, defaults, and substituted text that stays data.

SPEC: policy-language 5.2; attacks P05 to P08.
"""

from __future__ import annotations

import pytest

from daypass.policy.context import RequestContext
from daypass.policy.pattern import Mark
from daypass.policy.variables import Pattern, Variable, needed_keys, parse_parts
from support.policies import S, allow, ask, result, slots

CONTEXT = RequestContext.of(
    {
        "aws:username": "bob",
        "aws:PrincipalTag/Cost Center": "7",
        "evil": "*${aws:username}?",
        "empty": "",
        "two": ["a", "b"],
    }
)


def resolves(text: str) -> str | None:
    """Returns the one text that a pattern without wildcards stands for."""
    parts = parse_parts(text, wildcards=False, variables=True)
    wildcard = Pattern.of(parts).resolve(CONTEXT)
    return wildcard.exact if wildcard is not None else None


@pytest.mark.parametrize(
    "text",
    [
        "${}",
        "${aws:username",
        "$",
        "${",
        "$ {aws:username}",
        "${aws:username,}",
        "${aws:username, all}",
        "${aws:username, 'all}",
        "${aws:username, 'a'b'}",
        "${aws:username , 'a' }",
        "${'all'}",
    ],
)
def test_malformed_variable_is_text(text: str) -> None:
    """What is not a variable stands for itself."""
    assert text == resolves(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${aws:username}", "bob"),
        ("${AWS:UserName}", "bob"),
        ("h/${aws:username}/x", "h/bob/x"),
        ("${aws:PrincipalTag/Cost Center}", "7"),
        ("${none, 'all'}", "all"),
        ("${none,'all'}", "all"),
        ("${none,   'all'}", "all"),
        ("${none, ''}", ""),
        ("${empty}", ""),
        ("${two, 'all'}", "all"),
        ("${aws:username, 'all'}", "bob"),
        ("${none, '${aws:username}*'}", "${aws:username}*"),
        ("${*}${?}${$}", "*?$"),
        ("${$}{aws:username}", "${aws:username}"),
        ("${evil}", "*${aws:username}?"),
        ("${a${aws:username}}", "${abob}"),
    ],
)
def test_variable_resolves(text: str, expected: str) -> None:
    """A variable is replaced once, and what replaces it is data."""
    assert expected == resolves(text)


@pytest.mark.parametrize("text", ["${none}", "x${none}x", "${two}", "${ aws:username}"])
def test_unresolved_variable_has_no_text(text: str) -> None:
    """An absent key, or one with several values, leaves the text unresolved."""
    assert None is resolves(text)


def test_unresolved_pattern_matches_nothing() -> None:
    """A pattern with an unresolved variable matches no text at all."""
    pattern = Pattern.of(parse_parts("*${none}", wildcards=True, variables=True))

    assert not pattern.matches("", CONTEXT)
    assert not pattern.matches("${none}", CONTEXT)


def test_text_before_a_variable_has_to_match() -> None:
    """What stands before the first variable is compared too, folded where that is."""
    parts = parse_parts("H/${aws:username}", wildcards=True, variables=True)

    assert not Pattern.of(parts).matches("h/bob", CONTEXT)
    assert Pattern.of(parts).matches("H/bob", CONTEXT)
    assert Pattern.of(parts, str.lower).matches("h/bob", CONTEXT)


def test_substituted_star_is_literal() -> None:
    """A wildcard in a value matches itself only."""
    pattern = Pattern.of(parse_parts("${evil}*", wildcards=True, variables=True))

    assert not pattern.matches("x${aws:username}y", CONTEXT)
    assert pattern.matches("*${aws:username}? and more", CONTEXT)


def test_old_documents_have_no_variables() -> None:
    """Where variables mean nothing, even the escapes are plain text."""
    parts = parse_parts("${*}", wildcards=True, variables=False)

    assert ("${", Mark.RUN, "}") == parts


def test_parts_name_their_variable() -> None:
    """A variable keeps its spelling for explanations, and is compared folded."""
    parts = parse_parts("${K, 'd'}", wildcards=True, variables=True)

    assert (Variable("K", "k", "d"),) == parts


def test_variables_with_defaults_need_no_key() -> None:
    """Only variables without a default need their key."""
    found = [
        Variable("A", "a", None),
        Variable("B", "b", "x"),
        Variable("A", "a", None),
    ]

    assert (("A", "a"),) == needed_keys(found)


@pytest.mark.parametrize(
    "tag", ["*", "${aws:userid}", "arn:aws:s3:::*", "a/../*", "?" * 5]
)
def test_tag_value_grants_no_other_object(tag: str) -> None:
    """A tag that its owner chose opens nothing but the text of the tag."""
    own = slots(identity=[allow("*", "arn:aws:s3:::h/${aws:PrincipalTag/team}/*")])
    keys = {"aws:PrincipalTag/team": tag}

    other = ask(resource="arn:aws:s3:::h/other/k", who=S, keys=keys, slots=own)
    same = ask(resource=f"arn:aws:s3:::h/{tag}/k", who=S, keys=keys, slots=own)

    assert "I identity" == result(other)
    assert "A" == result(same)


def test_arn_value_cannot_move_a_segment() -> None:
    """A colon in a substituted value stays inside its segment."""
    condition = {"ArnEquals": {"k": "arn:aws:s3:::${aws:PrincipalTag/team}"}}
    own = slots(identity=[allow(Condition=condition)])
    shifted = {"ArnEquals": {"k": "arn:aws:${aws:PrincipalTag/team}:x"}}
    moved = slots(identity=[allow(Condition=shifted)])
    keys = {"aws:PrincipalTag/team": "s3:::a:b", "k": "arn:aws:s3:::s3:::a:b"}

    assert "A" == result(ask(keys=keys, slots=own))
    keys["k"] = "arn:aws:s3:::a:b:x"
    assert "I identity" == result(ask(keys=keys, slots=moved))
