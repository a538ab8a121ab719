#!lua
-- What happened is to be delivered to each of its targets, and leaves the outbox in the same step; or a delivery that was given up begins anew.
-- KEYS: the outbox; targets; tries; and for each target: the delivery, what waits for the target, the last deliveries to it
-- ARGV: the entry of the outbox (empty: it was never there), now, milliseconds for which it is kept, most deliveries of a target, 1 if it begins anew, for each target the delivery and the target, field and value pairs of each delivery
-- Returns 1 (also if it is dropped for a target for which too many wait); or 0 if the entry is not the first of the outbox, or the delivery was not given up.
if ARGV[1] ~= '' then
  -- Whoever is late must not store it once more, and whoever is early must not overtake.
  local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)
  if not first[1] or first[1][1] ~= ARGV[1] then return 0 end
end
local anew = ARGV[5] == '1'
if anew and redis.call('HGET', KEYS[4], 'state') ~= 'Dead' then return 0 end

local name = 6
local fields = name + 2 * (#KEYS - 3) / 3
for key = 4, #KEYS, 3 do
  local delivery, target = ARGV[name], ARGV[name + 1]
  name = name + 2
  if anew or redis.call('ZCARD', KEYS[key + 1]) < tonumber(ARGV[4]) then
    redis.call('HSET', KEYS[key], unpack(ARGV, fields))
    redis.call('PEXPIRE', KEYS[key], ARGV[3])
    redis.call('ZADD', KEYS[key + 1], anew and ARGV[2] or 0, delivery)
    redis.call('ZADD', KEYS[key + 2], 0, delivery)
    redis.call('ZREMRANGEBYRANK', KEYS[key + 2], 0, -1 - ARGV[4])
    redis.call('PEXPIRE', KEYS[key + 2], ARGV[3])
    -- A target that is tried comes back by itself.
    if tonumber(redis.call('HGET', KEYS[3], target) or 0) <= tonumber(ARGV[2]) then redis.call('ZADD', KEYS[2], 'LT', ARGV[2], target) end
  end
end
if ARGV[1] ~= '' then redis.call('XDEL', KEYS[1], ARGV[1]) end
return 1
