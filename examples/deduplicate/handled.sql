-- Handles each delivery once, with a table that stays small, in PostgreSQL and SQLite.

-- name: create
CREATE TABLE IF NOT EXISTS webhook_handled (
  handled_key TEXT PRIMARY KEY,
  lane TEXT NOT NULL,
  lane_offset BIGINT NOT NULL,
  handled_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX IF NOT EXISTS webhook_handled_place ON webhook_handled (lane, lane_offset);
CREATE TABLE IF NOT EXISTS webhook_lanes (
  lane TEXT PRIMARY KEY,
  settled BIGINT NOT NULL
);

-- In the transaction in which you handle the delivery, before you do. A repeat has one row or none:
-- roll back, and answer with 2xx. The row comes first, so that of two requests at once the second
-- one waits for the first; then the lane is asked, as what is settled may have been forgotten.
-- name: remember
INSERT INTO webhook_handled (handled_key, lane, lane_offset)
VALUES ($1, $2, $3)
ON CONFLICT (handled_key) DO NOTHING
RETURNING handled_key;

-- name: is_settled
SELECT 1 FROM webhook_lanes WHERE lane = $1 AND settled > $2;

-- Afterwards, in a transaction of their own, both: from time to time is enough.
-- name: settle
INSERT INTO webhook_lanes (lane, settled)
VALUES ($1, $2)
ON CONFLICT (lane) DO UPDATE SET settled = excluded.settled
WHERE excluded.settled > webhook_lanes.settled;

-- name: forget
DELETE FROM webhook_handled WHERE lane = $1 AND lane_offset < $2;
