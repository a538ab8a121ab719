#!lua
-- An accepted job: stored, listed and queued in one step.
-- KEYS: of the job; all jobs; jobs of its owner; its idempotency key, if it has one
-- ARGV: id, owner, class, priority, hash of the request, milliseconds for which the idempotency key is known, most jobs of the engine that the owner may have queued (0: any number), field and value pairs of the job
-- Returns 1 and the id; 0 and the id of the job that the same key made before; -1 and that id if the request was another; or -2 if the owner has too many queued.
local key = KEYS[10]
if key then
  local known = redis.call('HMGET', key, 'job', 'request')
  if known[1] then return {known[2] == ARGV[5] and 0 or -1, known[1]} end
end
if ARGV[7] ~= '0' and redis.call('ZCARD', turns) >= tonumber(ARGV[7]) then return {-2, id} end
if key then
  redis.call('HSET', key, 'job', id, 'request', ARGV[5])
  redis.call('PEXPIRE', key, ARGV[6])
end
redis.call('HSET', job, 'sequence', 1, 'state', 'queued', 'class', class, 'priority', ARGV[4], 'attempt', 0, 'failures', 0, 'createdAt', now, unpack(ARGV, 8))
redis.call('ZADD', KEYS[8], 0, id)
redis.call('ZADD', KEYS[9], 0, id)
enter(next_turn(ARGV[4]))
tell('queued', 0, 'null', 1)
return {1, id}
