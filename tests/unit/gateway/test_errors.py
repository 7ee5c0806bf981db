"""The envelopes of errors."""

from __future__ import annotations

import json

import pytest
from lxml import etree

from daypass.core import http_limits
from daypass.core.errors import (
    AccessDeniedError,
    DaypassError,
    IdpCommunicationError,
    InternalFailureError,
    InvalidActionError,
    MalformedInputError,
    ServiceUnavailableError,
    ThrottlingError,
)
from daypass.gateway.errors import MissingActionError, error_body
from daypass.gateway.render import Format


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (AccessDeniedError(), "Sender"),
        (ThrottlingError(), "Sender"),
        (IdpCommunicationError(), "Sender"),
        (InternalFailureError(), "Receiver"),
        (ServiceUnavailableError(), "Receiver"),
    ],
)
def test_type_of_error(error: DaypassError, kind: str) -> None:
    """What is not a fault of ours is the sender's, whatever may help (detail 51)."""
    found = json.loads(error_body(error, "r", Format.JSON).content)

    assert kind == found["Error"]["Type"]
    assert error.row.reason == found["Error"]["Code"]


def test_detail_50_request_id_is_a_sibling() -> None:
    """The request id stands beside the error, in both formats."""
    error = AccessDeniedError("inner", message="No <you>")

    root = etree.fromstring(error_body(error, "r-1", Format.XML).content)
    found = json.loads(error_body(error, "r-1", Format.JSON).content)

    assert ["Error", "RequestId"] == [etree.QName(each).localname for each in root]
    assert ["Type", "Code", "Message"] == [
        etree.QName(each).localname for each in root[0]
    ]
    assert ("r-1", "No <you>") == (root[1].text, root[0][2].text)
    assert ("r-1", "No <you>") == (found["RequestId"], found["Error"]["Message"])


def test_inner_reason_stays_inside() -> None:
    """What is for the log is in neither format."""
    error = AccessDeniedError("inner_reason")

    for form in Format:
        assert b"inner_reason" not in error_body(error, "r", form).content


def test_error_without_message() -> None:
    """An error that says nothing has no element for it (spec 0.2)."""
    body = error_body(MalformedInputError("integer_form", message=""), "r", Format.XML)

    assert b"Message" not in body.content


def test_long_message_is_cut() -> None:
    """A message is cut to a length that is sent."""
    most = http_limits.MESSAGE_CHARACTERS_MAX
    whole = error_body(AccessDeniedError(message="a" * most), "r", Format.XML)
    longer = error_body(AccessDeniedError(message="a" * (most + 1)), "r", Format.XML)

    assert b"a" * most in whole.content
    assert b"a" * (most - 3) + b"...<" in longer.content


@pytest.mark.parametrize("error", [InvalidActionError(), MissingActionError()])
def test_namespace_of_unknown_actions(error: DaypassError) -> None:
    """Operations that there are not are told in another namespace (spec 3.3)."""
    body = error_body(error, "r", Format.XML).content

    assert b"http://webservices.amazon.com/AWSFault/2005-15-09" in body


def test_missing_action_row() -> None:
    """The code that is the Query protocol's alone has a row like any other."""
    row = MissingActionError.row

    assert ("MissingAction", 400) == (row.reason, row.http_status)
