#!lua flags=allow-oom
-- A runner showed itself; it may also introduce itself.
-- KEYS: runner, runners by when they were last seen
-- ARGV: id, 1 if it introduces itself, field and value pairs of the runner
-- Returns how often it did, or 0 if the runner is not known and did not introduce itself.
if ARGV[2] ~= '1' and redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if #ARGV > 2 then redis.call('HSET', KEYS[1], unpack(ARGV, 3)) end
redis.call('ZADD', KEYS[2], now, ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'seen', 1)
