#!lua flags=allow-oom
-- A job is shown to everybody who may read, or no longer. That runs on a full server too: to take something back must not fail.
-- KEYS: of the job; shared jobs
-- ARGV: id, owner, class, 1 to share it
-- Returns 1 (also if it was so before), or 0 if there is no such job.
local before = redis.call('HMGET', job, 'state', 'attempt', 'shared')
if not before[1] then return 0 end
local share = ARGV[4] == '1'
if share == (before[3] == '1') then return 1 end
if share then
  redis.call('HSET', job, 'shared', 1)
  redis.call('ZADD', KEYS[8], 0, id)
else
  redis.call('HDEL', job, 'shared')
  redis.call('ZREM', KEYS[8], id)
end
tell(share and 'shared' or 'unshared', before[2], '"' .. before[1] .. '"')
return 1
