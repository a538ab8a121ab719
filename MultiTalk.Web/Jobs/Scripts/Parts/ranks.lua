-- Stands in front of the scripts that take a queued job away unserved.

-- Takes the job out of the queue and gives its turn to the owner's next job of the same priority, that one's to the next, and
-- so on: a turn that is not used is not lost. False, with nothing done, if one of them is in a queue that is not among the keys.
local function close_ranks()
  local prefix = '{mt}:queue:'
  local queues = {[class] = queue}
  for key = 8, #KEYS do
    if KEYS[key]:sub(1, #prefix) == prefix then queues[KEYS[key]:sub(#prefix + 1)] = KEYS[key] end
  end

  local free = redis.call('ZSCORE', queue, member)
  if not free then return true end
  local behind = {}
  if tonumber(free) > 0 then
    local last = string.format('%.0f', (math.floor(free / span) + 1) * span)
    behind = redis.call('ZRANGE', turns, '(' .. free, '(' .. last, 'BYSCORE', 'WITHSCORES')
  end
  for next = 1, #behind, 2 do
    if not queues[behind[next]:sub(#id + 2)] then return false end
  end

  leave()
  for next = 1, #behind, 2 do
    local other = behind[next]:sub(1, #id) .. ' ' .. owner
    redis.call('ZADD', queues[behind[next]:sub(#id + 2)], free, other)
    redis.call('ZADD', turns, free, behind[next])
    free = behind[next + 1]
  end
  return true
end
