import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { LaneShare, laneOf } from './lane-share.ts';

const BULK = 'w.deliveries-bulk';
const record = (topic: string, headers: LogRecord['headers'] = {}): LogRecord => ({
  ...{ topic, partition: 0, offset: 0, key: 'u', value: null, headers, timestampMs: 0 },
});

const lanes: readonly [title: string, record: LogRecord, lane: string][] = [
  ['what came by HTTP is live', record('w.deliveries'), 'live'],
  ['a row of a file is bulk', record(BULK), 'bulk'],
  ['a retry of a row is bulk', record('w.retry', { '__dlq.errors.topic': BULK }), 'bulk'],
  ['another retry is live', record('w.retry', { '__dlq.errors.topic': 'w.deliveries' }), 'live'],
];
for (const [title, given, lane] of lanes) {
  test(title, () => assert.equal(laneOf(given, BULK), lane));
}

/** The lanes of so many starts, as far as each has something to start. */
function starts(share: LaneShare, count: number, waiting: { live: number; bulk: number }): string {
  let text = '';
  for (let n = 0; n < count; n += 1) {
    const lane = waiting[share.next] > 0 ? share.next : share.next === 'live' ? 'bulk' : 'live';
    waiting[lane] -= 1;
    text += lane[0];
    share.started(lane, waiting[lane === 'live' ? 'bulk' : 'live'] > 0);
  }
  return text;
}

test('while both wait, the bulk lane gets every fifth start', () => {
  assert.equal(starts(new LaneShare(), 15, { live: 99, bulk: 99 }), 'llllbllllbllllb');
});

test('a lane alone gets all, and a live delivery that comes then goes first', () => {
  const share = new LaneShare();
  assert.equal(starts(share, 9, { live: 99, bulk: 0 }), 'l'.repeat(9));
  assert.equal(starts(share, 4, { live: 1, bulk: 99 }), 'lbbb');
  assert.equal(starts(share, 4, { live: 1, bulk: 99 }), 'lbbb');
});

test('places are kept free only for so long as live deliveries come, and of few none', () => {
  const share = new LaneShare();
  assert.equal(share.bulkPart(64, 0), 64);
  share.sawLive(1_000);
  assert.deepEqual(
    [64, 8, 4, 1].map((places) => share.bulkPart(places, 2_000)),
    [56, 7, 4, 1],
  );
  assert.equal(share.bulkPart(64, 61_001), 64);
});
