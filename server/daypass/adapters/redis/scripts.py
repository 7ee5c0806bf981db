"""What a script is that runs inside the server, and how it is called.

Scripts are fixed text; what varies are keys and arguments (attacks R14). They are
called by digest, and loaded again where the server has forgotten them.

Those that revoke, or that tell how far a worker is, may run when the memory of the
server is full: then nothing is issued, and revoking goes on (attacks R08).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from redis.exceptions import NoScriptError, OutOfMemoryError, ResponseError

from daypass.adapters.redis.commands import Commands
from daypass.adapters.redis.connection import Command, Reply, store_unavailable

# What a script answers instead of a result.
REPLACED: Final = -1
BEHIND: Final = -2
CROWDED: Final = -3
SHARED: Final = -6
DAMAGED: Final = -4
AHEAD: Final = -5

# A piece of scripts: the time of the server, in milliseconds since 1970.
NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""


@dataclass(frozen=True, slots=True)
class Script:
    """A script and the digest by which it is called."""

    text: str
    digest: str

    def call(self, keys: tuple[str, ...], *arguments: bytes | str | int) -> Command:
        """Returns the command that runs the script, if the server knows it."""
        return ("EVALSHA", self.digest, len(keys), *keys, *arguments)


def accepted(reply: Reply) -> Reply:
    """Returns a reply that is no error.

    Raises:
        StoreUnavailableError: the server refused the command.
    """
    if isinstance(reply, OutOfMemoryError):
        raise store_unavailable("store_full") from reply
    if isinstance(reply, ResponseError):
        raise store_unavailable("store_refused") from reply
    return reply


async def run_script(
    commands: Commands,
    script: Script,
    keys: tuple[str, ...],
    *arguments: bytes | str | int,
) -> Reply:
    """Runs a script and returns its result.

    Raises:
        StoreUnavailableError: there is no sure answer, or the server refused.
    """
    call = script.call(keys, *arguments)
    (reply,) = await commands.execute(call)
    if isinstance(reply, NoScriptError):
        # What the server does not know it has not run, so that asking again is safe.
        _, reply = await commands.execute(("SCRIPT", "LOAD", script.text), call)
    return accepted(reply)


def script(flags: str, body: str) -> Script:
    """Makes a script of a body that is fixed text."""
    text = f"#!lua flags={flags}\n{body}"
    # SHA-1 is how the server names scripts; nothing rests on it.
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    return Script(text, digest)
