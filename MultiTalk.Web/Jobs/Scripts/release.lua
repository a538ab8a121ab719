#!lua flags=allow-oom
-- A drained runner puts its job back where it stood; no failure is counted.
-- KEYS: job, queue of its engine, leases
-- ARGV: id, attempt
-- Returns 1, or 0 if the attempt no longer holds the job.
if redis.call('HGET', KEYS[1], 'state') ~= 'running' or redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'queued',
  'attempt:' .. ARGV[2] .. ':finishedAt', now, 'attempt:' .. ARGV[2] .. ':outcome', 'released')
redis.call('HDEL', KEYS[1], 'runner', 'progress')
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'order') or 0, ARGV[1])
redis.call('PUBLISH', '{mt}:queued', redis.call('HGET', KEYS[1], 'engine'))
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
return 1
