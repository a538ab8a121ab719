#!lua flags=allow-oom
-- A token that was made for one runner belongs to the runner that registers first with it, and that runner to the token.
-- KEYS: which runner belongs to which token; the runner
-- ARGV: the token's id, the runner's id
-- Returns 1, or 0 if the token belongs to another runner or the runner came with another token.
local bound = redis.call('HMGET', KEYS[1], 'token:' .. ARGV[1], 'runner:' .. ARGV[2])
if bound[1] or (bound[2] and bound[2] ~= '') then return bound[1] == ARGV[2] and bound[2] == ARGV[1] and 1 or 0 end
-- It came with the token that many share. (One whose own token was revoked is free for the next.)
if not bound[2] and redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'token:' .. ARGV[1], ARGV[2], 'runner:' .. ARGV[2], ARGV[1])
return 1
