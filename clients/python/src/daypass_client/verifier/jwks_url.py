"""Fetches a key set from an HTTP door or an issuer.

One request, without credentials, to the host of the URL and no other: a redirection
is a failure. In clear only to this machine.
"""

from __future__ import annotations

import ipaddress
import ssl
import time
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from daypass_client import limits
from daypass_client._version import __version__
from daypass_client.errors import ConfigurationError, Failure, UnavailableError
from daypass_client.http_body import read_body
from daypass_client.values import KeySet
from daypass_client.verifier.jwks import parse_key_set
from daypass_client.verifier.key_ring import InvalidKeySetError

_OK: Final = 200
_HEADERS: Final = {
    "accept": "application/jwk-set+json, application/json",
    "user-agent": f"daypass-client-python/{__version__}",
}


class JwksUrl:
    """The URL of a key set, such as `https://daypass.example/.well-known/jwks.json`.

    Args:
        url: the URL; `http://` for this machine only.
        ca_bundle: certificates to trust in place of those of this machine.
        timeout: how long one request may take.

    Raises:
        ConfigurationError: the URL is not such, or the certificates cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        ca_bundle: Path | None = None,
        timeout: timedelta = limits.CALL_TIMEOUT_DEFAULT,
    ) -> None:
        try:
            parts = urlsplit(url)
            host, self._port = parts.hostname, parts.port
        except ValueError:
            raise _not_a_url() from None
        encrypted = parts.scheme == "https"
        clear = parts.scheme == "http" and _is_loopback(host or "")
        if not host or parts.username or parts.fragment or not (encrypted or clear):
            raise _not_a_url()
        self._host = host
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout = timeout.total_seconds()
        self._tls = _tls(ca_bundle) if encrypted else None

    def fetch(self) -> KeySet:
        """Asks for the key set.

        Raises:
            UnavailableError: it cannot be had, or is not one.
        """
        end = time.monotonic() + self._timeout
        connection = self._connection()
        try:
            connection.request("GET", self._path, headers=_HEADERS)
            response = connection.getresponse()
            if response.status != _OK:
                raise _unavailable(f"The answer is {response.status}.")
            data = read_body(response, end=end, size_max=limits.KEY_SET_BYTES_MAX)
            control = response.headers.get("cache-control", "")
            return parse_key_set(data, cache_control=control)
        except (OSError, HTTPException) as error:
            raise _unavailable(f"It cannot be had: {error}.") from error
        except InvalidKeySetError as error:
            raise _unavailable(f"It is not to be used: {error}.") from error
        finally:
            connection.close()

    def _connection(self) -> HTTPConnection:
        if self._tls is None:
            return HTTPConnection(self._host, self._port, timeout=self._timeout)
        return HTTPSConnection(
            self._host, self._port, timeout=self._timeout, context=self._tls
        )


def _tls(ca_bundle: Path | None) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(
            cafile=None if ca_bundle is None else str(ca_bundle)
        )
    except OSError as error:
        raise ConfigurationError(
            "The certificates cannot be read.", file=str(ca_bundle)
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _not_a_url() -> ConfigurationError:
    return ConfigurationError(
        "That is not the URL of a key set.",
        hint="Write https://host/path; http:// is for this machine only.",
    )


def _unavailable(message: str) -> UnavailableError:
    failure = Failure("UNAVAILABLE", "KeySetUnavailable", f"The key set: {message}")
    return UnavailableError(failure, hint="Check the URL, then ask again.")
