"""The scripts of the revocation log; `revocations` says what its three keys are."""

from __future__ import annotations

from typing import Final

from daypass.adapters.redis.scripts import BEHIND, CROWDED, NOW, REPLACED, script

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
    NOW
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
    NOW
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
    NOW
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
    NOW
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
