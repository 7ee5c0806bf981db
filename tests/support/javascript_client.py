"""The AWS SDK for JavaScript as a client, in a process of its own.

`make test` installs it from its lock; see `tests/gateway/javascript`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from support.http_client import Keys
from support.http_world import HttpWorld

FOLDER = Path(__file__).parent.parent / "gateway" / "javascript"
_SECONDS_MAX = 15


def call(
    world: HttpWorld, keys: Keys | None, operation: str, **parameters: object
) -> dict[str, Any]:
    """Calls an operation; returns what the SDK made of it, answer or error.

    Args:
        world: whose door.
        keys: who calls; None for an operation whose request is the proof.
        operation: its name, such as `AssumeRole`.
        parameters: in the spelling of the SDK.
    """
    node = shutil.which("node")
    assert node is not None, "node is missing; make test installs it on Debian"
    request = {
        "endpoint": world.url,
        "credentials": _credentials(keys),
        "operation": operation,
        "parameters": parameters,
    }
    done = subprocess.run(
        [node, "client.mjs"],
        cwd=FOLDER,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS_MAX,
    )
    assert 0 == done.returncode, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _credentials(keys: Keys | None) -> dict[str, str | None] | None:
    if keys is None:
        return None
    return {
        "accessKeyId": keys.access_key_id,
        "secretAccessKey": keys.secret_access_key,
        "sessionToken": keys.session_token,
    }
