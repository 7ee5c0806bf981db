"""The settings of how keys follow each other, and what they refuse."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from daypass.config import InvalidSettingsError
from daypass.core import limits
from support.server_settings import settings_in

MINUTE = timedelta(minutes=1)
HOUR = 60 * MINUTE


def test_promise_3_by_default(tmp_path: Path) -> None:
    """By default a key signs for a day, and is published twice as long as it is kept."""
    settings = settings_in(tmp_path)
    rules = settings.rotation_rules

    assert (24 * HOUR, 10 * MINUTE) == (rules.period, rules.lead)
    assert limits.KEY_SET_AGE_MAX == settings.key_set_age_max
    assert 2 * settings.key_set_age_max <= rules.lead
    assert rules.keep > timedelta(seconds=limits.USER_SESSION_SECONDS_MAX) + MINUTE


def test_cut_off_worker_is_no_older_than_the_lead(tmp_path: Path) -> None:
    """A key set is never used for longer than a key is published before it is used."""
    for lead in ("1", "60", "86400"):
        settings = settings_in(tmp_path, "--key-lead", lead)

        oldest = settings.key_set_age_max + settings.published_age_max
        assert oldest < settings.key_lead + settings.key_settle


def test_revocations_end_verifying_first(tmp_path: Path) -> None:
    """By default a worker vouches for nothing before it uses no key."""
    settle = settings_in(tmp_path).key_settle

    assert settle / 2 > limits.REVOCATION_LEASE_MAX


@pytest.mark.parametrize(
    ("flags", "reason"),
    [
        (("--key-period", "0.9"), "it is 1 to 7776000 seconds"),
        (("--key-lead", "0.4"), "it is 0.5 to 604800 seconds"),
        (("--key-settle", "1.9"), "it is 2 to 600 seconds"),
        (("--key-settle", "601"), "it is 2 to 600 seconds"),
        (("--key-period", "60", "--key-lead", "61"), "not longer than key_period"),
        (("--kms", "vault://host"), "file:///FOLDER"),
        (("--kms", "file:///kms", "--kms-key-id", "a b"), "without spaces"),
        (("--kms", "file:///kms", "--kms-key-id", "x" * 257), "256 characters"),
        (("--kms-key-id", "first"), "need kms"),
        (("--kms-deployment", "prod"), "need kms"),
    ],
)
def test_settings_that_do_not_fit(
    tmp_path: Path, flags: tuple[str, ...], reason: str
) -> None:
    """What is out of its bounds is refused, and what does not fit the rest."""
    with pytest.raises(InvalidSettingsError, match=reason):
        settings_in(tmp_path, *flags)


def test_key_management_service(tmp_path: Path) -> None:
    """A service may be named alone, and ids may be as long as those of others."""
    arn = "arn:aws:kms:eu-central-1:111122223333:key/" + "x" * 214
    named = ("--kms", "file:///kms", "--kms-key-id", arn, "--kms-deployment", "a b")

    assert settings_in(tmp_path, "--kms", "file:///kms").kms_key_id is None
    assert (256, "a b") == (len(arn), settings_in(tmp_path, *named).kms_deployment)


def test_lead_as_long_as_period(tmp_path: Path) -> None:
    """A lead may be as long as a period."""
    settings = settings_in(tmp_path, "--key-period", "60", "--key-lead", "60")

    assert settings.rotation_rules.lead == settings.rotation_rules.period
