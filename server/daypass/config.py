"""The settings, and the only reader of the environment.

A setting is a flag (`--grpc-listen`), an environment variable
(`DAYPASS_GRPC_LISTEN`) and a key of `daypass.toml` (`grpc_listen`), and the first
of these that names it wins. An unknown flag or key is an error. An environment
variable that names no setting is not: `DAYPASS_ENDPOINT` is the client's, and
Kubernetes sets `DAYPASS_PORT` and more for a service that is called so.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import (
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    CliSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from daypass.config_doors import DoorSettings
from daypass.config_forms import (
    Seconds,
    Words,
    add_argument,
    issuer_base,
    readable,
    with_defaults,
)
from daypass.config_keys import KeySettings
from daypass.config_providers import ProviderSettings
from daypass.core import (
    chain_limits,
    key_limits,
    limits,
    provider_limits,
    worker_limits,
)
from daypass.core.store_urls import MEMORY, scheme_of

_SETTINGS_FILE = "daypass.toml"
_REGION = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]{1,1024}", re.ASCII)


# The least and the most of each span.
_SPANS: Mapping[str, tuple[timedelta, timedelta]] = {
    "revocation_lease": (limits.REVOCATION_LEASE_MIN, limits.REVOCATION_LEASE_MAX),
    "chain_lifetime_max": (
        chain_limits.CHAIN_LIFETIME_MIN,
        chain_limits.CHAIN_LIFETIME_MAX,
    ),
    "directory_poll": (limits.DIRECTORY_POLL_MIN, limits.DIRECTORY_POLL_MAX),
    "decision_retention": (
        limits.DECISION_RETENTION_MIN,
        limits.DECISION_RETENTION_MAX,
    ),
    "key_period": (key_limits.KEY_PERIOD_MIN, key_limits.KEY_PERIOD_MAX),
    "key_lead": (key_limits.KEY_LEAD_MIN, key_limits.KEY_LEAD_MAX),
    "key_settle": (key_limits.KEY_SETTLE_MIN, key_limits.KEY_SETTLE_MAX),
    "drain_time": (timedelta(0), limits.CALL_DEADLINE_MAX),
    "provider_key_lifetime": (
        provider_limits.KEY_SET_LIFETIME_MIN,
        provider_limits.KEY_SET_LIFETIME_MAX,
    ),
}


class InvalidSettingsError(Exception):
    """The settings do not make a server; the text says which and why."""


class Settings(DoorSettings, KeySettings, ProviderSettings):
    """The settings of `daypassd serve` and `daypassd dev`."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="DAYPASS_",
        extra="forbid",
        frozen=True,
        toml_file=_SETTINGS_FILE,
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_hide_none_type=True,
        cli_avoid_json=True,
    )

    directory: Path = Field(
        default=Path("directory"),
        description="The folder that declares accounts, users, roles and policies.",
    )
    state_dir: Path = Field(
        default=Path(".daypass"),
        description="Where the server keeps keys, the audit log and generated files.",
    )
    store: str = Field(
        default="memory://",
        # The URL may hold the password of the store.
        repr=False,
        description="Where sessions live: memory://, or redis:// and what begins so.",
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="The folder of `{file: …}` secrets; default STATE_DIR/secrets.",
    )
    unique_ids_file: Path | None = Field(
        default=None,
        description="Where unique ids are kept; default DIRECTORY/unique-ids.json.",
    )
    master_key_file: Path | None = Field(
        default=None,
        description="The key that encrypts keys at rest; default STATE_DIR/master.key.",
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="The master key itself, 32 bytes in base64; beats the file. Set it in"
        " the environment: a flag shows in the list of processes.",
    )
    audit_file: Path | None = Field(
        default=None,
        description="The audit log; default STATE_DIR/audit.jsonl.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=worker_limits.WORKERS_MAX,
        description="Processes that serve on the same addresses, 1-64; more than one"
        " need a store that they share.",
    )
    regions: Words = Field(
        default=(),
        description="The regions that a signature may name; none means any.",
    )
    saml_acs_urls: Words = Field(
        default=(),
        description="URLs beside AWS's sign-in URLs that SAML assertions may be made for.",
    )
    saml_audiences: Words = Field(
        default=(),
        description="Audiences beside urn:amazon:webservices of SAML assertions.",
    )
    revocation_lease: Seconds = Field(
        default=limits.REVOCATION_LEASE_DEFAULT,
        description="Seconds that a worker may vouch without reading revocations, 1-30.",
    )
    decision_retention: Seconds = Field(
        default=limits.DECISION_RETENTION_DEFAULT,
        description="Seconds that a denial can be explained and decoded, 60-86400.",
    )
    chain_depth_max: int = Field(
        default=chain_limits.CHAIN_DEPTH_MAX,
        ge=1,
        le=chain_limits.CHAIN_DEPTH_MAX,
        description="Sessions that a session may be chained from, 1-16.",
    )
    chain_lifetime_max: Seconds | None = Field(
        default=None,
        description="Seconds from the first session of a chain to the end of the last;"
        " none means no bound, as AWS has it. 3600-1209600.",
    )
    directory_poll: Seconds = Field(
        default=timedelta(seconds=1),
        description="Seconds between looks at the directory for changes, 0.1-3600.",
    )
    drain_time: Seconds = Field(
        default=limits.DRAIN_TIME_MAX,
        description="Seconds that calls may take to finish after SIGTERM, 0-60.",
    )
    issuer_url: str | None = Field(
        default=None,
        description="The https URL that tokens name as their issuer, and below which"
        " accounts get one for outbound identity tokens; without one no tokens are"
        " exchanged.",
    )
    reflection: bool = Field(
        default=False, description="Whether the API describes itself to anyone."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe event that is logged."
    )
    log_format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or text for people."
    )
    otlp_endpoint: str | None = Field(
        default=None,
        description="Where traces and metrics go (OTLP over gRPC); none means nowhere.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Takes flags, the environment and the settings file, in this order."""
        del dotenv_settings, file_secret_settings
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, toml

    @field_validator("regions")
    @classmethod
    def _regions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_REGION.fullmatch, value)):
            raise ValueError("a region is letters, digits and hyphens")
        return value

    @field_validator("issuer_url")
    @classmethod
    def _issuer(cls, value: str | None) -> str | None:
        return None if value is None else issuer_base(value)

    @field_validator("saml_acs_urls", "saml_audiences")
    @classmethod
    def _uris(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_URI.fullmatch, value)):
            raise ValueError("expected an absolute URI, such as https://sts.example")
        return value

    @field_validator(*_SPANS)
    @classmethod
    def _span(cls, value: timedelta | None, info: ValidationInfo) -> timedelta | None:
        if value is None:
            return None
        least, most = _SPANS[info.field_name or ""]
        if not least <= value <= most:
            seconds = f"{least.total_seconds():.9g} to {most.total_seconds():.9g}"
            raise ValueError(f"it is {seconds} seconds")
        return value

    @model_validator(mode="after")
    def _workers_share_store(self) -> Self:
        if self.workers > 1 and scheme_of(self.store) == MEMORY:
            raise ValueError(
                "workers: the store memory:// is within one process, and several"
                " would not know each other's sessions and revocations: set store to"
                " a redis:// URL, or workers to 1"
            )
        return self

    @classmethod
    def load(
        cls, arguments: Sequence[str], *, program: str, about: str, **fixed: object
    ) -> Settings:
        """Reads flags, the environment and `daypass.toml`.

        Args:
            arguments: the flags; `--help` prints all settings and exits.
            program: how the command is called, for that help.
            about: what the command does, for that help.
            fixed: defaults that this command sets unless a source names them.

        Raises:
            InvalidSettingsError: a setting is unknown, malformed or contradicts
                another.
        """
        settings_class = with_defaults(cls, about, fixed)
        try:
            flags = CliSettingsSource[object](
                settings_class,
                cli_prog_name=program,
                cli_parse_args=list(arguments),
                add_argument_method=add_argument,
            )
            return settings_class(**flags())
        except SettingsError as error:
            raise InvalidSettingsError(str(error)) from error
        except tomllib.TOMLDecodeError as error:
            raise InvalidSettingsError(f"{_SETTINGS_FILE}: {error}") from error
        except ValidationError as error:
            raise InvalidSettingsError(readable(error)) from error


def environment() -> Mapping[str, str]:
    """Returns the process environment, for secrets that the directory refers to."""
    return os.environ
