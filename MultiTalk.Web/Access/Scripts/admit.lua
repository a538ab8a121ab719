#!lua
-- Whether an owner may submit now: the generic cell rate algorithm, with a minute's worth at once.
-- KEYS: the owner's rate, the owner's usage of today
-- ARGV: submissions a minute (0: any number), seconds of graphics cards a day (0: any number)
-- Returns 1 if so, 0 if there were too many, or -1 if the seconds are used up; how many more may follow at once; and the milliseconds until one more may, or until all may again.
if ARGV[2] ~= '0' and tonumber(redis.call('HGET', KEYS[2], 'gpuSeconds') or 0) >= tonumber(ARGV[2]) then return {-1, 0, 0} end
if ARGV[1] == '0' then return {1, 0, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local minute = 60000000
local interval = minute / ARGV[1]
local next = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + interval
if next - now > minute then return {0, 0, math.ceil((next - now - minute) / 1000)} end
local full = math.ceil((next - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', next), 'PX', string.format('%d', full))
return {1, math.floor((minute - (next - now)) / interval + 0.001), full}
