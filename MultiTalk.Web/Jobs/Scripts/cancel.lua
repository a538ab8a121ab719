#!lua flags=allow-oom
-- A job is canceled at once, whoever holds it: its runner's next write is fenced, which ends the child.
-- KEYS: job, queue of its engine, leases
-- ARGV: id
-- Returns 1, or 0 if the job already ended.
local state = redis.call('HGET', KEYS[1], 'state')
if state ~= 'queued' and state ~= 'running' then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'canceled', 'finishedAt', now)
if state == 'running' then
  local attempt = redis.call('HGET', KEYS[1], 'attempt')
  redis.call('HSET', KEYS[1], 'attempt:' .. attempt .. ':finishedAt', now, 'attempt:' .. attempt .. ':outcome', 'canceled')
end
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
return 1
