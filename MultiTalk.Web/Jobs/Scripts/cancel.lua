#!lua flags=allow-oom
-- A job is canceled at once, whoever holds it: its runner's next write is fenced, which ends the child.
-- KEYS: of the job, to end it; queues of the owner's other classes
-- ARGV: id, owner, class, the only state in which it is to be canceled (empty: whatever it is)
-- Returns 1; 0 if the job already ended, or is in another state; or -1 if the owner has jobs in a queue that is not among the keys.
local state = redis.call('HGET', job, 'state')
local attempt = redis.call('HGET', job, 'attempt')
if ARGV[4] ~= '' and ARGV[4] ~= state then return 0 end
if state == 'queued' then
  if not close_ranks() then return -1 end
elseif state == 'running' then
  end_attempt(attempt, 'canceled')
else
  return 0
end
finish('canceled')
tell('canceled', attempt, 'null')
return 1
