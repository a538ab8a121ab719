#!lua flags=allow-oom
-- A runner puts its job back where it stood; no failure is counted.
-- KEYS: of the job, to end it
-- ARGV: id, owner, class, attempt, runner
-- Returns 1, or 0 if the attempt no longer holds the job.
if not held(ARGV[4], ARGV[5]) then return 0 end
end_attempt(ARGV[4], 'released')
requeue()
tell('queued', ARGV[4], 'null')
return 1
