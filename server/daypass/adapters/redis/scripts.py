"""The scripts that run inside the server, and how they are called.

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


_NOW: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
"""

# Keeps the log for as long as it matters, and its entries a day longer than its
# head, so that a log that is forgotten is forgotten with its name.
_KEEP: Final = """
local function keep(least, idle)
  local known = tonumber(redis.call('HGET', KEYS[1], 'until')) or 0
  local last = math.max(known, least)
  if last ~= known then
    redis.call('HSET', KEYS[1], 'until', string.format('%.0f', last))
  end
  last = math.max(last, now + idle)
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', last))
  redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', last + 86400000))
end
"""

# The first argument of a script is the name of the log that the caller knows, and
# the second, where a script has this piece, the number up to which it knows it.
_SAME_LOG: Final = f"""
if redis.call('HGET', KEYS[1], 'incarnation') ~= ARGV[1] then return {REPLACED} end
"""
_NOT_AHEAD: Final = f"""
local sequence = tonumber(redis.call('HGET', KEYS[1], 'sequence'))
if tonumber(ARGV[2]) > sequence then return {BEHIND} end
"""

# KEYS: head, entries. ARGV: a fresh name, idle milliseconds, milliseconds of a lease.
# Returns the name. Of a log that was lost there may be workers that nobody knows of:
# the new one is settled when their leases are over.
BEGIN_LOG: Final = script(
    "allow-oom",
    _NOW
    + _KEEP
    + """
local incarnation = redis.call('HGET', KEYS[1], 'incarnation')
if not incarnation then
  redis.call('DEL', KEYS[1], KEYS[2])
  incarnation = ARGV[1]
  redis.call('HSET', KEYS[1], 'incarnation', incarnation, 'sequence', 0, 'trimmed', 0)
  local settled = string.format('%.0f', now + tonumber(ARGV[3]))
  redis.call('HSET', KEYS[1], 'settled', settled)
  keep(0, tonumber(ARGV[2]))
end
return incarnation
""",
)

# KEYS: head, entries. ARGV: the log's name, the packed revocation, until when it is
# kept, the caller's time, idle milliseconds. Returns the number.
# Entries go from the front only, and only when both clocks say so.
APPEND: Final = script(
    "allow-oom",
    _NOW
    + _KEEP
    + _SAME_LOG
    + """
local passed = math.min(now, tonumber(ARGV[4]))
for _, entry in ipairs(redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 16)) do
  if tonumber(entry[2][2]) >= passed then break end
  redis.call('XDEL', KEYS[2], entry[1])
  redis.call('HSET', KEYS[1], 'trimmed', string.match(entry[1], '^%d+'))
end
local sequence = redis.call('HGET', KEYS[1], 'sequence') + 1
local id = string.format('%.0f-0', sequence)
redis.call('XADD', KEYS[2], id, 'until', ARGV[3], 'revocation', ARGV[2])
redis.call('HSET', KEYS[1], 'sequence', string.format('%.0f', sequence))
keep(tonumber(ARGV[3]), tonumber(ARGV[5]))
return sequence
""",
)

# KEYS: head, entries. ARGV: the log's name, a number, how many entries.
# Returns the last number, the last that was trimmed, and the entries.
READ: Final = script(
    "no-writes",
    _SAME_LOG
    + _NOT_AHEAD
    + """
local trimmed = tonumber(redis.call('HGET', KEYS[1], 'trimmed'))
local start = '(' .. ARGV[2] .. '-0'
local entries = redis.call('XRANGE', KEYS[2], start, '+', 'COUNT', ARGV[3])
return {sequence, trimmed, entries}
""",
)

# KEYS: head, entries, workers. ARGV: the log's name, number, worker, milliseconds of
# its lease, idle milliseconds, the most workers. Returns the number of the last entry.
REPORT: Final = script(
    "allow-oom",
    _NOW
    + _KEEP
    + _SAME_LOG
    + _NOT_AHEAD
    + f"""
local known = redis.call('HEXISTS', KEYS[3], ARGV[3]) == 1
if not known and redis.call('HLEN', KEYS[3]) >= tonumber(ARGV[6]) then
  local workers = redis.call('HGETALL', KEYS[3])
  for i = 1, #workers, 2 do
    if tonumber(string.match(workers[i + 1], '%d+$')) <= now then
      redis.call('HDEL', KEYS[3], workers[i])
    end
  end
  if redis.call('HLEN', KEYS[3]) >= tonumber(ARGV[6]) then return {CROWDED} end
end
"""
    + """
local lease_end = now + tonumber(ARGV[4])
redis.call('HSET', KEYS[3], ARGV[3], string.format('%s %.0f', ARGV[2], lease_end))
local expire = redis.call('PEXPIRETIME', KEYS[3])
if expire < lease_end then
  redis.call('PEXPIREAT', KEYS[3], string.format('%.0f', lease_end))
end
keep(0, tonumber(ARGV[5]))
return sequence
""",
)

# KEYS: head, workers. ARGV: the log's name, a number, the name of earlier workers.
# Returns worker, number, worker, number, ….
# A worker that is ahead of the log has read another one, and has applied nothing.
# A log that does not say when it is settled never is.
APPLIED: Final = script(
    "no-writes",
    _NOW
    + _SAME_LOG
    + _NOT_AHEAD
    + """
local workers = redis.call('HGETALL', KEYS[2])
local live = {}
local settled = tonumber(redis.call('HGET', KEYS[1], 'settled')) or math.huge
if settled > now then live = {ARGV[3], 0} end
for i = 1, #workers, 2 do
  local number, lease_end = string.match(workers[i + 1], '^(%d+) (%d+)$')
  if tonumber(lease_end) > now then
    if tonumber(number) > sequence then number = '0' end
    table.insert(live, workers[i])
    table.insert(live, tonumber(number))
  end
end
return live
""",
)

# KEYS: the value. ARGV: the caller's time in microseconds, what is expected, the new
# value, until when the key is kept in milliseconds. Returns 1 if it was stored, else 0.
# A server whose clock has passed that time would acknowledge and forget at once.
SWAP: Final = script(
    "",
    _NOW
    + f"""
if tonumber(ARGV[4]) <= now then return {AHEAD} end
local live = ''
local held = redis.call('GET', KEYS[1])
if held then
  local expires = string.match(held, '^(%d+):')
  if expires == nil or #expires > 16 then return {DAMAGED} end
  if tonumber(expires) > tonumber(ARGV[1]) then
    live = '=' .. string.sub(held, #expires + 2)
  end
end
if live ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PXAT', ARGV[4])
return 1
""",
)

# KEYS: the sealed ring. ARGV: what is expected, the new ring. Returns 1 if it was
# stored, else 0. Keys follow each other also when the memory of the server is full.
REPLACE: Final = script(
    "allow-oom",
    """
local held = redis.call('GET', KEYS[1])
if (held and '=' .. held or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
return 1
""",
)

# KEYS: the workers. ARGV: worker, version, milliseconds, the most workers. Returns 1,
# or 0 where there are too many. Those whose time is over make room.
REPORT_RING: Final = script(
    "allow-oom",
    _NOW
    + """
local workers = redis.call('HGETALL', KEYS[1])
for i = 1, #workers, 2 do
  if tonumber(string.match(workers[i + 1], '%d+$')) <= now then
    redis.call('HDEL', KEYS[1], workers[i])
  end
end
local known = redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1
if not known and redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
local ending = now + tonumber(ARGV[3])
redis.call('HSET', KEYS[1], ARGV[1], string.format('%s %.0f', ARGV[2], ending))
if redis.call('PEXPIRETIME', KEYS[1]) < ending then
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', ending))
end
return 1
""",
)

# KEYS: the workers. Returns worker, version, worker, version, ….
RING_REPORTS: Final = script(
    "no-writes",
    _NOW
    + """
local workers = redis.call('HGETALL', KEYS[1])
local live = {}
for i = 1, #workers, 2 do
  local version, ending = string.match(workers[i + 1], '^(%d+) (%d+)$')
  if tonumber(ending) > now then
    table.insert(live, workers[i])
    table.insert(live, tonumber(version))
  end
end
return live
""",
)
