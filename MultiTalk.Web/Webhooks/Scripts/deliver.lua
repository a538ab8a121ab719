#!lua
-- Something is to be delivered: once, however often this is run; or again, if it was given up.
-- KEYS: the delivery; what waits for its target; the last deliveries to it; targets; tries
-- ARGV: delivery, target, now, milliseconds for which it is kept, most deliveries of a target, 1 if it is to be delivered again, field and value pairs of the delivery
-- Returns 1; 0 if it is known already, or was not given up; or -1 if too many wait for the target.
if ARGV[6] == '1' then
  if redis.call('HGET', KEYS[1], 'state') ~= 'Dead' then return 0 end
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[5]) then return -1 end
redis.call('HSET', KEYS[1], unpack(ARGV, 7))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3], 0, ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - ARGV[5])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
-- A target that is tried comes back by itself.
if tonumber(redis.call('HGET', KEYS[5], ARGV[2]) or 0) <= tonumber(ARGV[3]) then redis.call('ZADD', KEYS[4], 'LT', ARGV[3], ARGV[2]) end
return 1
