-- Stands in front of the scripts that end a job. Their next keys are those of JobPlace.KeysToEndWith.
local ended = KEYS[8]
-- Where a job is listed once it has ended; until then its queue or its lease tells where it is.
local endings = {succeeded = KEYS[9], failed = KEYS[10], canceled = KEYS[11]}

-- More fields and values may change together with the state.
local function finish(state, ...)
  redis.call('HSET', job, 'state', state, 'finishedAt', now, ...)
  redis.call('ZADD', endings[state], 0, id)
  redis.call('ZADD', ended, now, id)
end
