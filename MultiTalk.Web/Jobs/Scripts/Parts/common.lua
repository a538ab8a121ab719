-- Stands in front of every script of a job. The first keys of each are those of JobPlace.KeysWith, in that order.
local job, events, queue, classes, turns, clock, leases = unpack(KEYS, 1, 7)
local id, owner, class = ARGV[1], ARGV[2], ARGV[3]

local time = redis.call('TIME')
-- In milliseconds; as text, as nearly all use it: to write a number takes Redis longer.
local now = string.format('%s%03d', time[1], time[2] / 1000)

-- What happened: numbered, kept for those who come back, and told to those who watch.
local kept_events = 200
local function tell(kind, attempt, data, sequence)
  sequence = sequence or redis.call('HINCRBY', job, 'sequence', 1)
  local event = sequence .. ' ' .. now .. ' ' .. kind .. ' ' .. attempt .. ' ' .. data
  if redis.call('RPUSH', events, event) > kept_events then redis.call('LPOP', events) end
  redis.call('PUBLISH', '{mt}:events', id .. ' ' .. owner .. ' ' .. class .. ' ' .. event)
end
