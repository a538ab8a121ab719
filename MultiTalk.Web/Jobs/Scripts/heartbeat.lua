#!lua flags=allow-oom
-- The holder reports progress and renews its lease.
-- KEYS: of the job; the runner; runners by when they were last seen
-- ARGV: id, owner, class, attempt, runner, lease in milliseconds, progress
-- Returns 1; 2 if the job is to be put back; or 0 if the attempt no longer holds the job.
if not held(ARGV[4], ARGV[5]) then return 0 end
redis.call('ZADD', leases, now + ARGV[6], id)
redis.call('ZADD', KEYS[9], now, ARGV[5])
if redis.call('HGET', job, 'progress') ~= ARGV[7] then
  redis.call('HSET', job, 'progress', ARGV[7])
  tell('progress', ARGV[4], ARGV[7])
end
return redis.call('HGET', KEYS[8], 'drain') == 'now' and 2 or 1
