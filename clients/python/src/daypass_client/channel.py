"""How the channel to the server is made: bounds, retries and TLS, all written out.

Retries are gRPC's own, set by a service config: they wait with jitter, obey the
server's push-back, stop at a budget, and end with the call's deadline.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Final

import grpc

from daypass_client import limits
from daypass_client._version import __version__
from daypass_client.endpoint import Endpoint
from daypass_client.errors import ConfigurationError

# NOTE: these methods issue credentials anew each time, so a call that was
# refused for its rate is left to the caller; see sts_service.proto.
_MINTING_METHODS: Final = (
    {"service": "daypass.api.sts.v1.SecurityTokenService", "method": "AssumeRole"},
    {"service": "daypass.api.sts.v1.SecurityTokenService", "method": "BatchAssumeRole"},
)
_ANY_METHOD: Final[tuple[dict[str, str], ...]] = ({},)

ChannelOptions = tuple[tuple[str, str | int], ...]


def service_config() -> str:
    """Returns gRPC's service config: which failures are tried again, and how."""
    return json.dumps(
        {
            "methodConfig": [
                _method_config(_MINTING_METHODS, ["UNAVAILABLE"]),
                _method_config(_ANY_METHOD, ["UNAVAILABLE", "RESOURCE_EXHAUSTED"]),
            ],
            "retryThrottling": {
                "maxTokens": limits.RETRY_BUDGET_CALLS,
                "tokenRatio": limits.RETRY_BUDGET_PER_SUCCESS,
            },
        }
    )


def _method_config(
    names: tuple[dict[str, str], ...], codes: list[str]
) -> dict[str, object]:
    return {
        "name": names,
        "retryPolicy": {
            "maxAttempts": limits.ATTEMPTS_MAX,
            "initialBackoff": _seconds(limits.RETRY_PAUSE_MIN),
            "maxBackoff": _seconds(limits.RETRY_PAUSE_MAX),
            "backoffMultiplier": limits.RETRY_PAUSE_FACTOR,
            "retryableStatusCodes": codes,
        },
    }


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():.3f}s"


def channel_options(endpoint: Endpoint) -> ChannelOptions:
    """Returns the options of a channel, security options included."""
    return (
        ("grpc.enable_retries", 1),
        ("grpc.service_config", service_config()),
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
