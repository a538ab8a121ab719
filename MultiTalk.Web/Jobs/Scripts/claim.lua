#!lua
-- A runner takes a queued job. The attempt's number rises and is the fence of everything the runner writes from now on.
-- KEYS: job, queue of its engine, leases
-- ARGV: id, runner, lease in milliseconds, the plan as this runner will run it, its parity report
-- Returns the attempt's number, or 0 if somebody else was faster.
if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then return 0 end
if redis.call('HGET', KEYS[1], 'state') ~= 'queued' then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local attempt = redis.call('HINCRBY', KEYS[1], 'attempt', 1)
redis.call('HSETNX', KEYS[1], 'startedAt', now)
redis.call('HSET', KEYS[1], 'state', 'running', 'runner', ARGV[2], 'plan', ARGV[4], 'parity', ARGV[5],
  'attempt:' .. attempt .. ':runner', ARGV[2], 'attempt:' .. attempt .. ':startedAt', now)
redis.call('HDEL', KEYS[1], 'progress')
redis.call('ZADD', KEYS[3], now + ARGV[3], ARGV[1])
redis.call('PUBLISH', '{mt}:changed', ARGV[1])
return attempt
