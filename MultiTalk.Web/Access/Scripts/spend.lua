#!lua flags=allow-oom
-- Takes bytes out of what an owner may upload today, or gives back what was not sent.
-- KEYS: the owner's usage of that day
-- ARGV: bytes, the limit (0: any number)
-- Returns 1, or 0 if that would be more than the limit; and what is used then.
local used = tonumber(redis.call('HGET', KEYS[1], 'uploadBytes') or 0)
if ARGV[2] ~= '0' and used + ARGV[1] > tonumber(ARGV[2]) then return {0, used} end
redis.call('HINCRBY', KEYS[1], 'uploadBytes', ARGV[1])
redis.call('EXPIRE', KEYS[1], 172800)
return {1, used + ARGV[1]}
