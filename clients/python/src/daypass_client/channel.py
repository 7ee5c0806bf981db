"""How the channel to the server is made: bounds and TLS, all written out."""

from __future__ import annotations

from pathlib import Path

import grpc

from daypass_client import limits
from daypass_client._version import __version__
from daypass_client.endpoint import Endpoint
from daypass_client.errors import ConfigurationError

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
        ("grpc.max_send_message_length", limits.REQUEST_BYTES_MAX),
        ("grpc.max_receive_message_length", limits.RESPONSE_BYTES_MAX),
        ("grpc.primary_user_agent", f"daypass-client-python/{__version__}"),
    )


def tls_credentials(ca_bundle: Path | None) -> grpc.ChannelCredentials:
    """Returns what TLS trusts: a file of certificates, or else gRPC's own roots.

    Raises:
        ConfigurationError: the file cannot be read.
    """
    if ca_bundle is None:
        return grpc.ssl_channel_credentials()
    try:
        roots = ca_bundle.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            f"The certificates cannot be read: {error.strerror}.", file=str(ca_bundle)
        ) from error
    return grpc.ssl_channel_credentials(root_certificates=roots)


def open_channel(endpoint: Endpoint, ca_bundle: Path | None) -> grpc.Channel:
    """Makes a channel for blocking calls; it connects when first used."""
    options = channel_options(endpoint)
    if endpoint.encrypted:
        return grpc.secure_channel(
            endpoint.target, tls_credentials(ca_bundle), options=options
        )
    return grpc.insecure_channel(endpoint.target, options=options)


def open_async_channel(endpoint: Endpoint, ca_bundle: Path | None) -> grpc.aio.Channel:
    """Makes a channel for awaited calls; it connects when first used."""
    options = channel_options(endpoint)
    if endpoint.encrypted:
        return grpc.aio.secure_channel(
            endpoint.target, tls_credentials(ca_bundle), options=options
        )
    return grpc.aio.insecure_channel(endpoint.target, options=options)
