import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../base/logger.ts';
import { LogCursor } from './log-cursor.ts';
import type { FetchedPartition } from './log-cursor.ts';
import type { RecordBatch } from '../ports.ts';
import { packedRecord } from '../../../test/support/packed-record.ts';

function cursorAt(position: number, onTaken: () => unknown = () => {}) {
  const batches: RecordBatch[] = [];
  const cursor = new LogCursor(
    {
      topic: 't',
      logger: createLogger('test', 'silent'),
      startAt: () => position,
      onBatch: (batch) => {
        batches.push(batch);
        return onTaken();
      },
      onFatal: () => {},
    },
    0,
    null,
  );
  cursor.begin(0);
  return { cursor, batches };
}

const fetched = (errorCode: number, offsets: readonly number[] = []): FetchedPartition => ({
  ...{ partition: 0, errorCode, abortedTransactions: null },
  messages: offsets.map((offset) => ({
    ...packedRecord({
      ...{ offset, topic: 't', partition: 0, key: 'k', value: null, headers: {} },
      timestampMs: 0,
    }),
    isControlRecord: offset % 2 === 1,
  })),
});

test('records are handed out once, without the markers of transactions', async () => {
  const { cursor, batches } = cursorAt(4);
  assert.equal(await cursor.take(fetched(0, [3, 4, 5, 6]), 4), 'records');
  assert.deepEqual(
    batches.map(({ records, readTo }) => [records.map(({ offset }) => offset), readTo]),
    [[[4, 6], 7]],
  );
  // An answer to a question from before that.
  assert.equal(await cursor.take(fetched(0, [4, 5, 6, 7]), 4), 'nothing');
  assert.equal(batches.length, 1);
});

test('what is handed out counts as read once the reader has taken it', async () => {
  const taking = Promise.withResolvers<void>();
  const { cursor } = cursorAt(4, () => taking.promise);
  const taken = cursor.take(fetched(0, [4, 5, 6]), 4);
  assert.deepEqual([cursor.position, cursor.takenTo], [7, 4]);
  taking.resolve();
  assert.equal(await taken, 'records');
  assert.equal(cursor.takenTo, 7);
});

test('a cursor begins at the start of the log where its place has been cut off', () => {
  const { cursor } = cursorAt(4);
  cursor.begin(9);
  assert.equal(cursor.position, 9);
});

test('what was cut off is passed, and those who follow hear how far', async () => {
  const { cursor, batches } = cursorAt(4);
  assert.equal(await cursor.take(fetched(1), 4), 'out-of-range');
  await cursor.moveInto({ low: 9, high: 20 });
  assert.equal(cursor.position, 9);
  assert.deepEqual(batches, [{ topic: 't', partition: 0, records: [], readTo: 9 }]);
  await cursor.moveInto({ low: 9, high: 20 });
  assert.equal(batches.length, 1, 'it lies in the log by now');
});

test('a log that ends before the place is another log', async () => {
  const { cursor } = cursorAt(4);
  await assert.rejects(cursor.moveInto({ low: 0, high: 3 }), /ends at 3, before our position 4/);
});

test('a partition that moves is left alone for a moment; what is refused for good is thrown', async () => {
  const { cursor } = cursorAt(4);
  for (const code of [3, 5, 6, 56, 74]) {
    cursor.heldUntilMs = 0;
    assert.equal(await cursor.take(fetched(code), 4), 'moved');
    assert.ok(cursor.heldUntilMs > performance.now());
  }
  // TOPIC_AUTHORIZATION_FAILED
  await assert.rejects(cursor.take(fetched(29), 4), /not authorized/i);
  assert.equal(cursor.position, 4);
});
