-- Publishes an open circuit, if there is one to publish, and returns all that are open.
--
-- KEYS[1]     the scope, in braces
-- ARGV[1..3]  nothing, or: the provider, for how long in ms, why
--
-- scope:circuits  hash: provider -> until (ms since 1970) and why
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local key = KEYS[1] .. ':circuits'
local all = redis.call('HGETALL', key)
local open, last = {}, now
for i = 1, #all, 2 do
  local til, why = string.match(all[i + 1], '^(%d+) (.*)$')
  if til and tonumber(til) > now then
    open[all[i]] = { tonumber(til), why }
    last = math.max(last, tonumber(til))
  else
    redis.call('HDEL', key, all[i])
  end
end
if ARGV[1] then
  local til = now + tonumber(ARGV[2])
  if til > now and (not open[ARGV[1]] or open[ARGV[1]][1] < til) then
    open[ARGV[1]] = { til, ARGV[3] }
    last = math.max(last, til)
    redis.call('HSET', key, ARGV[1], string.format('%.0f %s', til, ARGV[3]))
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
