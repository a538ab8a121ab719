#!lua flags=allow-oom
-- A Web takes what is next for a target; nobody else does until it has settled it, or has not for the time of a lease.
-- KEYS: what waits for the target; targets; tries
-- ARGV: target, now, end of the lease
-- Returns the delivery, or nothing if somebody else was faster.
local due = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not due or tonumber(due) > tonumber(ARGV[2]) then return false end
redis.call('HDEL', KEYS[3], ARGV[1])
-- What is to be tried again by now is older than all that was not tried yet, which is in the order of its ids.
local first = redis.call('ZRANGE', KEYS[1], 1, ARGV[2], 'BYSCORE', 'LIMIT', 0, 1)
if not first[1] then
  first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  if not first[1] then
    redis.call('ZREM', KEYS[2], ARGV[1])
    return false
  end
  if first[2] ~= '0' then
    redis.call('ZADD', KEYS[2], first[2], ARGV[1])
    return false
  end
end
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
return first[1]
