#!lua flags=allow-oom
-- A class without queued jobs is no longer looked for. Not as soon as its last job leaves: its next one often comes soon.
-- KEYS: the class's queue, classes
-- ARGV: class
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.call('SREM', KEYS[2], ARGV[1]) end
return 0
