"""The same form is the same request; what is good once is never kept."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from daypass.core import work_limits
from daypass.core.errors import MalformedInputError
from daypass.gateway.asked import AskedReader
from daypass.sts.assume_role_request import AssumeRoleRequest
from support.http_world import OPERATIONS

ROLE = "arn:aws:iam::111122223333:role/Reader"


def body(**parameters: str) -> bytes:
    """Returns a form for AssumeRole, each time in bytes of its own."""
    asked = {"Action": "AssumeRole", "Version": "2011-06-15"}
    named = {"RoleArn": ROLE, "RoleSessionName": "me"}
    return urlencode({**asked, **named, **parameters}).encode()


def ask(reader: AskedReader, form: bytes, query: bytes = b"") -> AssumeRoleRequest:
    """Reads a form as after a proof."""
    request = reader.read(query, form).request()
    assert isinstance(request, AssumeRoleRequest)
    return request


def test_same_form_same_request() -> None:
    """From the second time on equal bytes are the same object, which says the same."""
    reader = AskedReader(OPERATIONS)

    found = [ask(reader, body(DurationSeconds="900")) for _ in range(4)]

    assert found[0] is not found[1]
    assert found[1] is found[2] is found[3]
    assert found[0] == found[1]
    assert 900 == found[3].duration_seconds
    assert "AssumeRole" == reader.read(b"", body(DurationSeconds="900")).name


def test_one_byte_more_is_another() -> None:
    """Bytes that differ in anything are another request."""
    reader = AskedReader(OPERATIONS)
    forms = [body(), body(ExternalId=""), body(DurationSeconds="900"), body() + b"&"]

    found = [[ask(reader, form) for form in forms] for _ in range(3)][-1]

    assert [None, "", None, None] == [each.external_id for each in found]
    assert [None, None, 900, None] == [each.duration_seconds for each in found]
    assert 4 == len({id(each) for each in found})


def test_form_without_parameters_is_kept() -> None:
    """One that names nothing but an operation is kept, and one that says more is not."""
    reader = AskedReader(OPERATIONS)
    bare = urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"}).encode()

    for form in (bare, bare + b"&TokenCode=123456", bare + b"&Mark=1"):
        for _ in range(3):
            assert reader.read(b"", form).request() is None

    assert 1 == len(reader)
    assert "GetCallerIdentity" == reader.read(b"", bare).name


def test_tags_are_kept() -> None:
    """Members of lists are part of a form that may be kept."""
    reader = AskedReader(OPERATIONS)
    form = body(**{"Tags.member.1.Key": "a", "Tags.member.1.Value": "b"})

    first, second, third = (ask(reader, form) for _ in range(3))

    assert second is third
    assert first.tags == third.tags
    assert 1 == len(third.tags)


@pytest.mark.parametrize(
    "name",
    [
        *("TokenCode", "WebIdentityToken", "SAMLAssertion", "TradeInToken"),
        *("Password", "TagsTokenCode", "rolearn"),
    ],
)
def test_secrets_are_not_kept(name: str) -> None:
    """A form with any parameter that is not known to be no secret leaves nothing."""
    reader = AskedReader(OPERATIONS)

    for _ in range(3):
        ask(reader, body(**{name: "123456"}))

    assert 0 == len(reader)


def test_assertions_are_not_kept() -> None:
    """Nor does one with the assertion of a provided context."""
    reader = AskedReader(OPERATIONS)
    member = "ProvidedContexts.member.1"
    form = body(
        **{f"{member}.ProviderArn": "arn:a", f"{member}.ContextAssertion": "a.b.c"}
    )

    for _ in range(3):
        ask(reader, form)

    assert 0 == len(reader)


@pytest.mark.parametrize("query", [b"a=b", b"X-Amz-Date=a"])
def test_query_is_not_kept(query: bytes) -> None:
    """A request that says something in its query is read each time."""
    reader = AskedReader(OPERATIONS)

    for _ in range(3):
        ask(reader, body(), query)

    assert 0 == len(reader)


def test_unproven_forms_are_not_kept() -> None:
    """Nothing is kept of a form before somebody has asked for its request."""
    reader = AskedReader(OPERATIONS)

    for _ in range(3):
        reader.read(b"", body())

    assert 0 == len(reader)


@pytest.mark.parametrize(("extra", "kept"), [(0, 1), (1, 0)])
def test_long_ones_are_not_kept(extra: int, kept: int) -> None:
    """A form that is longer than the bound is read each time."""
    most = work_limits.REQUEST_REMEMBERED_BYTES_MAX
    form = body(ExternalId="")
    form += b"a" * (most - len(form) + extra)
    reader = AskedReader(OPERATIONS)

    for _ in range(3):
        ask(reader, form)

    assert kept == len(reader)


def test_number_is_bounded() -> None:
    """No more are kept than may be, and those that come once put out none."""
    reader = AskedReader(OPERATIONS, size_max=2)
    for form in (body(), body(), body(ExternalId="a"), body(ExternalId="a")):
        ask(reader, form)
    kept = ask(reader, body())

    for number in range(50):
        ask(reader, body(SourceIdentity=f"s{number}"))

    assert 2 == len(reader)
    assert kept is ask(reader, body())


def test_malformed_form_is_not_kept() -> None:
    """What cannot be read is refused each time."""
    reader = AskedReader(OPERATIONS)

    for _ in range(3):
        with pytest.raises(MalformedInputError):
            ask(reader, body(DurationSeconds="x"))

    assert 0 == len(reader)
