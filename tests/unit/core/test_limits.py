"""The bounds fit one another."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest

from daypass.core import chain_limits, limits
from daypass.core.identifiers import encode_access_key_id

PAIRS = sorted(
    name.removesuffix("_MIN")
    for name in vars(limits)
    if name.endswith("_MIN") and hasattr(limits, f"{name.removesuffix('_MIN')}_MAX")
)


def _bound(name: str) -> Any:
    return getattr(limits, name)


@pytest.mark.parametrize("name", PAIRS)
def test_least_below_most(name: str) -> None:
    """The least of a range is not negative and below its most, the default between."""
    least, most = _bound(f"{name}_MIN"), _bound(f"{name}_MAX")
    default = getattr(limits, f"{name}_DEFAULT", least)

    assert type(least)() <= least <= default <= most


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("CHAINED_SESSION_SECONDS_MAX", "ROLE_SESSION_SECONDS_MAX"),
        ("ROLE_SESSION_SECONDS_MAX", "USER_SESSION_SECONDS_MAX"),
        ("ROLE_SESSION_SECONDS_MIN", "ROOT_TASK_SESSION_SECONDS_MAX"),
        ("SESSION_TOKEN_BYTES_MAX", "TOKEN_BYTES_MAX"),
        ("TOKEN_BYTES_MAX", "METADATA_BYTES_MAX"),
        ("METADATA_BYTES_SOFT_MAX", "METADATA_BYTES_MAX"),
        ("SESSION_POLICY_CHARACTERS_MAX", "POLICY_DOCUMENT_CHARACTERS_MAX"),
        ("POLICY_DOCUMENT_CHARACTERS_MAX", "REQUEST_MESSAGE_BYTES_MAX"),
        ("PACKED_POLICY_BYTES_MAX", "UNPACKED_POLICY_BYTES_MAX"),
        ("STREAMS_PER_CONNECTION_MAX", "CONCURRENT_CALLS_MAX"),
        ("CONCURRENT_CALLS_MAX", "PENDING_CALLS_MAX"),
        ("CONCURRENT_CALLS_MAX", "STORE_QUEUE_MAX"),
        ("CONCURRENT_CALLS_MAX", "AUDIT_QUEUE_RECORDS_MAX"),
        ("STORE_CALL_TIME_MAX", "STORE_WAIT_TIME_MAX"),
        ("STORE_WAIT_TIME_MAX", "REVOCATION_LEASE_DEFAULT"),
        ("STORE_WAIT_TIME_MAX", "CALL_DEADLINE_DEFAULT"),
        ("AUDIT_WRITE_TIME_MAX", "CALL_DEADLINE_DEFAULT"),
        ("CALL_DEADLINE_DEFAULT", "CALL_DEADLINE_MAX"),
        ("OWN_TOKEN_LEEWAY", "SIGNATURE_SKEW_MAX"),
        ("CONNECTION_IDLE_MAX", "CONNECTION_AGE_MAX"),
        ("DIRECTORY_FILE_BYTES_MAX", "DIRECTORY_BYTES_MAX"),
        ("STORE_BATCH_MAX", "STORE_QUEUE_MAX"),
        ("AUDIT_BATCH_MAX", "AUDIT_QUEUE_RECORDS_MAX"),
        ("SECRET_ACCESS_KEY_CHARACTERS_MIN", "SECRET_ACCESS_KEY_CHARACTERS_MAX"),
        ("PAGE_SIZE_DEFAULT", "PAGE_SIZE_MAX"),
    ],
)
def test_one_bound_within_another(smaller: str, larger: str) -> None:
    """A bound that lies within another is not above it."""
    assert _bound(smaller) <= _bound(larger)


def test_packed_policies_fit_the_token() -> None:
    """Packed policies, in base64 twice, leave a quarter of the token for the rest."""
    in_token = limits.PACKED_POLICY_BYTES_MAX * 4 // 3 * 4 // 3

    assert in_token <= limits.SESSION_TOKEN_BYTES_MAX * 3 // 4


def test_ancestors_fit_the_token() -> None:
    """The ids of the longest chain leave room beside the longest packed policies."""
    in_token = limits.PACKED_POLICY_BYTES_MAX * 4 // 3 * 4 // 3
    key = len(encode_access_key_id("ASIA", "1" * 12, 0)) + len('"",')
    chain = chain_limits.CHAIN_DEPTH_MAX * key * 4 // 3

    assert in_token + chain < limits.SESSION_TOKEN_BYTES_MAX


def test_largest_batch_fits() -> None:
    """A whole batch has a KiB a request, and its tokens fit the answer."""
    assert 1024 * limits.BATCH_ITEMS_MAX <= limits.REQUEST_MESSAGE_BYTES_MAX
    tokens = limits.SESSION_TOKEN_BYTES_MAX * limits.BATCH_ITEMS_MAX
    assert tokens < limits.RESPONSE_MESSAGE_BYTES_MAX


def test_revocations_outlive_sessions() -> None:
    """The log is forgotten only when the longest session and its day have passed."""
    longest = timedelta(seconds=limits.USER_SESSION_SECONDS_MAX)

    assert (
        longest + limits.REVOCATION_KEPT_AFTER_EXPIRY < limits.REVOCATION_LOG_IDLE_MAX
    )


def test_json_stays_on_the_stack() -> None:
    """The deepest document is far from the end of Python's stack."""
    assert limits.JSON_DEPTH_MAX * 10 < sys.getrecursionlimit()
    assert limits.JSON_NUMBER_CHARACTERS_MAX < sys.get_int_max_str_digits()
