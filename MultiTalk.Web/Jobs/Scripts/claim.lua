#!lua flags=allow-oom
-- A runner takes a queued job. The attempt's number rises and, with the runner, fences everything that is written from now on.
-- It runs on a full server too: a queue that stands still frees nothing.
-- KEYS: of the job; the pause; the runner; its claims; the outbox
-- ARGV: id, owner, class, runner, lease in milliseconds, how often it had shown itself when it asked (empty: not known)
-- Returns the attempt's number and what a runner needs of the job, request, plan and traceParent; 0 if somebody else was faster; or -1 if nothing is handed out, or nothing to this runner.
local runner = redis.call('HMGET', KEYS[9], 'parity', 'seen', 'drain')
if runner[3] or redis.call('EXISTS', KEYS[8]) == 1 then return -1 end
-- It has asked again since, or has left: nobody waits for this answer any more.
if ARGV[6] ~= '' and runner[2] ~= ARGV[6] then return -1 end
local score = leave()
if not score then return 0 end

if tonumber(score) > 0 then redis.call('ZADD', clock, 'GT', score % span, 10 - math.floor(score / span)) end

local before = redis.call('HMGET', job, 'attempt', 'sequence', 'startedAt', 'request', 'plan', 'traceParent', 'hooks')
local kept_attempts = 20
-- As text, once: every command would write a number anew.
local attempt, sequence = string.format('%d', before[1] + 1), string.format('%d', before[2] + 1)
if tonumber(attempt) > kept_attempts then
  local old = 'attempt:' .. attempt - kept_attempts .. ':'
  redis.call('HDEL', job, old .. 'runner', old .. 'startedAt', old .. 'finishedAt', old .. 'outcome', old .. 'error')
end
redis.call('HSET', job, 'state', 'running', 'attempt', attempt, 'sequence', sequence, 'runner', ARGV[4], 'score', score,
  'startedAt', before[3] or now, 'parity', runner[1] or '[]',
  'attempt:' .. attempt .. ':runner', ARGV[4], 'attempt:' .. attempt .. ':startedAt', now)
redis.call('ZADD', leases, now + ARGV[5], id)
redis.call('SADD', KEYS[10], id .. ' ' .. attempt)
tell('claimed', attempt, 'null', sequence)
if before[7] then redis.call('XADD', KEYS[11], 'MAXLEN', '~', '10000', '*', 'job', id, 'event', 'job.started') end
return {attempt, before[4], before[5], before[6]}
