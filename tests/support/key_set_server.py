"""An HTTP server on a free port of this machine that answers as a test says."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Self


class KeySetServer:
    """Answers each request with what is set, and counts them."""

    def __init__(self) -> None:
        self.status = 200
        self.body = b""
        self.headers: dict[str, str] = {}
        self.paths: list[str] = []
        self.authorizations: list[str | None] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            """Hands out the answer."""

            def do_GET(self) -> None:
                """Answers a request."""
                owner.paths.append(self.path)
                owner.authorizations.append(self.headers["authorization"])
                self.send_response(owner.status)
                headers = {"content-length": str(len(owner.body)), **owner.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(owner.body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Says nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks.json"

    def __enter__(self) -> Self:
        """Begins to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Answers no longer."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
