-- Stands in front of the scripts that bring a job into its queue or take it out.

-- What stands in its queue: with the owner, so that a peek is enough to know the keys of a claim.
local member = id .. ' ' .. owner
-- What stands among the turns of its owner.
local turn = id .. ' ' .. class
-- A score is a priority's span and a turn within it: 21 spans fit into the 53 bits of a double.
local span = 2 ^ 40

local function enter(score)
  redis.call('ZADD', queue, score, member)
  redis.call('SADD', classes, class)
  redis.call('ZADD', turns, score, turn)
end

-- Takes the job out of the queue; its score, or nothing if it was not in it.
local function leave()
  local score = redis.call('ZSCORE', queue, member)
  if not score then return nil end
  redis.call('ZREM', queue, member)
  redis.call('ZREM', turns, turn)
  return score
end

-- The next turn of the owner: one after the last of the owner's own, and not before the turn that is being served.
local function next_turn(priority)
  local first = (10 - priority) * span
  local last = redis.call('ZRANGE', turns, '(' .. string.format('%.0f', first + span), first, 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')
  local served = tonumber(redis.call('ZSCORE', clock, priority) or 0)
  return first + math.max(served, last[2] and last[2] - first or 0) + 1
end

-- Back to where it stood when it was claimed.
local function requeue()
  redis.call('HDEL', job, 'runner', 'progress')
  redis.call('HSET', job, 'state', 'queued')
  enter(redis.call('HGET', job, 'score'))
end
