#!lua flags=allow-oom
-- An attempt ended in an error, or its lease was lost: a failure is counted, and the job is queued again or has failed.
-- KEYS: job, queue of its engine, leases
-- ARGV: id, attempt, outcome, error, failures that end a job, 1 if only an expired lease may be taken
-- Returns 1, or 0 if the attempt no longer holds the job (or its lease was renewed).
if redis.call('HGET', KEYS[1], 'state') ~= 'running' or redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[6] == '1' and now < tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]) or 0) then return 0 end
redis.call('HSET', KEYS[1], 'attempt:' .. ARGV[2] .. ':finishedAt', now,
  'attempt:' .. ARGV[2] .. ':outcome', ARGV[3], 'attempt:' .. ARGV[2] .. ':error', ARGV[4])
redis.call('HDEL', KEYS[1], 'runner', 'progress')
redis.call('ZREM', KEYS[3], ARGV[1])
if redis.call('HINCRBY', KEYS[1], 'failures', 1) >= tonumber(ARGV[5]) then
  redis.call('HSET', KEYS[1], 'state', 'failed', 'error', ARGV[4], 'finishedAt', now)
else
  redis.call('HSET', KEYS[1], 'state', 'queued')
  redis.call('ZADD', KEYS[2], redis.call('HGET', KEYS[1], 'order') or 0, ARGV[1])
  redis.call('PUBLISH', '{mt}:queued', redis.call('HGET', KEYS[1], 'engine'))
end
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
return 1
