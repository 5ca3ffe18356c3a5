-- Start and end of the window around a time, in milliseconds since 1970; the end of 'forever' is 0.
-- The same arithmetic as in window.rs.
local function day_of_month(day)
  local era = (day + 719468) % 146097
  local year = math.floor((era - math.floor(era / 1460) + math.floor(era / 36524) - math.floor(era / 146096)) / 365)
  local rest = era - (365 * year + math.floor(year / 4) - math.floor(year / 100))
  local month = math.floor((5 * rest + 2) / 153)
  return rest - math.floor((153 * month + 2) / 5)
end

local function window(name, now)
  local day = math.floor(now / 86400000)
  if name == 'day' then
    return day * 86400000, (day + 1) * 86400000
  elseif name == 'month' then
    local first = day - day_of_month(day)
    local later = first + 31
    return first * 86400000, (later - day_of_month(later)) * 86400000
  end
  return 0, 0
end
