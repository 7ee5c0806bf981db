"""A signature is for us, for its day, and for a quarter of an hour either way."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from daypass.core.errors import IncompleteSignatureError, SignatureDoesNotMatchError
from daypass.sigv4.scope import (
    check_scope,
    check_time,
    parse_date,
    parse_timestamp,
    print_timestamp,
)
from daypass.sigv4.signature import CredentialScope

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TIMESTAMP = "20260102T030405Z"
SCOPE = CredentialScope("20260102", "us-east-1", "sts")
REGIONS = frozenset({"us-east-1", "eu-west-1"})
QUARTER = timedelta(minutes=15)
MOMENT = timedelta(microseconds=1)

REGION = "Credential should be scoped to a valid region."
SERVICE = "Credential should be scoped to correct service: 'sts'."
TERMINATOR = "Credential should be scoped with a valid terminator: 'aws4_request'."
DATE = (
    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date"
    " from HTTP."
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-02T03:04:05Z",
        "20260102T030405",
        "20260102T030405z",
        "20260102t030405Z",
        "20260102T030405Z\n",
        " 20260102T030405Z",
        "20260102T0304051Z",
        "20261302T030405Z",
        "20260230T030405Z",
        "20260102T240000Z",
        "20260102T036005Z",
        "20260102T030460Z",
        "00000102T030405Z",
        "2026\u0661\u0661\u0661\u0661T030405Z",
        "Fri, 02 Jan 2026 03:04:05 GMT",
    ],
)
def test_timestamp_form(text: str) -> None:
    """A time is in the one form and exists."""
    with pytest.raises(IncompleteSignatureError) as caught:
        parse_timestamp(text)

    assert caught.value.detail == "timestamp_form"


def test_timestamp_is_utc() -> None:
    """A time that is well formed is read as UTC."""
    assert NOW == parse_timestamp(TIMESTAMP)


def _complaints(**changes: str) -> str:
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_scope(replace(SCOPE, **changes), TIMESTAMP, REGIONS)
    assert caught.value.detail == "wrong_scope"
    return caught.value.message


@pytest.mark.parametrize("date", ["20260101", "20260103", "20250102"])
def test_v03_scope_of_another_day(date: str) -> None:
    """The day of the scope is that of the timestamp."""
    assert _complaints(date=date) == DATE


@pytest.mark.parametrize("region", ["us-east-2", "US-EAST-1", "us-east-1x", "aws"])
def test_v04_scope_of_another_region(region: str) -> None:
    """The region is one of ours, byte for byte."""
    assert _complaints(region=region) == REGION


@pytest.mark.parametrize("service", ["iam", "STS", "sts2", "s3"])
def test_v04_scope_of_another_service(service: str) -> None:
    """The service is `sts`, byte for byte."""
    assert _complaints(service=service) == SERVICE


@pytest.mark.parametrize("terminator", ["aws4", "AWS4_REQUEST", "aws5_request"])
def test_v04_scope_of_another_terminator(terminator: str) -> None:
    """The terminator is `aws4_request`, byte for byte."""
    assert _complaints(terminator=terminator) == TERMINATOR


def test_wrong_region_and_service_are_one_answer() -> None:
    """Two complaints stand in one message."""
    assert f"{REGION} {SERVICE}" == _complaints(region="other", service="other")


def test_all_complaints_are_one_answer() -> None:
    """Four complaints stand in one message."""
    message = _complaints(
        date="20260101", region="other", service="other", terminator="other"
    )

    assert f"{DATE} {REGION} {SERVICE} {TERMINATOR}" == message


def test_attacker_text_is_not_in_the_message() -> None:
    """What the request said is not said back."""
    assert "evil" not in _complaints(region="evil", service="evil")


@pytest.mark.parametrize("region", sorted(REGIONS))
def test_scope_of_ours_taken(region: str) -> None:
    """Each region that we serve is taken."""
    check_scope(replace(SCOPE, region=region), TIMESTAMP, REGIONS)


def test_any_region_where_none_is_named() -> None:
    """Without a list of regions every region is taken, and the rest still checked."""
    check_scope(replace(SCOPE, region="moon-1"), TIMESTAMP, frozenset())

    with pytest.raises(SignatureDoesNotMatchError):
        check_scope(
            replace(SCOPE, region="moon-1", service="iam"), TIMESTAMP, frozenset()
        )


@pytest.mark.parametrize("late", [MOMENT, timedelta(seconds=1), timedelta(days=20_000)])
def test_v02_signature_expired(late: timedelta) -> None:
    """A signature of more than fifteen minutes ago is refused."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_time(NOW, NOW + QUARTER + late)

    assert caught.value.detail == "signature_expired"
    assert caught.value.message.startswith("Signature expired: 20260102T030405Z is")


@pytest.mark.parametrize("early", [MOMENT, timedelta(seconds=1), timedelta(days=9000)])
def test_v02_signature_not_yet_current(early: timedelta) -> None:
    """A signature of more than fifteen minutes ahead is refused."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_time(NOW, NOW - QUARTER - early)

    assert caught.value.detail == "signature_not_yet_current"
    assert caught.value.message.startswith(
        "Signature not yet current: 20260102T030405Z is still"
    )


def test_v02_messages_name_the_bound() -> None:
    """The messages say the time, the bound and our clock."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_time(NOW, NOW + timedelta(minutes=16))

    assert caught.value.message == (
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030505Z"
        " (20260102T032005Z - 15 min.)"
    )


@pytest.mark.parametrize("off", [-QUARTER, timedelta(0), QUARTER])
def test_v02_exactly_a_quarter_of_an_hour(off: timedelta) -> None:
    """Fifteen minutes to the microsecond are taken, either way."""
    check_time(NOW, NOW + off)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Fri, 02 Jan 2026 03:04:05",
        "Fri, 02 Jan 2026 03:04:05 CET",
        "Fri, 02 Jan 2026 03:04:05 +0100",
        "Fri, 2 Jan 2026 03:04:05 GMT",
        "fri, 02 Jan 2026 03:04:05 GMT",
        "Fri, 02 Jnn 2026 03:04:05 GMT",
        "Fri, 30 Feb 2026 03:04:05 GMT",
        "Fri, 02 Jan 2026 24:04:05 GMT",
        "Fri, 02 Jan 0000 03:04:05 GMT",
        "Friday, 02-Jan-26 03:04:05 GMT",
        "Fri Jan  2 03:04:05 2026",
        "Fri, 0\u0662 Jan 2026 03:04:05 GMT",
        "Fri, 02 Jan 2026 03:04:05 GMT\n",
    ],
)
def test_date_form(text: str) -> None:
    """A Date header is in a known form and exists."""
    with pytest.raises(IncompleteSignatureError) as caught:
        parse_date(text)

    assert "timestamp_form" == caught.value.detail


@pytest.mark.parametrize(
    "text",
    [
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "Fri, 02 Jan 2026 03:04:05 -0000",
        "Fri, 02 Jan 2026 03:04:05 +0000",
        "20260102T030405Z",
    ],
)
def test_date_is_utc(text: str) -> None:
    """A Date header says the time in UTC, in HTTP's form or in that of X-Amz-Date."""
    assert NOW == parse_date(text)


def test_timestamp_printed() -> None:
    """A time prints as it is signed."""
    assert TIMESTAMP == print_timestamp(NOW)


def test_service_of_another() -> None:
    """A scope is for the service that is asked for, and not for ours."""
    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_scope(SCOPE, TIMESTAMP, REGIONS, service="orders")

    assert SERVICE.replace("sts", "orders") == caught.value.message


@pytest.mark.parametrize(
    ("lifetime", "printed"),
    [(timedelta(seconds=60), "- 1 min."), (timedelta(seconds=61), "- 61 sec.")],
)
def test_lifetime_of_another_length(lifetime: timedelta, printed: str) -> None:
    """A lifetime counts from the signing, and the refusal says how long it was."""
    check_time(NOW - lifetime, NOW, lifetime=lifetime)

    with pytest.raises(SignatureDoesNotMatchError) as caught:
        check_time(NOW - lifetime - MOMENT, NOW, lifetime=lifetime)
    assert f"(20260102T030405Z {printed})" in caught.value.message


def test_lifetime_is_no_skew() -> None:
    """A short lifetime leaves the clocks of signers the room that they have."""
    check_time(NOW + QUARTER, NOW, lifetime=MOMENT)
