#!lua
-- The holder adds to the log. Apart from the heartbeat: a full server may lose these lines, but no lease.
-- KEYS: of the job; its log
-- ARGV: id, owner, class, attempt, runner, most lines the log keeps, lines …
-- Returns 1, or 0 if the attempt no longer holds the job.
if not held(ARGV[4], ARGV[5]) then return 0 end
for line = 7, #ARGV do redis.call('RPUSH', KEYS[8], ARGV[line]) end
redis.call('LTRIM', KEYS[8], -ARGV[6], -1)
return 1
