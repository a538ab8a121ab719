#!lua flags=allow-oom
-- A job is canceled at once, whoever holds it: its runner's next write is fenced, which ends the child.
-- KEYS: of the job, to end it; queues of the owner's other classes
-- ARGV: id, owner, class
-- Returns 1; 0 if the job already ended; or -1 if the owner has jobs in a queue that is not among the keys.
local state = redis.call('HGET', job, 'state')
local attempt = redis.call('HGET', job, 'attempt')
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
