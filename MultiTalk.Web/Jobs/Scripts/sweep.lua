#!lua flags=allow-oom
-- One pass over the leases. If nobody made a pass for a while, the Web or Redis was away and heartbeats could not arrive:
-- that time does not count, as far as a lease goes.
-- KEYS: leases, time of the last pass
-- ARGV: the longest gap in milliseconds that counts, lease in milliseconds
-- Returns the jobs whose lease has expired.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gap = now - (redis.call('GET', KEYS[2]) or now)
redis.call('SET', KEYS[2], now)
if gap > tonumber(ARGV[1]) then
  local held = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
  for next = 1, #held, 2 do redis.call('ZADD', KEYS[1], math.min(held[next + 1] + gap, now + ARGV[2]), held[next]) end
end
return redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE')
