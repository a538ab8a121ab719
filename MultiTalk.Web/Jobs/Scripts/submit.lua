#!lua
-- An accepted job: stored, listed and queued in one step.
-- KEYS: of the job; all jobs; jobs of its owner; its idempotency key, if it has one
-- ARGV: id, owner, class, priority, hash of the request, milliseconds for which the idempotency key is known, field and value pairs of the job
-- Returns 1 and the id; 0 and the id of the job that the same key made before; or -1 and that id if the request was another.
local key = KEYS[10]
if key then
  local known = redis.call('HMGET', key, 'job', 'request')
  if known[1] then return {known[2] == ARGV[5] and 0 or -1, known[1]} end
  redis.call('HSET', key, 'job', id, 'request', ARGV[5])
  redis.call('PEXPIRE', key, ARGV[6])
end
redis.call('HSET', job, 'sequence', 1, 'state', 'queued', 'class', class, 'priority', ARGV[4], 'attempt', 0, 'failures', 0, 'createdAt', now, unpack(ARGV, 7))
redis.call('ZADD', KEYS[8], 0, id)
redis.call('ZADD', KEYS[9], 0, id)
enter(next_turn(ARGV[4]))
tell('queued', 0, 'null', 1)
return {1, id}
