"""A proxy that ends TLS for a door, as those in front of servers do."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from support.http_world import HttpWorld

_SECONDS_MAX = 10
_OF_CONNECTION = {"connection", "transfer-encoding"}


@contextmanager
def proxy_of(
    world: HttpWorld, tls: ssl.SSLContext, *, rewrite: str | None = None
) -> Iterator[int]:
    """Runs a proxy in front of a door, and yields its port.

    It appends the address of its client to what that said of others, as proxies do.

    Args:
        world: whose door.
        tls: what the proxy shows to clients.
        rewrite: the host that it asks the door for, in place of the client's; it hands
            that on in `X-Forwarded-Host` then.
    """

    class Handler(BaseHTTPRequestHandler):
        """Hands one request on."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            """Hands on a request with a body."""
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            link = http.client.HTTPConnection("127.0.0.1", world.port, _SECONDS_MAX)
            try:
                link.request(self.command, self.path, body, self._handed_on())
                answer = link.getresponse()
                content = answer.read()
            finally:
                link.close()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OF_CONNECTION:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST  # noqa: N815 - the name is that of the library.

        def log_message(self, *_: object) -> None:
            """Logs nothing."""

        def _handed_on(self) -> dict[str, str]:
            found = {
                name: value
                for name, value in self.headers.items()
                if name.lower() not in _OF_CONNECTION
            }
            said = self.headers.get("x-forwarded-for")
            own = self.client_address[0]
            found["X-Forwarded-For"] = own if said is None else f"{said}, {own}"
            found["X-Forwarded-Proto"] = "https"
            if rewrite is not None:
                found["X-Forwarded-Host"] = self.headers["host"]
                found["Host"] = rewrite
            return found

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join(_SECONDS_MAX)
