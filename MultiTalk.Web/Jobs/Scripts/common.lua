-- Stands in front of every script of a job. The first keys of each are those of JobKeys, in that order.
local job, events, queue, classes, turns, clock, leases, ended = unpack(KEYS, 1, 8)
-- Where a job is listed once it has ended; until then its queue or its lease tells where it is.
local endings = {succeeded = KEYS[9], failed = KEYS[10], canceled = KEYS[11]}
local id, owner, class = ARGV[1], ARGV[2], ARGV[3]
-- What stands in its queue: with the owner, so that a peek is enough to know the keys of a claim.
local member = id .. ' ' .. owner

-- A score is a priority's span and a turn within it: 21 spans fit into the 53 bits of a double.
local span = 2 ^ 40
local kept_events, kept_attempts = 200, 20

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- What happened: numbered, kept for those who come back, and told to those who watch.
local function tell(kind, attempt, data, sequence)
  sequence = sequence or redis.call('HINCRBY', job, 'sequence', 1)
  local event = sequence .. ' ' .. now .. ' ' .. kind .. ' ' .. attempt .. ' ' .. data
  if redis.call('RPUSH', events, event) > kept_events then redis.call('LPOP', events) end
  redis.call('PUBLISH', '{mt}:events', id .. ' ' .. owner .. ' ' .. class .. ' ' .. event)
end

-- Whether an attempt holds the job. The number alone would not do: Redis may lose its last second with its host, and a
-- claim in it; the number is then given again, to another runner.
local function held(attempt, runner)
  local holder = redis.call('HMGET', job, 'state', 'attempt', 'runner')
  return holder[1] == 'running' and holder[2] == attempt and holder[3] == runner
end

-- More fields and values may change together with the state.
local function finish(state, ...)
  redis.call('HSET', job, 'state', state, 'finishedAt', now, ...)
  redis.call('ZADD', endings[state], 0, id)
  redis.call('ZADD', ended, now, id)
end

local function end_attempt(attempt, outcome, ...)
  redis.call('HSET', job, 'attempt:' .. attempt .. ':finishedAt', now, 'attempt:' .. attempt .. ':outcome', outcome, ...)
  redis.call('ZREM', leases, id)
end

local function enter(score)
  redis.call('ZADD', queue, score, member)
  redis.call('SADD', classes, class)
  redis.call('ZADD', turns, score, id .. ' ' .. class)
end

-- Takes the job out of the queue; its score, or nothing if it was not in it.
local function leave()
  local score = redis.call('ZSCORE', queue, member)
  if not score then return nil end
  redis.call('ZREM', queue, member)
  if redis.call('EXISTS', queue) == 0 then redis.call('SREM', classes, class) end
  redis.call('ZREM', turns, id .. ' ' .. class)
  return tonumber(score)
end

-- The next turn of the owner: one after the last of the owner's own, and not before the turn that is being served.
local function next_turn(priority)
  local first = (10 - priority) * span
  local last = redis.call('ZRANGE', turns, '(' .. string.format('%.0f', first + span), first, 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')
  local served = tonumber(redis.call('HGET', clock, priority) or 0)
  return first + math.max(served, last[2] and last[2] - first or 0) + 1
end

-- Back to where it stood when it was claimed.
local function requeue()
  redis.call('HDEL', job, 'runner', 'progress')
  redis.call('HSET', job, 'state', 'queued')
  enter(redis.call('HGET', job, 'score'))
end
