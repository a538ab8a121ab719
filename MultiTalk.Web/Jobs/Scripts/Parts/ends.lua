-- Stands in front of the scripts that end a job, behind attempts.lua. Their next keys are those of JobPlace.KeysToEndWith.
local ended = KEYS[8]
-- Where a job is listed once it has ended; until then its queue or its lease tells where it is.
local endings = {succeeded = KEYS[9], failed = KEYS[10], canceled = KEYS[11]}

-- In which range a time lies: four of them double it, as JobTimes reads them.
local function range(milliseconds) return string.format('%d', 4 * math.log(math.max(milliseconds, 1)) / math.log(2)) end

-- For webhooks, in the same step (the fifteenth of JobPlace.KeysToEndWith). Should nobody read it, the oldest are lost.
local function report(event) redis.call('XADD', KEYS[15], 'MAXLEN', '~', '10000', '*', 'job', id, 'event', event) end

-- More fields and values may change together with the state.
local function finish(state, ...)
  redis.call('HSET', job, 'state', state, 'finishedAt', now, ...)
  redis.call('ZADD', endings[state], 0, id)
  redis.call('ZADD', ended, now, id)
  report('job.' .. state)

  local engine = class:match('^[^?]*')
  local times = redis.call('HMGET', job, 'createdAt', 'startedAt', 'attempt:' .. redis.call('HGET', job, 'attempt') .. ':startedAt')
  local counts = {engine .. ' ' .. state, 1}
  if times[2] then counts[3], counts[4] = engine .. ' wait ' .. range(times[2] - times[1]), 1 end
  if state == 'succeeded' then counts[5], counts[6] = engine .. ' run ' .. range(now - (times[3] or now)), 1 end
  count(unpack(counts))
end
