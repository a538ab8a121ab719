#!lua
-- An accepted job: stored, listed and queued in one step.
-- KEYS: job, queue of its engine, all jobs, jobs of its owner
-- ARGV: id, engine, field and value pairs of the job
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- In microseconds, so that two jobs of one millisecond keep their order.
local order = time[1] * 1000000 + time[2]
redis.call('HSET', KEYS[1], 'order', order, 'state', 'queued', 'engine', ARGV[2], 'attempt', 0, 'failures', 0, 'createdAt', now, unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], order, ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
redis.call('PUBLISH', '{mt}:queued', ARGV[2])
return 1
