"""Where Daypass listens, and whether the way there is encrypted.

An answer may carry a secret access key, so the client speaks in clear only to
this machine; anything else takes TLS, or a scheme with an alarming name.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from daypass_client.errors import ConfigurationError

DEFAULT_ENDPOINT: Final = "127.0.0.1:50051"
_HTTPS_PORT: Final = 443
_PORT_MAX: Final = 65_535
_FORM: Final = re.compile(
    r"(?:(?P<scheme>[a-z-]+)://)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?/?"
)
_SCHEMES: Final = frozenset({"http", "https", "unsafe-plaintext"})
_HINT: Final = (
    "Write host:port, https://host:port, or unix:/path/to/socket; in clear it is"
    " http://host:port for this machine and unsafe-plaintext://host:port for others."
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to dial.

    Attributes:
        target: the address in gRPC's spelling.
        encrypted: whether TLS is spoken.
    """

    target: str
    encrypted: bool

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Reads an endpoint.

        Without a scheme it means clear text to this machine and TLS to others.

        Raises:
            ConfigurationError: it is malformed, or would speak in clear to
                another machine without saying so.
        """
        if text.startswith("unix:/"):
            return cls(text, encrypted=False)
        form = _FORM.fullmatch(text)
        if form is None or (form["scheme"] or "http") not in _SCHEMES:
            raise ConfigurationError(
                f"The endpoint {text!r} is not one to dial.", hint=_HINT
            )
        host, scheme = form["host"], form["scheme"]
        target = f"{host}:{_port(form['port'], scheme, text)}"
        if scheme == "https" or (scheme is None and not _is_loopback(host)):
            return cls(target, encrypted=True)
        if scheme == "http" and not _is_loopback(host):
            raise ConfigurationError(
                f"The endpoint {text!r} would send credentials in clear to another"
                " machine.",
                hint="Use https://, or unsafe-plaintext:// on a network you trust.",
            )
        return cls(target, encrypted=False)

    def __str__(self) -> str:
        """Writes the endpoint so that `parse` reads the same."""
        if self.target.startswith("unix:"):
            return self.target
        if self.encrypted:
            return f"https://{self.target}"
        loopback = _is_loopback(self.target.rpartition(":")[0])
        return self.target if loopback else f"unsafe-plaintext://{self.target}"


def _port(text: str | None, scheme: str | None, endpoint: str) -> int:
    if text is None and scheme == "https":
        return _HTTPS_PORT
    port = int(text or 0)
    if not 0 < port <= _PORT_MAX:
        raise ConfigurationError(
            f"The endpoint {endpoint!r} needs a port, 1 to {_PORT_MAX:,}.", hint=_HINT
        )
    return port


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
