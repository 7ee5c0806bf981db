"""Strategies for records of sessions with anything in them."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from daypass.core.revocation import Epoch
from daypass.core.session import CallBinding, SessionKind, SessionRecord

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
INSTANTS = st.datetimes(
    # NOTE: the bounds have no zone of their own; `timezones` gives it.
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
RECORDS = st.builds(
    SessionRecord,
    access_key_id=TEXT,
    kind=st.sampled_from(SessionKind),
    account_id=TEXT,
    principal_id=TEXT,
    principal_arn=TEXT,
    session_name=TEXT,
    issue_time=INSTANTS,
    expire_time=INSTANTS,
    issued_to=TEXT,
    parent_access_key_id=TEXT,
    origin_id=TEXT,
    epoch=st.builds(Epoch, TEXT, st.integers(0, 2**53)),
    ancestors=st.lists(TEXT, max_size=16).map(tuple),
    source_identity=st.none() | TEXT,
    binding=st.none() | st.builds(CallBinding, TEXT, TEXT, TEXT, INSTANTS),
)
