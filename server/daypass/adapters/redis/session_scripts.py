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

# KEYS: indexes of sessions, each once or several times. ARGV: the score below which
# places have passed, the bytes of a leaf, those of one where the index is large, from
# how many leaves on it is, and then for each key its places. Returns the numbers of
# the keys that hold no index; to the others all is done.
#
# A member is a leaf: places of nine bytes, each the second in which a session expires
# and what tells its id from others. Its score is that of the first second it may hold.
# A place goes into the last leaf that begins no later than its second. One that is
# full is followed by another, or cut in two between seconds, so that no leaf holds a
# second behind that in which the next begins. An add that is refused puts its place as
# well, perhaps many times over: where the leaf has it, it has it once.
#
# `leaf` is what the place of before went to, and is written when another one's turn
# comes; `held` is what the server has of it. An index is kept two days longer than the
# latest that was added: the longest session is 36 hours, and so it outlives all.
PLACE: Final = script(
    "",
    """
local key, leaf, score, held, known
local function score_text(number) return string.format('%.0f', number) end
local function second_of(text, at) return (struct.unpack('>I4', text, at)) end
local function write()
  if leaf == held then return end
  if held then redis.call('ZREM', key, held) end
  redis.call('ZADD', key, score_text(score), leaf)
  held = leaf
end
local function find(ceiling)
  local found = redis.call(
    'ZRANGE', key, score_text(ceiling), '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')
  leaf, score, held = found[1], tonumber(found[2]), found[1]
end
local function begin(place, at) leaf, score, held = place, at, nil end
local function cut(place)
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
  local passed = redis.call('ZRANGE', key, '-inf', '(' .. ARGV[1], 'BYSCORE', 'LIMIT', 0, 3)
  for i = 1, #passed - 1 do redis.call('ZREM', key, passed[i]) end
end
local function is_placed(place)
  local at = leaf and string.find(leaf, place, 1, true)
  while at and (at - 1) % 9 ~= 0 do at = string.find(leaf, place, at + 1, true) end
  return at
end
local small, large = tonumber(ARGV[2]), tonumber(ARGV[3])
local function has_room(ceiling)
  local size = #leaf + 9
  return size <= small or score >= ceiling
    or size <= large and redis.call('ZRANGE', key, ARGV[4], ARGV[4])[1]
end
local function put(place)
  local second = second_of(place, 1)
  local floor = second * 1048576
  local ceiling = floor + 1048575
  if second ~= known then
    write()
    find(ceiling)
    known = second
  end
  if is_placed(place) then return end
  if not leaf then return begin(place, floor) end
  if has_room(ceiling) then
    leaf = leaf .. place
    return
  end
  write()
  drop_passed()
  local last = 0
  for at = 1, #leaf, 9 do last = math.max(last, second_of(leaf, at)) end
  if second < last then
    cut(place)
    known, leaf, held = nil, nil, nil
  else
    begin(place, math.max(floor, score + 1))
  end
end
local function put_all(places)
  leaf, held, known = nil, nil, nil
  for at = 1, #places, 9 do put(string.sub(places, at, at + 8)) end
  write()
  local ending = second_of(places, #places - 8) * 1000 + 172801000
  redis.call('PEXPIREAT', key, string.format('%.0f', ending))
end
local failed = {}
for i = 1, #KEYS do
  key = KEYS[i]
  if not pcall(put_all, ARGV[i + 4]) then table.insert(failed, i) end
end
return failed
""",
)
