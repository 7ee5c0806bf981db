"""The scripts of sessions and of the indexes that lead to them."""

from __future__ import annotations

from typing import Final

from daypass.adapters.redis.scripts import SHARED, script

# KEYS: session. ARGV: forms of the packed record, each with the same as a shared one
# is kept: the form that is written, and the one that was written before.
# Returns 1 if it is kept as a shared one now, also if it was before; else 0.
SHARE: Final = script(
    "",
    """
local held = redis.call('GET', KEYS[1])
for i = 1, #ARGV, 2 do
  if held == ARGV[i] or held == ARGV[i + 1] then
    redis.call('SET', KEYS[1], ARGV[i + 1], 'KEEPTTL')
    return 1
  end
end
return 0
""",
)

# KEYS: session. ARGV: as before. Removes the record if it is this very one and not
# shared. Returns how many records were removed.
DISCARD: Final = script(
    "allow-oom",
    f"""
local held = redis.call('GET', KEYS[1])
for i = 1, #ARGV, 2 do
  if held == ARGV[i + 1] then return {SHARED} end
  if held == ARGV[i] then return redis.call('DEL', KEYS[1]) end
end
return 0
""",
)

# KEYS: an index of sessions. ARGV: the least and the greatest score of a second, a
# place, milliseconds until which the index is kept, the score below which places have
# passed, the bytes of a leaf, those of one where the index is large, and from how many
# leaves on it is.
#
# A member is a leaf: places of nine bytes, each the second in which a session expires
# and what tells its id from others. Its score is that of the first second it may hold.
# A place goes into the last leaf that begins no later than its second. One that is
# full is followed by another, or cut in two between seconds, so that no leaf holds a
# second behind that in which the next begins. An add that is refused puts its place as
# well, perhaps many times over: where the leaf has it, it has it once.
PLACE: Final = script(
    "",
    """
local key, floor, ceiling, place = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local function score_text(score) return string.format('%.0f', score) end
local function second_of(text, at) return (struct.unpack('>I4', text, at)) end
local function grown(leaf, score)
  redis.call('ZREM', key, leaf)
  redis.call('ZADD', key, score_text(score), leaf .. place)
end
local function cut(leaf, score)
  local all = leaf .. place
  local places = {}
  for at = 1, #all, 9 do table.insert(places, string.sub(all, at, at + 8)) end
  table.sort(places, function(a, b) return second_of(a, 1) < second_of(b, 1) end)
  local middle, best = #places / 2, nil
  for i = 2, #places do
    if second_of(places[i], 1) ~= second_of(places[i - 1], 1)
        and (not best or math.abs(i - 1 - middle) < math.abs(best - 1 - middle)) then
      best = i
    end
  end
  redis.call('ZREM', key, leaf)
  redis.call('ZADD', key, score_text(score), table.concat(places, '', 1, best - 1))
  local upper = second_of(places[best], 1) * 1048576
  redis.call('ZADD', key, score_text(upper), table.concat(places, '', best))
end
local function drop_passed()
  local passed = redis.call('ZRANGE', key, '-inf', '(' .. ARGV[5], 'BYSCORE', 'LIMIT', 0, 3)
  for i = 1, #passed - 1 do redis.call('ZREM', key, passed[i]) end
end
local found = redis.call('ZRANGE', key, ARGV[2], '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')
local leaf, score = found[1], tonumber(found[2])
local function is_placed()
  local at = leaf and string.find(leaf, place, 1, true)
  while at and (at - 1) % 9 ~= 0 do at = string.find(leaf, place, at + 1, true) end
  return at
end
if is_placed() then
  -- Nothing to add.
elseif not leaf then
  redis.call('ZADD', key, ARGV[1], place)
else
  local most = tonumber(ARGV[6])
  if #leaf + 9 > most and redis.call('ZRANGE', key, ARGV[8], ARGV[8])[1] then
    most = tonumber(ARGV[7])
  end
  if #leaf + 9 <= most or score >= ceiling then
    grown(leaf, score)
  else
    drop_passed()
    local last = 0
    for at = 1, #leaf, 9 do last = math.max(last, second_of(leaf, at)) end
    if second_of(place, 1) < last then
      cut(leaf, score)
    else
      redis.call('ZADD', key, score_text(math.max(floor, score + 1)), place)
    end
  end
end
redis.call('PEXPIREAT', key, ARGV[4])
return 1
""",
)
