#!lua flags=allow-oom
-- A job that ended long ago is forgotten.
-- KEYS: of the job, to end it; all jobs; jobs of its owner; shared jobs; its log (the last four)
-- ARGV: id, owner, class, the latest end in milliseconds
-- Returns 1, or 0 if it has not ended by then.
if tonumber(redis.call('ZSCORE', ended, id) or now) > tonumber(ARGV[4]) then return 0 end
redis.call('ZREM', endings[redis.call('HGET', job, 'state')] or endings.failed, id)
redis.call('DEL', job, events, KEYS[#KEYS])
redis.call('ZREM', ended, id)
for key = #KEYS - 3, #KEYS - 1 do redis.call('ZREM', KEYS[key], id) end
return 1
