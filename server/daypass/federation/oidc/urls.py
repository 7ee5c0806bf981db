"""URLs of identity providers, in one strict form.

What this module takes has one reading: no user, no fragment, no backslash, no
blank, no character outside ASCII, no dot segment, and a host that is a DNS name or
an address in its one spelling. So the host that is checked is the host that is
asked (attacks O01, O02, O04, O05, O26).

SPEC: RFC 3986, narrowed; sts-operations 1.3 (what a provider's URL may be).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from daypass.core import provider_limits as limits
from daypass.federation.oidc.errors import DocumentRefusedError

_URL: Final = re.compile(
    r"https://(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*+)*)"
    r"(?:\?(?P<query>[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*+))?",
    re.ASCII,
)
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
# A last label of digits, or of 0x and digits, makes resolvers read a number.
_NUMBER: Final = re.compile(r"(?:[0-9]++|0[xX][0-9a-fA-F]*+)", re.ASCII)
# An escape stands for a printable character that is no slash and no backslash.
_ESCAPES: Final = re.compile(r"(?:[^%]|%(?!2[fF]|5[cC]|7[fF])[2-7][0-9A-Fa-f])*")
_DOTS: Final = frozenset({".", ".."})
_PORT_MAX: Final = 65_535
_PORT_HTTPS: Final = 443


@dataclass(frozen=True, slots=True)
class HttpsUrl:
    """A URL that was checked. Make one with `parse_https_url`.

    Attributes:
        text: the whole of it, as it was given.
        host: the host, an IPv6 address without its brackets.
        port: the port, 443 where none was given.
        target: path and query as they are sent, `/` at the least.
    """

    text: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """The host as the Host header has it, with the port where it is not 443."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORT_HTTPS else f"{host}:{self.port}"


def parse_https_url(text: str) -> HttpsUrl:
    """Checks a URL that a document names.

    Raises:
        DocumentRefusedError: it is not https, or not in the form that is taken.
    """
    if len(text) > limits.PROVIDER_URL_CHARACTERS_MAX:
        raise DocumentRefusedError("url_too_long")
    match = _URL.fullmatch(text)
    if match is None:
        raise DocumentRefusedError("url_malformed")
    path, query = match["path"], match["query"]
    port = int(match["port"] or _PORT_HTTPS)
    if port > _PORT_MAX:
        raise DocumentRefusedError("url_malformed")
    target = (path or "/") + ("" if query is None else f"?{query}")
    if not _ESCAPES.fullmatch(target) or not _DOTS.isdisjoint(path.split("/")):
        raise DocumentRefusedError("url_ambiguous")
    return HttpsUrl(text, _host(match["host"]), port, target)


def check_issuer(text: str) -> HttpsUrl:
    """Checks the URL of a provider, which tokens and documents repeat exactly.

    Raises:
        DocumentRefusedError: it is longer than 255 characters, not https, or has a
            port, a query or another part that an issuer has not.
    """
    if len(text) > limits.ISSUER_CHARACTERS_MAX:
        raise DocumentRefusedError("url_too_long")
    url = parse_https_url(text)
    if "?" in text or text.removeprefix("https://").partition("/")[0] != url.host:
        raise DocumentRefusedError("not_an_issuer")
    return url


def _host(text: str) -> str:
    """Returns the host, or refuses what may be read in two ways."""
    bare = text.removeprefix("[").removesuffix("]")
    bracketed = text != bare
    if bracketed or _NUMBER.fullmatch(text.rpartition(".")[2]):
        try:
            address = ipaddress.ip_address(bare)
        except ValueError:
            raise DocumentRefusedError("url_host_malformed") from None
        if isinstance(address, ipaddress.IPv6Address) is not bracketed:
            raise DocumentRefusedError("url_host_malformed")
        return bare
    if not all(map(_LABEL.fullmatch, text.split("."))):
        raise DocumentRefusedError("url_host_malformed")
    return text
