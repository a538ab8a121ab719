#!lua flags=allow-oom
-- The one place where a result is published: a compare-and-set on the attempt's number.
-- KEYS: job, leases
-- ARGV: id, attempt, video
-- Returns 1 (also when this attempt completed before), or 0 if the attempt no longer holds the job.
if redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return 0 end
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'succeeded' then return 1 end
if state ~= 'running' then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'state', 'succeeded', 'video', ARGV[3], 'finishedAt', now,
  'attempt:' .. ARGV[2] .. ':finishedAt', now, 'attempt:' .. ARGV[2] .. ':outcome', 'succeeded')
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
return 1
