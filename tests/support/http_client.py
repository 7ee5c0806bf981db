"""Requests to the HTTP door, built by hand or signed by botocore, and its answers."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from lxml import etree

from support.http_world import HttpWorld

VERSION = {"Version": "2011-06-15"}
SECONDS_MAX = 10.0
FORM = "application/x-www-form-urlencoded; charset=utf-8"
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Keys:
    """Credentials, long-term or temporary."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    @classmethod
    def of(cls, world: HttpWorld, arn: str) -> Keys:
        """Returns the long-term keys of a user or root user."""
        key = world.key(arn)
        return cls(key.access_key_id, key.secret_access_key.reveal_text())

    @classmethod
    def issued(cls, answer: HttpAnswer) -> Keys:
        """Returns the credentials that an answer holds."""
        return cls(
            answer.text("AccessKeyId"),
            answer.text("SecretAccessKey"),
            answer.text("SessionToken"),
        )


@dataclass(frozen=True)
class HttpCall:
    """A request, whole, that a test may bend."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def but(self, **parts: Any) -> HttpCall:
        """Returns the request with other parts."""
        return replace(self, **parts)

    def plus(self, *headers: tuple[str, str]) -> HttpCall:
        """Returns the request with more headers."""
        return replace(self, headers=self.headers + headers)

    def having(self, name: str, value: str | None) -> HttpCall:
        """Returns the request with another value of a header, or without it."""
        kept = [each for each in self.headers if each[0].lower() != name.lower()]
        if value is not None:
            kept.append((name, value))
        return replace(self, headers=tuple(kept))

    def header(self, name: str) -> str:
        """Returns the value of a header that is there."""
        return {key.lower(): value for key, value in self.headers}[name.lower()]

    def raw(self) -> bytes:
        """Returns the request as it goes over the wire."""
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + self.body


@dataclass(frozen=True)
class HttpAnswer:
    """An answer of the door."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def xml(self) -> etree._Element:
        """The body as XML, which it has to be."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.fromstring(self.body, parser)

    @property
    def json(self) -> Any:
        """The body as JSON, which it has to be."""
        return json.loads(self.body)

    def text(self, name: str) -> str:
        """Returns the text of the one element of that name."""
        found = self.xml.xpath(f"//*[local-name() = '{name}']")
        assert 1 == len(found), (name, self.body)
        return found[0].text or ""

    def has(self, name: str) -> bool:
        """Tells whether there is an element of that name."""
        return bool(self.xml.xpath(f"//*[local-name() = '{name}']"))

    @property
    def code(self) -> str:
        """The AWS code of an error."""
        return self.text("Code")

    @property
    def refusal(self) -> tuple[int, str]:
        """The status and the AWS code of an error."""
        return self.status, self.code


def form(parameters: Mapping[str, str] | Pairs) -> bytes:
    """Encodes parameters as a body, blanks as plus signs."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    return urlencode(list(pairs)).encode()


def signed(
    world: HttpWorld,
    keys: Keys,
    parameters: Mapping[str, str] | Pairs,
    *,
    at: datetime | None = None,
    region: str = "us-east-1",
    service: str = "sts",
    headers: Pairs = (),
    host: str | None = None,
) -> HttpCall:
    """Returns a request that botocore has signed in its header.

    Args:
        world: whose door it is for, and whose clock it is signed by.
        keys: whose signature.
        parameters: those of the body; the version is added unless it is there.
        at: when it is signed; now unless it is said.
        region: what the signature names.
        service: what the signature names.
        headers: further headers, which are signed.
        host: the host that is signed; that of the door unless it is said.
    """
    return signed_body(
        world,
        keys,
        form(_versioned(parameters)),
        at=at,
        region=region,
        service=service,
        headers=headers,
        host=host,
    )


def signed_body(
    world: HttpWorld,
    keys: Keys,
    body: bytes,
    *,
    at: datetime | None = None,
    region: str = "us-east-1",
    service: str = "sts",
    headers: Pairs = (),
    host: str | None = None,
    target: str = "/",
) -> HttpCall:
    """Returns a request with exactly this body; see `signed`."""
    host = host or world.address
    request = AWSRequest("POST", f"http://{host}{target}", data=body)
    request.headers["Content-Type"] = FORM
    for name, value in headers:
        request.headers[name] = value
    signer = SigV4Auth(_credentials(keys), service, region)
    _sign(signer, request, at or world.clock.now())
    return HttpCall(
        "POST",
        target,
        (
            ("Host", host),
            ("Content-Length", str(len(body))),
            *request.headers.items(),
        ),
        body,
    )


def presigned(
    world: HttpWorld,
    keys: Keys,
    parameters: Mapping[str, str] | Pairs,
    *,
    method: str = "GET",
    at: datetime | None = None,
    expires: int = 60,
    headers: Pairs = (),
) -> HttpCall:
    """Returns a request whose query botocore has signed; see `signed`."""
    pairs = "&".join(
        f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in _versioned(parameters)
    )
    request = AWSRequest(method, f"http://{world.address}/?{pairs}")
    for name, value in headers:
        request.headers[name] = value
    signer = SigV4QueryAuth(_credentials(keys), "sts", "us-east-1", expires=expires)
    _sign(signer, request, at or world.clock.now())
    parts = urlsplit(request.url)
    length = (("Content-Length", "0"),) if method == "POST" else ()
    return HttpCall(
        method,
        f"/?{parts.query}",
        (("Host", world.address), *length, *request.headers.items()),
    )


def unsigned(world: HttpWorld, parameters: Mapping[str, str] | Pairs) -> HttpCall:
    """Returns a request without a signature."""
    body = form(_versioned(parameters))
    length = ("Content-Length", str(len(body)))
    headers = (("Host", world.address), ("Content-Type", FORM), length)
    return HttpCall("POST", "/", headers, body)


def get(world: HttpWorld, target: str, *headers: tuple[str, str]) -> HttpCall:
    """Returns a request without a body."""
    return HttpCall("GET", target, (("Host", world.address), *headers))


def ask(world: HttpWorld, call: HttpCall) -> HttpAnswer:
    """Sends a request and returns the answer."""
    (answer,) = exchange(world, call.raw(), answers=1)
    return answer


def exchange(
    world: HttpWorld, *parts: bytes, answers: int | None = None
) -> list[HttpAnswer]:
    """Sends bytes over one connection, and returns the answers.

    Args:
        world: whose door.
        parts: what is sent, one write each.
        answers: how many are read; None reads until the server ends the connection.
    """
    with connection(world) as link:
        for part in parts:
            link.sendall(part)
        return read_answers(link, answers)


def connection(world: HttpWorld) -> socket.socket:
    """Returns a connection of its own."""
    return socket.create_connection(("127.0.0.1", world.port), SECONDS_MAX)


def read_answers(link: socket.socket, count: int | None) -> list[HttpAnswer]:
    """Reads answers off a connection, all of them without a count."""
    reader = link.makefile("rb")
    found: list[HttpAnswer] = []
    while count is None or len(found) < count:
        answer = _read(reader)
        if answer is None:
            break
        found.append(answer)
    return found


def _read(reader: Any) -> HttpAnswer | None:
    try:
        line = reader.readline()
    except ConnectionResetError:
        return None
    if not line:
        return None
    status = int(line.split()[1])
    headers = {
        name.lower(): value for name, value in http.client.parse_headers(reader).items()
    }
    bare = status < 200 or status == 304
    length = 0 if bare else int(headers["content-length"])
    return HttpAnswer(status, headers, reader.read(length))


def _versioned(parameters: Mapping[str, str] | Pairs) -> list[tuple[str, str]]:
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    listed = list(pairs)
    if any(name == "Version" for name, _ in listed):
        return listed
    return [*listed, *VERSION.items()]


def _credentials(keys: Keys) -> Credentials:
    return Credentials(keys.access_key_id, keys.secret_access_key, keys.session_token)


def _sign(signer: Any, request: AWSRequest, at: datetime) -> None:
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    if isinstance(signer, SigV4QueryAuth):
        signer._modify_request_before_signing(request)
    else:
        # As `add_auth` does, which takes the time of day and not the test's.
        request.headers["X-Amz-Date"] = request.context["timestamp"]
        if signer.credentials.token:
            request.headers["X-Amz-Security-Token"] = signer.credentials.token
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signer._inject_signature_to_request(request, signer.signature(text, request))
