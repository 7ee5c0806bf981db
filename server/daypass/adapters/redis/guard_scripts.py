"""The script of what happens once."""

from __future__ import annotations

from typing import Final

from daypass.adapters.redis.scripts import AHEAD, DAMAGED, NOW, script

# KEYS: the value. ARGV: the caller's time in microseconds, what is expected, the new
# value, until when the key is kept in milliseconds. Returns 1 if it was stored, else 0.
# A server whose clock has passed that time would acknowledge and forget at once.
SWAP: Final = script(
    "",
    NOW
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
