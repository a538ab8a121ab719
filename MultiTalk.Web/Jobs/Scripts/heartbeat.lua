#!lua flags=allow-oom
-- The holder reports progress, adds to the log and renews its lease.
-- KEYS: job, leases, log of the job, runners by when they were last seen
-- ARGV: id, attempt, lease in milliseconds, progress, most lines the log keeps, lines …
-- Returns 1, or 0 if the attempt no longer holds the job.
if redis.call('HGET', KEYS[1], 'state') ~= 'running' or redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[4], now, redis.call('HGET', KEYS[1], 'runner'))
redis.call('HSET', KEYS[1], 'progress', ARGV[4])
for line = 6, #ARGV do redis.call('RPUSH', KEYS[3], ARGV[line]) end
redis.call('LTRIM', KEYS[3], -ARGV[5], -1)
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
return 1
