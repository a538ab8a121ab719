-- Stands in front of the scripts of an attempt.

-- Whether an attempt holds the job. The number alone would not do: Redis may lose its last second with its host, and a
-- claim in it; the number is then given again, to another runner.
local function held(attempt, runner)
  local holder = redis.call('HMGET', job, 'state', 'attempt', 'runner')
  return holder[1] == 'running' and holder[2] == attempt and holder[3] == runner
end

-- Adds to what is counted of this minute and this hour (the next two of JobPlace.KeysToEndWith): fields and how much. Kept a bit
-- longer than the longest time of which they are shown, in seconds.
local counters = {[13] = 7200, [14] = 691200}
local function count(...)
  local counts = {...}
  for key, kept in pairs(counters) do
    for next = 1, #counts, 2 do redis.call('HINCRBY', KEYS[key], counts[next], counts[next + 1]) end
    redis.call('EXPIRE', KEYS[key], kept)
  end
end

local function end_attempt(attempt, outcome, ...)
  redis.call('HSET', job, 'attempt:' .. attempt .. ':finishedAt', now, 'attempt:' .. attempt .. ':outcome', outcome, ...)
  redis.call('ZREM', leases, id)
  -- What its owner used of graphics cards today (the twelfth of JobPlace.KeysToEndWith); a second that began counts.
  local cards = tonumber(class:match('%?(%d+)') or 0)
  if cards > 0 then
    local started = redis.call('HGET', job, 'attempt:' .. attempt .. ':startedAt') or now
    local seconds = cards * (math.floor(math.max(now - started, 0) / 1000) + 1)
    redis.call('HINCRBY', KEYS[12], 'gpuSeconds', seconds)
    count('gpu ' .. owner, seconds)
    redis.call('EXPIRE', KEYS[12], 172800)
  end
end
