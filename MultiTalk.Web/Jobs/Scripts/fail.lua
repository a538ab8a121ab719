#!lua flags=allow-oom
-- An attempt ended in an error, or its lease was lost: a failure is counted, and the job is queued again or has failed.
-- KEYS: of the job, to end it
-- ARGV: id, owner, class, attempt, runner, outcome, error, failures that end a job, 1 if only an expired lease may be taken, code of the error
-- Returns 1, or 0 if the attempt no longer holds the job (or its lease was renewed).
if not held(ARGV[4], ARGV[5]) then return 0 end
if ARGV[9] == '1' and tonumber(now) < tonumber(redis.call('ZSCORE', leases, id) or 0) then return 0 end
end_attempt(ARGV[4], ARGV[6], 'attempt:' .. ARGV[4] .. ':error', ARGV[7])
count('code ' .. ARGV[10], 1)
if redis.call('HINCRBY', job, 'failures', 1) >= tonumber(ARGV[8]) then
  finish('failed', 'error', ARGV[7])
  tell('failed', ARGV[4], ARGV[7])
else
  requeue()
  if redis.call('HEXISTS', job, 'hooks') == 1 then report('job.retried') end
  tell('queued', ARGV[4], ARGV[7])
end
return 1
