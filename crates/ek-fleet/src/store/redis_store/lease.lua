-- Reports what a lease has spent and gives back, and reserves more for it. In front of it stands window.lua.
--
-- KEYS[1]      the scope, in braces: all keys below begin with it and lie in one slot of a cluster
-- ARGV[1..5]   window, lifetime in ms, lease, whether it was confirmed (1) or is new (0), calls of a slice
-- ARGV[6..]    by fours: limits (-1 is none), spent, returned, under way, need
--
-- scope:budget:START  hash: spent1..4, reserved1..4, busy (calls under way)
-- scope:leases:START  sorted set: lease, by the time in ms at which it expires
-- scope:held:START    hash: lease -> granted, spent, returned, under way, held; four numbers each
local GRANTED, SPENT, RETURNED, UNDER_WAY, HELD = 0, 4, 8, 12, 16
local SWEEP = 16
local MARGIN = 86400000

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local start, ends = window(ARGV[1], now)
local suffix = string.format(':%.0f', start)
local budget_key, lease_key, held_key =
  KEYS[1] .. ':budget' .. suffix, KEYS[1] .. ':leases' .. suffix, KEYS[1] .. ':held' .. suffix
local ttl, id, begun, calls = tonumber(ARGV[2]), ARGV[3], ARGV[4] == '1', tonumber(ARGV[5])

local function argument(group, i) return tonumber(ARGV[5 + 4 * group + i]) end

local function numbers(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do list[#list + 1] = tonumber(word) end
  return list
end

local budget = redis.call('HMGET', budget_key, 'spent1', 'spent2', 'spent3', 'spent4',
  'reserved1', 'reserved2', 'reserved3', 'reserved4', 'busy')
for i = 1, 9 do budget[i] = tonumber(budget[i] or 0) end
local RESERVED, BUSY = 4, 9

-- An eviction may have taken a part. What the rest says is put together.
local has_leases = redis.call('EXISTS', held_key) == 1
if not has_leases then
  -- What is reserved without a lease counts as spent, as if its lease had expired.
  for i = 1, 4 do budget[i], budget[RESERVED + i] = budget[i] + budget[RESERVED + i], 0 end
  budget[BUSY] = 0
  if redis.call('EXISTS', lease_key) == 1 then redis.call('DEL', lease_key) end
elseif redis.call('EXISTS', budget_key, lease_key) < 2 then
  local all, spent = redis.call('HGETALL', held_key), { 0, 0, 0, 0 }
  for i = RESERVED + 1, BUSY do budget[i] = 0 end
  for n = 1, #all, 2 do
    local record = numbers(all[n + 1])
    for i = 1, 4 do
      spent[i] = spent[i] + record[SPENT + i]
      budget[RESERVED + i] = budget[RESERVED + i] + record[HELD + i]
    end
    budget[BUSY] = budget[BUSY] + record[UNDER_WAY + 1]
    redis.call('ZADD', lease_key, 'NX', string.format('%.0f', now + ttl), all[n])
  end
  for i = 1, 4 do budget[i] = math.max(budget[i], spent[i]) end
end

-- A process that was not heard of for the lifetime of its lease may have spent all of it.
local expired = redis.call('ZRANGEBYSCORE', lease_key, '-inf', now, 'LIMIT', 0, SWEEP)
for _, other in ipairs(expired) do
  if other ~= id then
    local record = numbers(redis.call('HGET', held_key, other) or '')
    for i = 1, 4 do
      local held = record[HELD + i] or 0
      budget[i] = budget[i] + held
      budget[RESERVED + i] = budget[RESERVED + i] - held
    end
    budget[BUSY] = budget[BUSY] - (record[UNDER_WAY + 1] or 0)
    redis.call('ZREM', lease_key, other)
    redis.call('HDEL', held_key, other)
  end
end

local text = redis.call('HGET', held_key, id)
local known = text or not begun
local record = text and numbers(text) or {}
for i = 1, 20 do record[i] = record[i] or 0 end
local left = {}

if known then
  -- The report: sums that only grow, so that it may come twice or out of order.
  local asks, short = false, false
  local grant = {}
  for i = 1, 4 do
    local limit, need = argument(0, i), argument(4, i)
    local spent = math.max(record[SPENT + i], argument(1, i))
    budget[i] = budget[i] + spent - record[SPENT + i]
    record[SPENT + i] = spent
    record[RETURNED + i] = math.max(record[RETURNED + i], argument(2, i))
    if i == 1 then budget[BUSY] = budget[BUSY] + argument(3, 1) - record[UNDER_WAY + 1] end
    record[UNDER_WAY + i] = argument(3, i)
    local open = record[GRANTED + i] - spent - record[RETURNED + i]
    local held = limit >= 0 and math.max(0, open) or 0
    budget[RESERVED + i] = budget[RESERVED + i] + held - record[HELD + i]
    record[HELD + i] = held
    asks = asks or need > 0
    left[i] = limit >= 0 and math.max(0, limit - budget[i] - budget[RESERVED + i]) or 0
    -- The slice: a twentieth of what is left or some calls, whichever is less, but one call at least.
    grant[i] = 0
    if limit >= 0 then
      -- What was spent beyond the grant, without the store, is counted already and not taken from it again.
      local slice = math.min(math.max(math.floor(left[i] / 20), need), calls * need)
      local more = math.min(math.max(0, record[UNDER_WAY + i] + slice - held), left[i])
      grant[i] = held + more - open
      short = short or held + more - record[UNDER_WAY + i] < need
    end
  end
  if asks and not short then
    for i = 1, 4 do
      record[GRANTED + i] = record[GRANTED + i] + grant[i]
      if argument(0, i) >= 0 then
        local held = math.max(0, record[GRANTED + i] - record[SPENT + i] - record[RETURNED + i])
        budget[RESERVED + i] = budget[RESERVED + i] + held - record[HELD + i]
        record[HELD + i] = held
        left[i] = math.max(0, argument(0, i) - budget[i] - budget[RESERVED + i])
      end
    end
  end
  local words = {}
  for i = 1, 20 do words[i] = string.format('%.0f', record[i]) end
  redis.call('HSET', held_key, id, table.concat(words, ' '))
  redis.call('ZADD', lease_key, string.format('%.0f', now + ttl), id)
else
  for i = 1, 4 do
    left[i] = argument(0, i) >= 0
      and math.max(0, argument(0, i) - budget[i] - budget[RESERVED + i]) or 0
  end
end

local fields = {}
for i = 1, 4 do
  fields[#fields + 1] = 'spent' .. i
  fields[#fields + 1] = string.format('%.0f', budget[i])
  fields[#fields + 1] = 'reserved' .. i
  fields[#fields + 1] = string.format('%.0f', budget[RESERVED + i])
end
redis.call('HSET', budget_key, 'busy', string.format('%.0f', budget[BUSY]), unpack(fields))
if ends > 0 then
  for _, key in ipairs({ budget_key, lease_key, held_key }) do
    redis.call('PEXPIREAT', key, string.format('%.0f', ends + MARGIN))
  end
end

local answer = { known and 1 or 0, redis.call('ZCARD', lease_key), start, ends > 0 and ends - now or -1 }
for i = 1, 4 do
  local others = budget[RESERVED + i] - record[HELD + i]
  if i == 1 then others = others - (budget[BUSY] - record[UNDER_WAY + 1]) end
  answer[4 + i] = record[GRANTED + i]
  answer[8 + i] = left[i]
  answer[12 + i] = math.max(0, others)
end
return answer
