"""The settings of the doors: where they listen, whom they trust, their TLS."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Final, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings

from daypass.config_forms import Words
from daypass.core.listening import Network, is_local, split_address

_HOST: Final = re.compile(r"\*|[A-Za-z0-9]([A-Za-z0-9.-]{0,253}[A-Za-z0-9])?", re.ASCII)


class DoorSettings(BaseSettings):
    """The settings of both doors."""

    grpc_listen: str = Field(
        default="127.0.0.1:50051",
        description="HOST:PORT of the gRPC door; port 0 takes a free one.",
    )
    engine: Literal["auto", "aio", "cq"] = Field(
        default="auto",
        description="What drives the gRPC door: aio is grpc.aio, cq the completion"
        " queue; auto is cq with releases of grpcio that it is known to work with.",
    )
    http_listen: str = Field(
        default="127.0.0.1:8080",
        description="HOST:PORT of the HTTP door; port 0 takes a free one, empty is off.",
    )
    http_hosts: Words = Field(
        default=(),
        description="The host names that the HTTP door is called by, besides localhost"
        " and IP addresses; * means any.",
    )
    http_trusted_proxies: Words = Field(
        default=(),
        description="IP addresses or networks of proxies whose X-Forwarded-For, -Proto"
        " and -Host are believed.",
    )
    tls_cert_file: Path | None = Field(
        default=None,
        description="The certificate of both doors with its chain, PEM; read again when"
        " it changes.",
    )
    tls_key_file: Path | None = Field(
        default=None, description="The private key of the certificate, PEM."
    )
    tls_client_ca_file: Path | None = Field(
        default=None,
        description="The authorities that client certificates must come from, PEM;"
        " without it none is asked for.",
    )
    unsafe_plaintext: bool = Field(
        default=False,
        description="Allows a door beyond loopback without TLS; use behind a proxy.",
    )

    @property
    def trusted_proxies(self) -> tuple[Network, ...]:
        """The networks of `http_trusted_proxies`."""
        return tuple(map(ipaddress.ip_network, self.http_trusted_proxies))

    @field_validator("grpc_listen", "http_listen")
    @classmethod
    def _listen(cls, value: str) -> str:
        if value:
            split_address(value)
        return value

    @field_validator("grpc_listen")
    @classmethod
    def _always(cls, value: str) -> str:
        if not value:
            raise ValueError("the gRPC door is always there")
        return value

    @field_validator("http_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(map(_HOST.fullmatch, value)):
            raise ValueError("a host is a name without a port, or *")
        return value

    @field_validator("http_trusted_proxies")
    @classmethod
    def _proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @model_validator(mode="after")
    def _whole_tls(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError("tls_cert_file and tls_key_file come together")
        if self.tls_client_ca_file is not None and self.tls_cert_file is None:
            raise ValueError("tls_client_ca_file needs tls_cert_file")
        return self

    @model_validator(mode="after")
    def _no_plaintext_beyond_loopback(self) -> Self:
        if self.unsafe_plaintext or self.tls_cert_file is not None:
            return self
        for name in ("grpc_listen", "http_listen"):
            address = getattr(self, name)
            if address and not is_local(address):
                raise ValueError(
                    f"{name} {address} is beyond loopback and there is no TLS: set"
                    " tls_cert_file and tls_key_file, put a TLS proxy in front and set"
                    " unsafe_plaintext, or listen on 127.0.0.1"
                )
        return self
