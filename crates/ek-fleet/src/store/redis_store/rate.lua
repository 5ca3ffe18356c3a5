-- Reserves the next places in the schedule of a rate (GCRA), or begins a cool-down.
--
-- KEYS[1]     the scope, in braces
-- ARGV[1..6]  requests per minute, burst, tokens per minute (0 is no limit), requests and tokens to reserve,
--             cool-down in ms
-- ARGV[7..8]  who asks, and for how many ms it counts
--
-- scope:rate    hash, times in microseconds since 1970: requests and tokens (where the next place begins), cool,
--               at (when it was written)
-- scope:askers  sorted set: who asks, by the time in ms until which it counts
local MINUTE = 60000000
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local key = KEYS[1] .. ':rate'
local per_minute, burst, tokens_per_minute = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local requests, tokens, cool_down = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local state = redis.call('HMGET', key, 'requests', 'tokens', 'cool', 'at')
-- A clock that was put back, or that of another server, makes no wait longer.
local back = math.max(0, tonumber(state[4] or 0) - now)
local next_request, next_token, cool =
  tonumber(state[1] or 0) - back, tonumber(state[2] or 0) - back, tonumber(state[3] or 0) - back

local askers, ms = KEYS[1] .. ':askers', math.floor(now / 1000)
redis.call('ZREMRANGEBYSCORE', askers, '-inf', ms)
redis.call('ZADD', askers, string.format('%.0f', ms + tonumber(ARGV[8])), ARGV[7])
redis.call('PEXPIRE', askers, ARGV[8])

if cool_down > 0 then
  cool = math.max(cool, now + cool_down * 1000)
  next_request = math.max(next_request, cool)
  next_token = math.max(next_token, now)
end
local requests_at = math.max(next_request, now - math.floor((burst - 1) * MINUTE / per_minute))
local tokens_at = math.max(next_token, now - MINUTE)
if requests > 0 then next_request = requests_at + math.ceil(requests * MINUTE / per_minute) end
if tokens > 0 then next_token = tokens_at + math.ceil(tokens * MINUTE / tokens_per_minute) end

redis.call('HSET', key, 'requests', string.format('%.0f', next_request),
  'tokens', string.format('%.0f', next_token), 'cool', string.format('%.0f', cool),
  'at', string.format('%.0f', now))
local last = math.max(next_request, next_token, cool, now)
redis.call('PEXPIRE', key, string.format('%.0f', math.ceil((last - now) / 1000) + 120000))
return { requests_at - now, tokens_at - now, math.max(0, cool - now), redis.call('ZCARD', askers) }
