-- Publishes an open circuit, if there is one to publish, and returns all that are open.
--
-- KEYS[1]     the scope, in braces
-- ARGV[1..3]  nothing, or: the provider, for how long in ms, why
--
-- scope:circuits  hash: provider -> until and since when (ms since 1970), and why
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key = KEYS[1] .. ':circuits'
local all = redis.call('HGETALL', key)
local open, last = {}, now
local function write(member, til, why)
  redis.call('HSET', key, member, string.format('%.0f %.0f %s', til, now, why))
end
for i = 1, #all, 2 do
  local til, since, why = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
  til, since = tonumber(til or 0), tonumber(since or 0)
  if since > now then
    -- A clock that was put back, or that of another server, makes no wait longer.
    til = til - (since - now)
    write(all[i], til, why)
  end
  if til > now then
    open[all[i]] = { til, why }
    last = math.max(last, til)
  else
    redis.call('HDEL', key, all[i])
  end
end
if ARGV[1] then
  local til = now + tonumber(ARGV[2])
  if til > now and (not open[ARGV[1]] or open[ARGV[1]][1] < til) then
    open[ARGV[1]] = { til, ARGV[3] }
    last = math.max(last, til)
    write(ARGV[1], til, ARGV[3])
    redis.call('PEXPIRE', key, string.format('%.0f', last - now + 1000))
  end
end
local answer = {}
for member, state in pairs(open) do
  answer[#answer + 1] = member
  answer[#answer + 1] = string.format('%.0f', state[1] - now)
  answer[#answer + 1] = state[2]
end
return answer
