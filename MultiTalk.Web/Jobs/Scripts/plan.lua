#!lua flags=allow-oom
-- What an attempt will do on the runner that claimed it.
-- KEYS: of the job
-- ARGV: id, owner, class, attempt, runner, plan
-- Returns 1, or 0 if the attempt no longer holds the job.
if not held(ARGV[4], ARGV[5]) then return 0 end
redis.call('HSET', job, 'plan', ARGV[6])
return 1
