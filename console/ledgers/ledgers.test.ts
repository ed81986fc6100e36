import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldBytes } from '../../test/support/held-bytes.ts';
import fc from '../../test/support/property.ts';
import type { DeliveryState } from '../../common/model/attempt.ts';
import { fileRowId } from '../../common/model/delivery.ts';
import { EventLedger } from './event-ledger.ts';
import { FileLedger } from './file-ledger.ts';

const FILE = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const states = fc.constantFrom<DeliveryState>(
  'delivered',
  'retrying',
  'dead',
  'throttled',
  'cancelled',
);
const history = fc.array(fc.tuple(fc.integer({ min: 1, max: 3_000 }), states), { maxLength: 300 });

/** The last state that counts, by row. */
function expected(attempts: readonly (readonly [number, DeliveryState])[]) {
  const last = new Map<number, DeliveryState>();
  for (const [row, state] of attempts) if (state !== 'throttled') last.set(row, state);
  const counts = { delivered: 0, retrying: 0, dead: 0, cancelled: 0 };
  for (const state of last.values()) counts[state as 'dead'] += 1;
  return counts;
}

test('rows and events are counted by their last state, however often an attempt is repeated', () => {
  fc.assert(
    fc.property(history, (attempts) => {
      const files = new FileLedger();
      const events = new EventLedger();
      for (const [row, state] of attempts) {
        for (let repeat = 0; repeat < 2; repeat += 1) {
          assert.ok(files.apply({ at: 0, id: fileRowId(FILE, row), state }));
          events.apply({ id: `event-${row}`, state });
        }
      }
      assert.deepEqual(files.counts(FILE), expected(attempts));
      assert.deepEqual(files.total(), expected(attempts));
      assert.deepEqual(events.counts, expected(attempts));
    }),
  );
});

test('rows that are all delivered take no memory, and may yet come to another state', () => {
  const ROWS = 1_000_000;
  const files = new FileLedger();
  const before = heldBytes();
  for (let row = 1; row <= ROWS; row += 1) {
    files.apply({ at: 0, id: fileRowId(FILE, row), state: 'retrying' });
    files.apply({ at: 0, id: fileRowId(FILE, row), state: 'delivered' });
  }
  const grown = heldBytes() - before;
  // Kept, they would be a byte a row.
  assert.ok(grown < ROWS / 4, `${grown} bytes for ${ROWS} rows`);
  const apply = (row: number, state: DeliveryState) =>
    files.apply({ at: 0, id: fileRowId(FILE, row), state });
  for (const row of [5_000, 5_000, 9_999]) apply(row, 'dead');
  // In the same place of another page: what they shared has not changed.
  apply(5_000 + 4_096, 'delivered');
  assert.deepEqual(files.counts(FILE), { delivered: ROWS - 2, retrying: 0, dead: 2, cancelled: 0 });
  apply(5_000, 'delivered');
  assert.deepEqual(files.counts(FILE), { delivered: ROWS - 1, retrying: 0, dead: 1, cancelled: 0 });
});

test('the end of a delivery is the latest of those that were made, and no retry', () => {
  const files = new FileLedger();
  assert.equal(files.endedAtMs(FILE), 0);
  files.apply({ at: 30, id: fileRowId(FILE, 1), state: 'delivered' });
  files.apply({ at: 20, id: fileRowId(FILE, 2), state: 'dead' });
  files.apply({ at: 90, id: fileRowId(FILE, 3), state: 'retrying' });
  files.apply({ at: 95, id: fileRowId(FILE, 4), state: 'cancelled' });
  assert.deepEqual([files.endedAtMs(FILE), files.retriedAtMs(FILE)], [30, 90]);
});

test('a great many files of one row take no page each', () => {
  const FILES = 20_000;
  const files = new FileLedger();
  const before = heldBytes();
  for (let n = 0; n < FILES; n += 1) {
    const id = `01ARZ3NDEKTSV4RRFFQ${String(n).padStart(7, '0')}`;
    files.apply({ at: 0, id: fileRowId(id, 1), state: 'delivered' });
  }
  const grown = heldBytes() - before;
  assert.ok(grown < FILES * 2_000, `${grown} bytes for ${FILES} files`);
  assert.equal(files.total().delivered, FILES);
});

test('an id that is no file row is none of the file ledger', () => {
  assert.equal(new FileLedger().apply({ at: 0, id: 'msg_1', state: 'dead' }), false);
});

test('a row number beyond every file costs one page, and counts', () => {
  const files = new FileLedger();
  files.apply({ at: 0, id: fileRowId(FILE, 9_999_999_999), state: 'delivered' });
  assert.equal(files.counts(FILE).delivered, 1);
});

test('however many others are delivered meanwhile, a retry that ends counts once', () => {
  const events = new EventLedger();
  events.apply({ id: 'slow', state: 'retrying' });
  events.apply({ id: 'lost', state: 'dead' });
  for (let n = 0; n < 300_000; n += 1) events.apply({ id: `event-${n}`, state: 'delivered' });
  events.apply({ id: 'slow', state: 'delivered' });
  assert.deepEqual(events.counts, { delivered: 300_001, retrying: 0, dead: 1, cancelled: 0 });
});

test('what is unsettled is bounded: the oldest leaves the counts', () => {
  const events = new EventLedger();
  for (let n = 0; n < 200_001; n += 1) events.apply({ id: `event-${n}`, state: 'retrying' });
  assert.deepEqual(events.counts, { delivered: 0, retrying: 200_000, dead: 0, cancelled: 0 });
});
