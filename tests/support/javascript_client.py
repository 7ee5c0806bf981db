"""Clients in JavaScript: the AWS SDK and jose, each call in a process of its own.

`make test` installs them from their lock; see `tests/gateway/javascript`.
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
    request = {
        "endpoint": world.url,
        "credentials": _credentials(keys),
        "operation": operation,
        "parameters": parameters,
    }
    found: dict[str, Any] = _run("client.mjs", request)
    return found


def verified(
    key_set: str, *checks: dict[str, Any], host: str | None = None
) -> list[dict[str, Any]]:
    """Has jose verify tokens with the keys of one place.

    Args:
        key_set: where the keys are.
        checks: each a token, the time, and the options of jose.
        host: the host that the keys are asked of, where the address says another.

    Returns:
        For each what the token says, or the code of the error.
    """
    request = {
        "keySet": key_set,
        "checks": checks,
        "headers": {} if host is None else {"host": host},
    }
    found: list[dict[str, Any]] = _run("verify.mjs", request)
    return found


def _run(program: str, request: dict[str, Any]) -> Any:
    """Returns what a program answers to a request, both as JSON."""
    node = shutil.which("node")
    assert node is not None, "node is missing; make test installs it on Debian"
    done = subprocess.run(
        [node, program],
        cwd=FOLDER,
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS_MAX,
    )
    assert 0 == done.returncode, done.stderr
    return json.loads(done.stdout)


def _credentials(keys: Keys | None) -> dict[str, str | None] | None:
    if keys is None:
        return None
    return {
        "accessKeyId": keys.access_key_id,
        "secretAccessKey": keys.secret_access_key,
        "sessionToken": keys.session_token,
    }
