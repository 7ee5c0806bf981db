"""The settings of how keys follow each other."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from daypass.adapters.kms import kms_folder
from daypass.adapters.wrapped_key import is_key_id
from daypass.config_forms import Seconds, Words
from daypass.core import key_limits, limits
from daypass.keyring.schedule import RotationRules

_ACCOUNT: Final = re.compile(r"[0-9]{12}", re.ASCII)


class KeySettings(BaseSettings):
    """The part of the settings that is about keys."""

    key_period: Seconds = Field(
        default=key_limits.KEY_PERIOD_DEFAULT,
        description="Seconds from one key of a kind to the next, 1-7776000.",
    )
    key_lead: Seconds = Field(
        default=key_limits.KEY_LEAD_DEFAULT,
        description="Seconds that a key is published before it is active, at most"
        " key_period; verifiers may keep a key set for half of it, 0.5-604800.",
    )
    key_settle: Seconds = Field(
        default=key_limits.KEY_SETTLE_DEFAULT,
        description="Seconds that a key is active before it is used. A server that has"
        " not heard of its keys for half of it uses none, 2-600.",
    )
    next_master_key_file: Path | None = Field(
        default=None,
        description="Another key under which the key ring may be encrypted at rest,"
        " while master keys are changed.",
    )

    kms: str | None = Field(
        default=None,
        description="What wraps the master key: file:///FOLDER, where each ID.key is a"
        " key.",
    )
    kms_key_id: str | None = Field(
        default=None,
        description="The key of kms to wrap under, for commands that make or re-wrap a"
        " master key.",
    )
    kms_deployment: str = Field(
        default="",
        description="The name of this deployment: what is wrapped for one deployment is"
        " not unwrapped for another.",
    )
    operator_accounts: Words = Field(
        default=(),
        description="Accounts whose principals may be allowed to change keys and to"
        " follow all revocations; none means the organization's management account,"
        " or the only account.",
    )

    @field_validator("operator_accounts")
    @classmethod
    def _accounts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_ACCOUNT.fullmatch, value)):
            raise ValueError("an account is twelve digits")
        return value

    @field_validator("kms")
    @classmethod
    def _kms(cls, value: str | None) -> str | None:
        if value is not None:
            kms_folder(value)
        return value

    @field_validator("kms_key_id")
    @classmethod
    def _kms_key_id(cls, value: str | None) -> str | None:
        if value is not None and not is_key_id(value):
            raise ValueError("it is 1 to 256 characters of ASCII without spaces")
        return value

    @property
    def key_set_age_max(self) -> timedelta:
        """How long verifiers may keep a key set."""
        return min(limits.KEY_SET_AGE_MAX, self.key_lead / 2)

    @property
    def published_age_max(self) -> timedelta:
        """How long a worker that is cut off gives the key set that it has.

        With the time that a verifier keeps it this is half the settle time less than
        a key is published before it is used.
        """
        return self.key_set_age_max + self.key_settle / 2

    @property
    def rotation_rules(self) -> RotationRules:
        """How long a key spends in each state.

        A worker may go on for the settle time, and for half of it where it is cut
        off, with a key that others have replaced.
        """
        return RotationRules(
            period=self.key_period,
            lead=self.key_lead,
            keep=key_limits.KEY_WORK_LIFETIME_MAX
            + 1.5 * self.key_settle
            + key_limits.KEY_KEPT_AFTER,
        )

    @model_validator(mode="after")
    def _rules_that_fit(self) -> Self:
        if self.key_lead > self.key_period:
            raise ValueError("key_lead is not longer than key_period")
        if self.kms is None and (self.kms_key_id or self.kms_deployment):
            raise ValueError("kms_key_id and kms_deployment need kms")
        return self
