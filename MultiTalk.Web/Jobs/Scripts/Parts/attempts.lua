-- Stands in front of the scripts of an attempt.

-- Whether an attempt holds the job. The number alone would not do: Redis may lose its last second with its host, and a
-- claim in it; the number is then given again, to another runner.
local function held(attempt, runner)
  local holder = redis.call('HMGET', job, 'state', 'attempt', 'runner')
  return holder[1] == 'running' and holder[2] == attempt and holder[3] == runner
end

local function end_attempt(attempt, outcome, ...)
  redis.call('HSET', job, 'attempt:' .. attempt .. ':finishedAt', now, 'attempt:' .. attempt .. ':outcome', outcome, ...)
  redis.call('ZREM', leases, id)
end
