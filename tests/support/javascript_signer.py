"""The signer of the AWS SDK for JavaScript, in one process for many requests."""

from __future__ import annotations

import json
import shutil
import subprocess
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from support.http_client import FORM, HttpCall, Keys, Pairs, form
from support.http_world import HttpWorld
from support.javascript_client import FOLDER

_SECONDS_MAX = 15


class JavaScriptSigner:
    """Signs requests for a door, as a client in JavaScript does.

    Args:
        world: whose door they are for, and whose clock they are signed by.
    """

    def __init__(self, world: HttpWorld) -> None:
        node = shutil.which("node")
        assert node is not None, "node is missing; make test installs it on Debian"
        self._world = world
        self._process = subprocess.Popen(
            [node, "sign.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def signed(
        self, keys: Keys, pairs: Pairs, *, region: str, headers: Pairs
    ) -> HttpCall:
        """Returns a request that is signed in its header."""
        body = form(pairs).decode()
        sent = {"content-type": FORM, "content-length": str(len(body))}
        found = self._sign(
            keys,
            region=region,
            request={
                "method": "POST",
                "query": {},
                "headers": {**sent, **dict(headers)},
                "body": body,
            },
        )
        return HttpCall("POST", "/", tuple(found["headers"].items()), body.encode())

    def presigned(self, keys: Keys, pairs: Pairs, *, headers: Pairs) -> HttpCall:
        """Returns a request that is signed in its query."""
        found = self._sign(
            keys,
            region="us-east-1",
            expires=60,
            request={
                "method": "GET",
                "query": dict(pairs),
                "headers": dict(headers),
            },
        )
        query = "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}"
            for name, value in found["query"].items()
        )
        return HttpCall("GET", f"/?{query}", tuple(found["headers"].items()))

    def __enter__(self) -> Self:
        """Returns itself; the process is there already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(_SECONDS_MAX)

    def _sign(
        self, keys: Keys, *, request: dict[str, Any], **options: Any
    ) -> dict[str, Any]:
        host = {"host": self._world.address}
        asked = {
            "request": {
                "protocol": "http:",
                "hostname": "127.0.0.1",
                "port": self._world.port,
                "path": "/",
                **request,
                "headers": {**host, **request["headers"]},
            },
            "credentials": {
                "accessKeyId": keys.access_key_id,
                "secretAccessKey": keys.secret_access_key,
            },
            "service": "sts",
            "date": self._world.clock.now().isoformat(),
            **options,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(asked)}\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
