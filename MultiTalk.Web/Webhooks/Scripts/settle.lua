#!lua flags=allow-oom
-- A try has ended.
-- KEYS: the delivery; what waits for its target; targets; tries
-- ARGV: delivery, target, end of the lease, now, when it is tried again (0: as if it had not been tried; empty: not), milliseconds for which it is kept, field and value pairs of the delivery
-- Returns 1, or 0 if the lease was lost: somebody else tries it.
if redis.call('HGET', KEYS[4], ARGV[2]) ~= ARGV[3] then return 0 end
redis.call('HDEL', KEYS[4], ARGV[2])
if #ARGV > 6 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], unpack(ARGV, 7))
  if ARGV[5] == '' then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
end
if ARGV[5] == '' then
  redis.call('ZREM', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[1])
end
local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
if first[1] then
  -- Behind the targets that wait already.
  redis.call('ZADD', KEYS[3], tonumber(first[2]) > tonumber(ARGV[4]) and first[2] or ARGV[4], ARGV[2])
else
  redis.call('ZREM', KEYS[3], ARGV[2])
end
return 1
