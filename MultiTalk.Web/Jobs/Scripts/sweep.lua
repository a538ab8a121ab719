#!lua flags=allow-oom
-- One pass over the leases. If nobody made a pass for a while, the Web or Redis was away and heartbeats could not arrive:
-- that time does not count.
-- KEYS: leases, time of the last pass
-- ARGV: the longest gap in milliseconds that counts
-- Returns the jobs whose lease has expired.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gap = now - (redis.call('GET', KEYS[2]) or now)
redis.call('SET', KEYS[2], now)
if gap > tonumber(ARGV[1]) then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do redis.call('ZINCRBY', KEYS[1], gap, id) end
end
return redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE')
