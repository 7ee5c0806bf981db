"""The scripts of the key ring, and of who holds which."""

from __future__ import annotations

from typing import Final

from daypass.adapters.redis.scripts import NOW, script

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
    NOW
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
    NOW
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
