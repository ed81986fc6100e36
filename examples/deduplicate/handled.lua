-- Remembers a delivery in Redis or Valkey, and forgets what is settled. Returns 1 when the delivery
-- is to be handled, 0 for a repeat. When it could not be handled: DEL KEYS[1], and no 2xx.
-- KEYS[1] webhook:handled:KEY    KEYS[2] webhook:lane:LANE    KEYS[3] webhook:settled:LANE
-- ARGV    offset, settled, seconds after which all is forgotten that is older, LANE ('': none)
-- In a cluster all names need one hash tag, as in {webhook}:handled:KEY.
local offset, settled, seconds = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local known = tonumber(redis.call('GET', KEYS[3]) or '0')
if ARGV[4] ~= '' and offset < known then return 0 end
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', seconds) then return 0 end
if ARGV[4] == '' then return 1 end
settled = math.max(settled, known)
redis.call('ZADD', KEYS[2], offset, KEYS[1])
local below = '(' .. string.format('%d', settled)
-- No more than a few at once: later calls go on.
for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', below, 'LIMIT', 0, 100)) do
  redis.call('DEL', name)
  redis.call('ZREM', KEYS[2], name)
end
redis.call('SET', KEYS[3], string.format('%d', settled), 'EX', seconds)
redis.call('EXPIRE', KEYS[2], seconds)
return 1
