#!lua
-- A queued job gets another priority, or comes before all others.
-- KEYS: of the job, to end it; queues of the owner's other classes
-- ARGV: id, owner, class, priority (empty: as it is), 1 to come before all others
-- Returns 1; 0 if the job is not queued; or -1 if the owner has jobs in a queue that is not among the keys.
if redis.call('HGET', job, 'state') ~= 'queued' then return 0 end
local before = redis.call('HGET', job, 'priority')
local priority = ARGV[4] ~= '' and ARGV[4] or before
-- It has what is asked for, maybe because a client asks once more that did not get its answer: it keeps its turn.
if ARGV[5] ~= '1' and priority == before and tonumber(redis.call('ZSCORE', queue, member)) > 0 then return 1 end
if not close_ranks() then return -1 end
redis.call('HSET', job, 'priority', priority)
enter(ARGV[5] == '1' and tonumber(redis.call('ZINCRBY', clock, -1, 'front')) or next_turn(priority))
tell('queued', redis.call('HGET', job, 'attempt'), 'null')
return 1
