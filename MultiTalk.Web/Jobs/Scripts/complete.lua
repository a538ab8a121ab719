#!lua flags=allow-oom
-- The one place where a result is published: a compare-and-set on the attempt.
-- KEYS: of the job, to end it
-- ARGV: id, owner, class, attempt, runner, video
-- Returns 1 (also when this attempt completed before), or 0 if the attempt no longer holds the job.
local before = redis.call('HMGET', job, 'state', 'attempt', 'runner')
if before[1] == 'succeeded' and before[2] == ARGV[4] and before[3] == ARGV[5] then return 1 end
if not held(ARGV[4], ARGV[5]) then return 0 end
end_attempt(ARGV[4], 'succeeded')
finish('succeeded', 'video', ARGV[6])
tell('succeeded', ARGV[4], ARGV[6])
return 1
