import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAttempt } from '../../common/model/attempt.ts';
import type { NewAttempt } from '../../common/model/attempt.ts';
import { readDelivered } from './delivered-before.ts';

const attempt = (more: Partial<NewAttempt>): string =>
  formatAttempt({
    ...{ id: 'a', key: 'u', attempt: 1, state: 'delivered', latencyMs: 1, at: 9_000 },
    ...{ topic: 'd', partition: 0, offset: 0, ...more },
  });
/** Two partitions of attempts; each record has several lines. */
const LOGS = [
  [
    [attempt({ offset: 1 }), attempt({ offset: 2, subscription: 'sub_1' })],
    [attempt({ offset: 3, state: 'retrying' }), 'damaged', attempt({ offset: 4, partition: 2 })],
    [attempt({ offset: 5, state: 'dead' }), attempt({ offset: 6, topic: 'other' })],
    // From before what its own commit asks for, though another's asks for it: of an earlier log.
    [attempt({ offset: 8, at: 8_999 })],
  ],
  [[attempt({ offset: 7, partition: 1, at: 8_999 })]],
].map((records) => records.map((lines) => lines.join('\n')));

test('what was delivered is read from the log of attempts, of the partitions that are asked for', async () => {
  const asked: number[] = [];
  const found = await readDelivered(
    {
      ...{ topic: 'attempts', partitions: 2 },
      attemptsAt: (atMs) => {
        asked.push(atMs);
        return Promise.resolve(new Map([[0, 0]]));
      },
      reader: {
        // One record at a time.
        read({ partition, offset }) {
          const value = LOGS[partition]?.[offset];
          const record = { topic: 'attempts', partition, offset, key: null, headers: {} };
          const records =
            value === undefined ? [] : [{ ...record, value: Buffer.from(value), timestampMs: 1 }];
          return Promise.resolve({ records, readTo: offset + records.length, low: 0 });
        },
      },
    },
    [
      { topic: 'd', partition: 0, sinceMs: 9_000 },
      { topic: 'd', partition: 1, sinceMs: 7_000 },
    ],
  );
  // A second before, as the clock of that process may have been set.
  assert.deepEqual(asked, [8_000, 6_000]);
  assert.deepEqual([...found.keys()], ['d/0', 'd/1']);
  const [zero, one] = [...found.values()];
  assert.ok(zero && one);
  assert.deepEqual([zero.count, one.count, zero.sinceMs], [2, 1, 9_000]);
  assert.ok(zero.has(1, 'default') && zero.has(2, 'sub_1') && one.has(7, 'default'));
  for (const offset of [2, 3, 5, 8]) assert.ok(!zero.has(offset, 'default'), `${offset}`);
  assert.deepEqual(zero.rangesOf('default', 0), [{ start: 1, end: 2 }]);
  assert.deepEqual([zero.isNeededAt(2), zero.isNeededAt(3)], [true, false]);
  zero.forgetBefore('default', 9_001);
  zero.forgetBefore('sub_1', 9_000);
  assert.deepEqual([zero.has(1, 'default'), zero.has(2, 'sub_1')], [false, true]);
});
