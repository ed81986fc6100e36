-- Remembers a delivery in Redis or Valkey, and forgets what is settled. Returns 1 when the delivery
-- is to be handled, 0 for a repeat. When it could not be handled: ZREM KEYS[1] ARGV[1], and no 2xx.
-- KEYS[1] webhook:handled:LANE    KEYS[2] webhook:settled:LANE
-- ARGV    key, offset, settled, seconds after which a lane is forgotten that sends nothing more
local settled = tonumber(redis.call('GET', KEYS[2]) or '0')
if tonumber(ARGV[2]) < settled then return 0 end
if redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1]) == 0 then return 0 end
settled = math.max(settled, tonumber(ARGV[3]))
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. string.format('%d', settled))
redis.call('SET', KEYS[2], string.format('%d', settled), 'EX', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
