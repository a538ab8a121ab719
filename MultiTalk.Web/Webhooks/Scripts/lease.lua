#!lua flags=allow-oom
-- A Web takes what is next for a target; nobody else does until it has settled it, or has not for the time of a lease.
-- KEYS: what waits for the target; targets; tries
-- ARGV: target, now, end of the lease
-- Returns the delivery, or nothing if somebody else was faster.
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due or tonumber(due) > tonumber(ARGV[2]) then return false end
redis.call('HDEL', KEYS[3], ARGV[1])
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if not first[1] then
  redis.call('ZREM', KEYS[2], ARGV[1])
  return false
end
if tonumber(first[2]) > tonumber(ARGV[2]) then
  redis.call('ZADD', KEYS[2], first[2], ARGV[1])
  return false
end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
return first[1]
