"""Short ways of the Query protocol say what the ways they shorten say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.core import http_limits
from daypass.core.credentials import Credentials
from daypass.core.errors import MalformedInputError
from daypass.core.secret import Secret
from daypass.gateway import requests, results, usual_answers
from daypass.gateway.asked import AskedReader
from daypass.gateway.form import read_body, read_usual_body
from daypass.gateway.parameters import Parameters
from daypass.gateway.render import Format, render
from daypass.sts.account_operations import CallerIdentity
from daypass.sts.assume_role import AssumeRoleResult
from daypass.sts.assume_role_request import AssumeRoleRequest
from support.http_world import OPERATIONS

NAMES = st.sampled_from(
    [
        *("Action", "Version", "RoleArn", "RoleSessionName", "DurationSeconds"),
        *("ExternalId", "SourceIdentity", "Policy", "TokenCode", "rolearn", "action"),
        *("Tags.member.1.Key", "MinimumSessionTokenSize", "", "Mark"),
    ]
)
PARTS = st.one_of(
    st.tuples(
        NAMES,
        st.sampled_from(["AssumeRole", "2011-06-15", "900", "-1", "", "a=b", "x"]),
    ).map("=".join),
    st.text("&=;%+#3A2F aAb:/\x00", max_size=6),
)
FORMS = st.lists(PARTS, max_size=6).map(lambda parts: "&".join(parts).encode())
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5))])
MOMENTS = st.builds(datetime.fromtimestamp, st.integers(0, 2**32), ZONES)


@given(FORMS)
def test_usual_form_reads_the_same(form: bytes) -> None:
    """What is read in one go is what the rules read, and each name stands once."""
    found = read_usual_body(form)

    if found is not None:
        assert read_body(form) == tuple(found.items())


@pytest.mark.parametrize(
    "form",
    [
        *(b"", b"a", b"a&b=c", b"a=b&", b"&a=b", b"a=b&&c=d", b"=a", b"=a=b"),
        *(b"a=b&a=c", b"a=b&=c", b"a=%20", b"a=+", b"a=%3a", b"a=%", b"a;b=c"),
        *(b"a=b#", b"a= ", b"a=\x00", b"a=\x7f", b"a=\xc3\xa4"),
    ],
)
def test_unusual_form_is_not_read(form: bytes) -> None:
    """A form in which anything needs a rule is left to the rules."""
    assert read_usual_body(form) is None


def test_usual_form_is_read() -> None:
    """The form of most clients is read in one go, ARNs that are encoded as well."""
    form = urlencode({"RoleArn": "arn:aws:iam::1:role/a/b", "N": ""}).encode()

    assert {"RoleArn": "arn:aws:iam::1:role/a/b", "N": ""} == read_usual_body(form)
    assert {"a": "b=c"} == read_usual_body(b"a=b=c")


@pytest.mark.parametrize(("extra", "read"), [(0, True), (1, False)])
def test_number_of_usual_parameters(extra: int, *, read: bool) -> None:
    """As many parameters as there may be are read in one go, and not one more."""
    number = http_limits.PARAMETERS_MAX + extra
    form = "&".join(f"n{index}=v" for index in range(number)).encode()

    assert read is (read_usual_body(form) is not None)


@given(FORMS)
def test_usual_request_is_the_same(form: bytes) -> None:
    """A request that is made of few scalars is the one that is made of parameters."""
    values = read_usual_body(form)
    found = None if values is None else requests.usual_assume_role(values)

    if found is not None:
        parameters = Parameters.read((), read_body(form))
        assert requests.assume_role(parameters) == found


@pytest.mark.parametrize(
    "name",
    ["TokenCode", "Policy", "Mark", "rolearn", "PolicyArns", "Tags.member.1.Key"],
)
def test_other_parameters_are_unusual(name: str) -> None:
    """Any parameter but those of a list is for the rules, a code above all."""
    assert requests.usual_assume_role({"Action": "AssumeRole", name: "1"}) is None


@pytest.mark.parametrize(
    ("seconds", "read"),
    [
        *(("900", 900), ("0", 0), ("007", 7), ("999999999", 999_999_999)),
        *(("", None), ("-1", None), ("+1", None), ("1_0", None), ("1.0", None)),
        *(("1000000000", None), ("\u0661", None), ("9\n", None)),
    ],
)
def test_usual_seconds(seconds: str, read: int | None) -> None:
    """Digits that cannot exceed 32 bits are read; all else is for the rules."""
    found = requests.usual_assume_role({"DurationSeconds": seconds})

    assert read == (None if found is None else found.duration_seconds)


@given(FORMS)
def test_both_ways_ask_the_same(form: bytes) -> None:
    """A form that is read in one go and one that is not ask for the same, or fail so."""
    both = [(b"", form), (b"", form + b"&")]

    short, long = (_asked(query, body) for query, body in both)

    assert short == long


def _asked(query: bytes, form: bytes) -> tuple[str, object]:
    """Returns what a form asks for, or how it is refused.

    An ampersand at the end says nothing, and no form that ends with one is usual.
    """
    try:
        asked = AskedReader(OPERATIONS).read(query, form)
        return asked.name, asked.request()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the same.
        return type(error).__name__, str(error)


@given(
    texts=st.tuples(*[TEXTS] * 5),
    moment=MOMENTS,
    percent=st.none() | st.integers(0, 99),
    identity=st.none() | TEXTS,
    size=st.integers(0, 4096),
)
def test_answer_of_assume_role(
    texts: tuple[str, ...],
    moment: datetime,
    percent: int | None,
    identity: str | None,
    size: int,
) -> None:
    """An answer without a tree has the bytes of the one with a tree."""
    key, secret, token, user, request_id = texts
    issued = Credentials(key, Secret(secret), Secret(token), moment)
    result = AssumeRoleResult(issued, user, key, percent, identity, size)

    found = usual_answers.assume_role(result, request_id)

    tree = usual_answers.envelope("AssumeRole", results.assume_role(result), request_id)
    expected = render("AssumeRoleResponse", tree, Format.XML)
    plain = percent is None and identity is None
    assert (expected if plain else None) == found


@given(st.tuples(*[TEXTS] * 4))
def test_answer_of_get_caller_identity(texts: tuple[str, ...]) -> None:
    """The same of GetCallerIdentity."""
    *parts, request_id = texts
    identity = CallerIdentity(*parts)

    found = usual_answers.get_caller_identity(identity, request_id)

    shown = results.get_caller_identity(identity)
    tree = usual_answers.envelope("GetCallerIdentity", shown, request_id)
    assert render("GetCallerIdentityResponse", tree, Format.XML) == found


def test_number_is_refused_after_the_proof() -> None:
    """A number that is none is told to those alone who have asked for the request."""
    form = b"Action=AssumeRole&Version=2011-06-15&DurationSeconds=x"

    asked = AskedReader(OPERATIONS).read(b"", form)

    with pytest.raises(MalformedInputError):
        asked.request()


def test_usual_request_of_a_client() -> None:
    """What SDKs send is read in one go."""
    form = b"Action=AssumeRole&Version=2011-06-15&RoleArn=a%3Ab&RoleSessionName=me"
    values = read_usual_body(form)

    assert values is not None
    assert AssumeRoleRequest("a:b", "me") == requests.usual_assume_role(values)
