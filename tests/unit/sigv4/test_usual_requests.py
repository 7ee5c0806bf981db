"""A request that is read in one go reads as it does by the rules, refusals included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError
from daypass.sigv4 import http_proof
from daypass.sigv4.http_proof import HttpProof, read_http_proof
from daypass.sigv4.layout import USUAL_NAMES_MAX
from support.http_call import TOKEN, HttpCall, signed, verify

URL = "https://api.example.com/orders/7"
# Names and values that are near to usual ones, or far from them.
NAMES = (
    *("authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token"),
    *(
        "host",
        "Host",
        "date",
        "content-type",
        "tenant",
        "te",
        "X-AMZ-Date",
        "x_amz_date",
    ),
    *("x-amz-target", "x-amz-", "trace-bin", "Authorization", "", "a b", "content-md5"),
)
VALUES = (
    *("", "a", "a b", " a", "a ", "a  b", "a: b", "a\tb", "\ta", "\u00e4", "\u00a0"),
    *("%s", "a;b", "20260102T030405Z", "20260102T240405Z", "0" * 64, "0" * 63, TOKEN),
    *("UNSIGNED-PAYLOAD", "api.example.com", "Fri, 02 Jan 2026 03:04:05 GMT"),
    *("Bearer abc", "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c"),
)

Change = Callable[[HttpCall], HttpCall]


def _usual(token: str | None = None) -> HttpCall:
    """Returns a request as most clients send it, with more headers around."""
    headers = [("content-type", "text/plain; charset=utf-8"), ("tenant", "t")]
    call = signed(url=URL, session_token=token, headers=headers)
    return call.plus(("user-agent", "a  b: c"), ("accept", "*/*"))


def _moved(call: HttpCall) -> HttpCall:
    return call.but(headers=call.request.headers[::-1])


CHANGES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=3)
        ).map(lambda entry: lambda call: call.plus(entry)),
        st.tuples(
            st.sampled_from(NAMES), st.sampled_from(VALUES) | st.text(max_size=3)
        ).map(lambda entry: lambda call: call.having(*entry)),
        st.sampled_from(NAMES).map(lambda name: lambda call: call.without(name)),
        st.sampled_from(["", "a=b", "X-Amz-Signature=a", "a+b", "x-amz-date=1"]).map(
            lambda query: lambda call: call.but(query=query)
        ),
        st.sampled_from(["", "api.example.com", "other"]).map(
            lambda authority: lambda call: call.but(authority=authority)
        ),
        st.sampled_from([None, "0" * 64]).map(
            lambda given: lambda call: call.but(payload_sha256=given)
        ),
        st.sampled_from(["http", "https"]).map(
            lambda scheme: lambda call: call.but(scheme=scheme)
        ),
        st.just(lambda call: call.expecting(allow_unsigned_payload=True)),
        st.just(lambda call: call.expecting(normalize_path=False)),
        st.just(_moved),
    ),
    max_size=3,
)


def _outcome(read: Callable[[], HttpProof]) -> object:
    """Returns what is read, or all that a refusal says."""
    try:
        return read()
    except DaypassError as error:
        return type(error), error.detail, error.message


def _check(call: HttpCall) -> None:
    """Checks that a request is read as by the rules, or refused in the same words."""
    facts = (call.request, call.expectations)

    expected = _outcome(lambda: http_proof._read_any(*facts))
    assert expected == _outcome(lambda: read_http_proof(*facts))


@given(token=st.sampled_from([None, TOKEN]), changes=CHANGES)
@example(token=None, changes=[])
@example(token=TOKEN, changes=[])
def test_request_agrees(token: str | None, changes: list[Change]) -> None:
    """A request is read in one go as it is by the rules, whatever its headers are."""
    call = _usual(token)
    for change in changes:
        call = change(call)

    _check(call)


@pytest.mark.parametrize("value", VALUES)
def test_every_odd_value_agrees(value: str) -> None:
    """Each value that needs a rule gets it, in whichever header it stands."""
    call = _usual(TOKEN)

    for name, _ in call.request.headers:
        _check(call.having(name.lower(), value))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["a", "20260102T030405Z", "api.example.com"])
def test_every_odd_name_agrees(name: str, value: str) -> None:
    """Each name that needs a rule gets it, in front and behind."""
    call = _usual().plus((name, value))

    _check(call)
    _check(_moved(call))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_missing_agrees(name: str) -> None:
    """A header that is not there is missed in the same words."""
    _check(_usual(TOKEN).without(name))


@pytest.mark.parametrize("token", [None, TOKEN])
def test_usual_request_is_read_in_one_go(token: str | None) -> None:
    """What botocore signs needs none of the rules for others, and is taken."""
    call = _usual(token)

    assert http_proof._read_usual(call.request, call.expectations) is not None
    assert verify(call) is not None


@pytest.mark.parametrize(("more", "usual"), [(0, True), (1, False)])
def test_number_of_usual_headers(more: int, *, usual: bool) -> None:
    """Requests with more headers than are remembered are read by the rules."""
    call = _usual()
    room = USUAL_NAMES_MAX - len(call.request.headers) + more
    call = call.plus(*((f"n{number}", "v") for number in range(room)))

    read = http_proof._read_usual(call.request, call.expectations)
    assert usual is (read is not None)
    assert verify(call) is not None
    assert replace(call.proof(), _request=_usual().request) == _usual().proof()


@pytest.mark.parametrize("value", VALUES)
def test_unsigned_host_agrees(value: str) -> None:
    """The host is looked at where it is not signed, too."""
    call = _usual()
    authorization = call.header("authorization").replace("host;", "")
    call = call.having("authorization", authorization)

    _check(call.having("host", value))
