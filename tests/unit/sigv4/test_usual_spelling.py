"""What is read in one go reads as it does by the rules, refusals included."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError
from daypass.sigv4 import authorization as authorizations
from daypass.sigv4 import grpc_proof
from daypass.sigv4.authorization import (
    Authorization,
    check_coverage,
    parse_authorization,
)
from daypass.sigv4.canonical import canonical_headers
from daypass.sigv4.grpc_proof import GrpcProof, read_proof
from daypass.sigv4.http_headers import Headers
from daypass.sigv4.layout import USUAL_NAMES_MAX, usual_layout
from support.signed_call import ID, TOKEN, Call, signed

CREDENTIAL = f"{ID}/20260102/us-east-1/sts/aws4_request"
SIGNATURE = "0123456789abcdef" * 4

# Names and values that are near to usual ones, or far from them.
NAMES = st.sampled_from(
    [
        *("authorization", "x-amz-date", "x-amz-content-sha256", "te", "tenant"),
        *("x-amz-security-token", "X-Amz-Date", "Authorization", "x-amz-", "host"),
        *("x-amz-trace-bin", "trace-bin", "Tenant", "x-amz-target", "x%amz", ""),
    ]
)
ODD = (
    *("", "a", "a b", " a", "a ", "a  b", "a: b", "a\tb", "\u00e4", "\u00a0", "%s"),
    *("20260102T030405Z", "20260102T240405Z", "0" * 64, "0" * 63, "A" * 64, TOKEN),
)
PLAIN = st.sampled_from(ODD)
VALUES = PLAIN | PLAIN.map(str.encode) | st.text(max_size=4) | st.binary(max_size=4)

Change = Callable[[Call], Call]


def _spelling(parts: tuple[str, ...], between: str) -> str:
    return f"AWS4-HMAC-SHA256 {between.join(parts)}"


# Authorization values that are right, and such that are wrong in one or more places.
SPELLINGS = st.builds(
    _spelling,
    st.permutations(
        [
            f"Credential={CREDENTIAL}",
            "SignedHeaders=x-amz-content-sha256;x-amz-date",
            f"Signature={SIGNATURE}",
        ]
    ).map(tuple),
    st.sampled_from([", ", ",", " ,  ", " ", "; "]),
)
SPOILED = st.tuples(SPELLINGS, st.integers(0, 300), st.text(max_size=2)).map(
    lambda it: it[0][: it[1]] + it[2] + it[0][it[1] + len(it[2]) :]
)
AUTHORIZATIONS = (
    SPELLINGS
    | SPOILED
    | st.sampled_from(
        [
            "",
            "Signature=" + SIGNATURE,
            "AWS4-HMAC-SHA256 Signature=" + SIGNATURE,
            "AWS4-HMAC-SHA256 Credential=a, SignedHeaders=a, Signature=" + SIGNATURE,
            (
                f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, Signature={SIGNATURE},"
                f" SignedHeaders={SIGNATURE}"
            ),
            (
                f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, Signature={SIGNATURE},"
                f" SignedHeaders=Signature={SIGNATURE}"
            ),
            (
                f"AWS4-HMAC-SHA256 SignedHeaders=a, Signature={SIGNATURE},"
                f" Credential=a/20260102/b/c/Signature={SIGNATURE}"
            ),
            (
                f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=a,"
                f" Signature=Signature={SIGNATURE}"
            ),
            f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=a;b,"
            f" Signature={SIGNATURE}".rjust(4_200),
            (
                f"AWS4-HMAC-SHA256 {' ' * 4_000} Credential={CREDENTIAL},"
                f" SignedHeaders=a;b, Signature={SIGNATURE}"
            ),
        ]
    )
)


def _added(entry: tuple[str, str | bytes], at: int) -> Change:
    return lambda call: replace(
        call, metadata=(*call.metadata[:at], entry, *call.metadata[at:])
    )


CHANGES = st.lists(
    st.one_of(
        st.builds(_added, st.tuples(NAMES, VALUES), st.integers(0, 8)),
        NAMES.map(lambda name: lambda call: call.without(name)),
        st.tuples(NAMES, VALUES).map(lambda entry: lambda call: call.having(*entry)),
        AUTHORIZATIONS.map(
            lambda value: lambda call: call.having("authorization", value)
        ),
        st.just(lambda call: replace(call, metadata=call.metadata[::-1])),
        st.just(lambda call: call.plus(*call.metadata[-1:])),
    ),
    max_size=3,
)
CALLS = st.builds(
    lambda token, extra, changes: _changed(
        signed(session_token=token, extra=extra), changes
    ),
    st.sampled_from([None, TOKEN]),
    st.lists(
        st.tuples(NAMES.filter(str.islower), st.sampled_from(["a", "a b", "a: b"])),
        max_size=2,
    ),
    CHANGES,
)

Outcome = GrpcProof | Authorization | tuple[object, ...] | None


def _changed(call: Call, changes: list[Change]) -> Call:
    for change in changes:
        call = change(call)
    return call


def _outcome(read: Callable[[], Outcome]) -> Outcome:
    """Returns what is read, or all that a refusal says."""
    try:
        return read()
    except DaypassError as error:
        return type(error), error.detail, error.message


def _check_call(call: Call) -> None:
    """Checks that a call is read as by the rules, or refused in the same words."""
    facts = (call.method, call.metadata, call.body)

    expected = _outcome(lambda: grpc_proof._read_any(*facts))
    assert expected == _outcome(
        lambda: read_proof(
            method=call.method, metadata=iter(call.metadata), body=call.body
        )
    )


def _check_headers(
    entries: tuple[tuple[str, str], ...], signed_headers: tuple[str, ...]
) -> None:
    """Checks that headers come into their form as they do by the rules."""
    headers = Headers(*zip(*entries, strict=True)) if entries else Headers((), ())

    def by_the_rules() -> tuple[str, tuple[str, ...]]:
        kept = headers._signable(signed_headers)
        names = tuple(sorted({name for name, _ in kept}))
        return canonical_headers(kept, signed_headers), names

    expected = _outcome(by_the_rules)
    assert expected == _outcome(lambda: headers.signed(signed_headers))


@given(value=AUTHORIZATIONS)
def test_authorization_agrees(value: str) -> None:
    """A value is read alike when it is read for the first time and when it is not."""
    expected = _outcome(lambda: authorizations._take_apart(value))

    for _ in range(2):
        assert expected == _outcome(lambda: parse_authorization(value))


@given(value=SPELLINGS, signature=st.from_regex(r"[0-9a-fA-F]{63,65}", fullmatch=True))
def test_other_signature_agrees(value: str, signature: str) -> None:
    """What is remembered of a value is not taken for another signature's."""
    other = value.replace(SIGNATURE, signature)
    _outcome(lambda: parse_authorization(value))

    expected = _outcome(lambda: authorizations._take_apart(other))
    assert expected == _outcome(lambda: parse_authorization(other))


@given(call=CALLS)
@example(call=signed())
@example(call=signed(session_token=TOKEN))
def test_grpc_proof_agrees(call: Call) -> None:
    """A call is read in one go as it is by the rules, or refused in the same words."""
    _check_call(call)


@pytest.mark.parametrize("value", [*ODD, *(value.encode() for value in ODD)])
def test_every_odd_value_agrees(value: str | bytes) -> None:
    """Each value that needs a rule gets it, in whichever signed entry it stands."""
    calls = (signed(session_token=TOKEN, extra=[("tenant", "t")]), signed())

    for call in calls:
        for name, _ in call.metadata:
            _check_call(call.having(name, value))


@pytest.mark.parametrize("value", ODD)
def test_every_odd_header_agrees(value: str) -> None:
    """Each value of a header that needs a rule gets it."""
    entries = (("host", value), ("te", "t"))

    _check_headers(entries, ("host", "te"))
    _check_headers(entries, ("host",))


@pytest.mark.parametrize("end", ["", "0", "F", "g", "\u00e4", "\u0661", " ", ","])
def test_every_odd_signature_agrees(end: str) -> None:
    """A signature of another form is refused, though the rest is remembered."""
    value = str(dict(signed().metadata)["authorization"])
    parse_authorization(value)
    other = value[:-1] + end

    expected = _outcome(lambda: authorizations._take_apart(other))
    assert expected == _outcome(lambda: parse_authorization(other))


@pytest.mark.parametrize("token", [None, TOKEN])
def test_usual_call_is_read_in_one_go(token: str | None) -> None:
    """The calls of our clients need none of the rules for others."""
    call = signed(session_token=token).plus(("user-agent", "a b"), ("te", "trailers"))

    assert grpc_proof._read_usual(call.method, call.metadata, call.body) is not None


@pytest.mark.parametrize("method", ["/a.B/C", "/a%20b/%s", "/a b/\u00e4", "//%%", ""])
def test_every_method_agrees(method: str) -> None:
    """A method is signed alike whatever it is called, and one is not another."""
    call, other = signed(method=method), signed(method="/a.B/D")

    assert grpc_proof._read_usual(method, call.metadata, call.body) is not None
    _check_call(call)
    _check_call(replace(other, method=method))


def test_other_message_is_left_to_the_rules() -> None:
    """A message that is not the signed one is refused by the rules alone."""
    call = replace(signed(), body=b"other")

    assert grpc_proof._read_usual(call.method, call.metadata, call.body) is None
    _check_call(call)


@pytest.mark.parametrize(("more", "usual"), [(0, True), (1, False)])
def test_number_of_usual_names(more: int, *, usual: bool) -> None:
    """Calls with more names than are remembered are read by the rules."""
    call = signed()
    room = USUAL_NAMES_MAX - len(call.metadata) + more
    call = call.plus(*((f"n{number}", "v") for number in range(room)))

    read = grpc_proof._read_usual(call.method, call.metadata, call.body)
    assert usual is (read is not None)
    assert call.proof() == signed().proof()


HEADERS = st.lists(
    st.tuples(NAMES.map(str.lower), PLAIN | st.text(max_size=4)), max_size=6
).map(tuple)
SIGNED = st.sets(NAMES.map(str.lower), min_size=1, max_size=5).map(
    lambda names: tuple(sorted(names - {"", "x%amz"})) or ("host",)
)


@given(entries=HEADERS, signed_headers=SIGNED)
@example(entries=(("host", "a"), ("te", "b")), signed_headers=("host", "te"))
@example(
    entries=(("te", "a"), ("host", "b"), ("te", "c")), signed_headers=("host", "te")
)
@example(entries=(("host", "a"), ("x-amz-", "b")), signed_headers=("host",))
def test_signed_headers_agree(
    entries: tuple[tuple[str, str], ...], signed_headers: tuple[str, ...]
) -> None:
    """Headers come into their form in one go as they do by the rules."""
    _check_headers(entries, signed_headers)


@given(entries=HEADERS, signed_headers=SIGNED)
@example(entries=(("host", "a"), ("te", "b")), signed_headers=("host", "te"))
def test_layout_covers(
    entries: tuple[tuple[str, str], ...], signed_headers: tuple[str, ...]
) -> None:
    """Whatever has a layout has all that is signed, and signs all that must be."""
    names = tuple(dict(entries))

    if usual_layout(names, signed_headers) is not None:
        check_coverage(signed_headers, names)
        check_coverage(signed_headers, signed_headers)
