"""How the channel to the server is made: bounds and TLS, all written out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Final

import grpc

from daypass_client import limits
from daypass_client._version import __version__
from daypass_client.endpoint import Endpoint
from daypass_client.errors import ConfigurationError
from daypass_client.profiles.profile import Profile

_MILLISECOND: Final = timedelta(milliseconds=1)

ChannelOptions = tuple[tuple[str, str | int], ...]


def channel_options(endpoint: Endpoint) -> ChannelOptions:
    """Returns the options of a channel, security options included."""
    return (
        # We repeat calls ourselves; see `retries`.
        ("grpc.enable_retries", 0),
        # Who controls the name service must not control our retries.
        ("grpc.service_config_disable_resolution", 1),
        # What goes in clear goes to its machine, and never through a proxy.
        ("grpc.enable_http_proxy", int(endpoint.encrypted)),
        (
            "grpc.initial_reconnect_backoff_ms",
            limits.RECONNECT_PAUSE_MIN // _MILLISECOND,
        ),
        ("grpc.max_reconnect_backoff_ms", limits.RECONNECT_PAUSE_MAX // _MILLISECOND),
        ("grpc.max_send_message_length", limits.REQUEST_BYTES_MAX),
        ("grpc.max_receive_message_length", limits.RESPONSE_BYTES_MAX),
        ("grpc.primary_user_agent", f"daypass-client-python/{__version__}"),
    )


def tls_credentials(profile: Profile) -> grpc.ChannelCredentials:
    """Returns what TLS trusts, and what it shows of this client.

    Both are files, or nothing: gRPC's own roots, and no certificate.

    Raises:
        ConfigurationError: a file cannot be read, or one of two is not named.
    """
    certificate, key = profile.client_certificate, profile.client_key
    if (certificate is None) != (key is None):
        raise ConfigurationError(
            "Of the certificate of this client and its key only one is named.",
            hint="Name both, or neither.",
        )
    return grpc.ssl_channel_credentials(
        root_certificates=_read("certificates", profile.ca_bundle),
        private_key=_read("key of this client", key),
        certificate_chain=_read("certificate of this client", certificate),
    )


def open_channel(profile: Profile) -> grpc.Channel:
    """Makes a channel for blocking calls; it connects when first used."""
    endpoint = profile.endpoint
    options = channel_options(endpoint)
    if endpoint.encrypted:
        return grpc.secure_channel(
            endpoint.target, tls_credentials(profile), options=options
        )
    return grpc.insecure_channel(endpoint.target, options=options)


def open_async_channel(profile: Profile) -> grpc.aio.Channel:
    """Makes a channel for awaited calls; it connects when first used."""
    endpoint = profile.endpoint
    options = channel_options(endpoint)
    if endpoint.encrypted:
        return grpc.aio.secure_channel(
            endpoint.target, tls_credentials(profile), options=options
        )
    return grpc.aio.insecure_channel(endpoint.target, options=options)


def _read(what: str, file: Path | None) -> bytes | None:
    if file is None:
        return None
    try:
        return file.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The {what} cannot be read: {error.strerror}.", file=str(file)
        ) from error
