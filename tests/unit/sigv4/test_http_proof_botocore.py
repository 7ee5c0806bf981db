"""botocore, which we did not write, signs HTTP requests that we take (attacks V36)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from hypothesis import assume, given
from hypothesis import strategies as st

from daypass.core.errors import DaypassError
from daypass.core.secret import Secret
from daypass.sigv4.http_proof import read_http_proof
from daypass.sigv4.http_request import HttpExpectations, HttpRequest
from daypass.sigv4.signature import SigningKeyCache
from support.http_call import ID, SECRET, SERVICE, TOKEN, presigned, signed
from support.http_signer import Signer
from support.proofs import check_scope_and_time
from support.world import START

# What botocore never signs, and what it writes itself.
NOT_RANDOM = {"te", "expect", "date", "host", "trailer", "upgrade", "baggage"}
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,8}[a-z0-9]", fullmatch=True).filter(
    lambda name: name not in NOT_RANDOM
)
# In a path, some signers leave more characters as they are than others do.
SEGMENTS = st.sampled_from(["", ".", "..", "a", "%2e%2E", "%2F", ";a=b", "!*'()"]) | (
    WORDS.map(lambda word: quote(word, safe="-_.~:@"))
)
OBJECT_SEGMENTS = st.sampled_from(["", ".", "..", "%2F"]) | (
    WORDS.map(lambda word: quote(word, safe="-_.~"))
)
QUERIES = st.lists(st.tuples(WORDS.filter(bool), WORDS), max_size=4).map(
    lambda pairs: "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in pairs
    )
)
HEADERS = st.lists(
    st.tuples(NAMES, st.text(st.characters(min_codepoint=32, max_codepoint=126))),
    max_size=4,
)
SIGNERS = st.builds(
    Signer,
    access_key_id=st.from_regex(r"[A-Z0-9]{16,20}", fullmatch=True),
    secret_access_key=st.from_regex(r"[!-~]{1,40}", fullmatch=True),
    session_token=st.none() | st.from_regex(r"[!-~]{1,40}", fullmatch=True),
    signed_at=st.just(START),
    region=st.from_regex(r"[a-z]{2}-[a-z]{1,5}-[1-9]", fullmatch=True),
    service=st.from_regex(r"[a-z][a-z0-9-]{1,12}", fullmatch=True),
    expires=st.integers(1, 604_800),
)


def _target(segments: list[str], query: str) -> str:
    return f"https://api.example.com:8443/{'/'.join(segments)}?{query}"


TARGETS = st.builds(_target, st.lists(SEGMENTS, max_size=5), QUERIES)
OBJECT_TARGETS = st.builds(_target, st.lists(OBJECT_SEGMENTS, max_size=5), QUERIES)
METHODS = st.sampled_from(["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])


def _accept(signer: Signer, request: HttpRequest, **expectations: Any) -> None:
    proof = read_http_proof(request, HttpExpectations(signer.service, **expectations))
    check_scope_and_time(proof, START, {signer.region})
    proof.verify(Secret(signer.secret_access_key), SigningKeyCache())
    token = signer.session_token
    assert (None if token is None else Secret(token)) == proof.session_token


@given(SIGNERS, METHODS, TARGETS, HEADERS, st.binary(max_size=64))
def test_v36_signed_request_taken(
    signer: Signer,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> None:
    """Every request that botocore signs in a header is taken."""
    _accept(signer, signer.sign(method, target, headers=headers, body=body))


@given(SIGNERS, METHODS, TARGETS, HEADERS)
def test_v36_presigned_request_taken(
    signer: Signer, method: str, target: str, headers: list[tuple[str, str]]
) -> None:
    """Every request that botocore signs in the query is taken."""
    _accept(signer, signer.presign(method, target, headers=headers))


@given(SIGNERS, METHODS, OBJECT_TARGETS, HEADERS, st.binary(max_size=64))
def test_v36_request_like_s3_taken(
    signer: Signer,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
    body: bytes,
) -> None:
    """Every request that botocore signs as for S3 is taken in that style."""
    s3 = replace(signer, service="s3", like_s3=True)

    request = s3.sign(method, target, headers=headers, body=body)
    _accept(s3, request, normalize_path=False)


@given(SIGNERS, METHODS, OBJECT_TARGETS, st.binary(max_size=64))
def test_v36_presigned_like_s3_taken(
    signer: Signer, method: str, target: str, body: bytes
) -> None:
    """Every request that botocore presigns as for S3 is taken where bodies may be free."""
    s3 = replace(signer, service="s3", like_s3=True)

    request = s3.presign(method, target, body=body)
    _accept(s3, request, normalize_path=False, allow_unsigned_payload=True)


def _taken(request: HttpRequest) -> bool:
    """Judges a request whose sender is looked up by access key id."""
    try:
        proof = read_http_proof(request, HttpExpectations(SERVICE))
        check_scope_and_time(proof, START, {"us-east-1"})
        access_key_id = proof.credential.access_key_id
        if access_key_id != ID or proof.session_token != Secret(TOKEN):
            return False
        proof.verify(Secret(SECRET), SigningKeyCache())
    except DaypassError:
        return False
    return True


def _flip(text: str, at: int, bit: int) -> str:
    at %= len(text)
    return text[:at] + chr(ord(text[at]) ^ (1 << bit)) + text[at + 1 :]


CALLS = {
    "header": signed(session_token=TOKEN, headers=[("My-Header", "a  b")]),
    "query": presigned(session_token=TOKEN, headers=[("My-Header", "a  b")]),
}
FORMS = st.sampled_from(sorted(CALLS))
BITS = st.integers(0, 7)
POSITIONS = st.integers(0, 1_000)


@given(
    FORMS,
    st.sampled_from(["method", "path", "query", "payload_sha256"]),
    POSITIONS,
    BITS,
)
def test_v36_flipped_bit_of_the_request_refused(
    form: str, part: str, at: int, bit: int
) -> None:
    """A request with any one bit changed is refused, unless it says the same."""
    request = CALLS[form].request
    old = getattr(request, part)
    new = _flip(old, at, bit)
    # NOTE: the case of a digit behind a percent sign in a query says nothing.
    assume(part != "query" or unquote(new) != unquote(old))

    changed: dict[str, Any] = {part: new}
    assert not _taken(replace(request, **changed))


@given(FORMS, POSITIONS, POSITIONS, BITS)
def test_v36_flipped_bit_of_a_header_refused(
    form: str, header: int, at: int, bit: int
) -> None:
    """A signed header with any one bit of its value changed is refused."""
    headers = list(CALLS[form].request.headers)
    header %= len(headers)
    name, value = headers[header]
    headers[header] = (name, _flip(value, at, bit))

    assert not _taken(replace(CALLS[form].request, headers=tuple(headers)))


@given(FORMS)
def test_request_without_a_flip_taken(form: str) -> None:
    """The requests that the flips begin with are taken."""
    assert _taken(CALLS[form].request)


@given(
    method=st.text(max_size=8),
    path=st.text(max_size=16),
    query=st.text(max_size=64),
    headers=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=16)), max_size=4),
    authority=st.text(max_size=8),
)
def test_any_request_is_judged(**parts: Any) -> None:
    """Nothing that a sender could write raises anything but a documented refusal."""
    parts["headers"] = tuple(parts["headers"])

    assert not _taken(HttpRequest(payload_sha256="0" * 64, **parts))


@given(
    st.sampled_from(["Authorization", "X-Amz-Date", "Host", "X-Amz-Security-Token"]),
    st.text(),
)
def test_any_header_is_judged(name: str, value: str) -> None:
    """No value of any header raises anything but a documented refusal."""
    call = CALLS["header"]
    assume(call.header(name.lower()) != value.strip(" \t"))

    assert not _taken(call.having(name.lower(), value).request)
