import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import { formatAttempt } from '../../common/model/attempt.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { READS_MAX } from '../threads/database-thread.ts';
import { LogStore } from './log-store.ts';

const logger = createLogger('test', 'silent');
const HOUR_MS = 3_600_000;

const line = (id: number, at = Date.now()) =>
  formatAttempt({
    ...{ id: `d-${id}`, key: `user-${id % 10}`, attempt: 1, state: 'delivered', status: 200 },
    ...{ latencyMs: 1, at, topic: 'deliveries', partition: 0, offset: id },
  });

/** @param records lines of each */
function batchOf(partition: number, records: readonly (readonly string[])[]) {
  const topic = 'attempts';
  return {
    ...{ topic, partition, readTo: records.length },
    records: records.map((lines, offset) => ({
      ...{ topic, partition, offset, key: null, headers: {}, timestampMs: 0 },
      value: Buffer.from(lines.join('\n')),
    })),
  };
}

const manyLines = (from: number, count: number) =>
  Array.from({ length: count }, (_, n) => line(from + n));

test('what is written is found, also during more writing, and after the file is opened again', async (t) => {
  const path = join(tempDir(t), 'log', 'x.db');
  const failures: unknown[] = [];
  const open = () =>
    new LogStore({ path, retentionMs: HOUR_MS, logger, onFatal: (error) => failures.push(error) });
  const store = open();
  const old = line(0, Date.now() - 2 * HOUR_MS);
  await store.write(batchOf(3, [['not JSON', old], [line(1)]]));
  const filter = { limit: 10, isLatestOnly: true };
  assert.deepEqual(
    (await store.select(filter)).rows.map(({ id }) => id),
    ['d-1'],
  );
  assert.deepEqual([...(await store.positions())], [[3, 2]]);

  const batch = batchOf(4, [manyLines(100, 500), manyLines(600, 500), manyLines(1_100, 500)]);
  const written = store.write(batch).then(() => 'written');
  const found = store.select({ ...filter, id: 'd-1' }).then(() => 'found');
  assert.equal(await Promise.race([written, found]), 'found', 'a query does not wait for all');
  await written;
  const [first, none] = await store.lastAttempts(
    [1_599, 9_999].map((id) => ({
      ...{ id: `d-${id}`, subscription: null },
      record: { topic: 'deliveries', partition: 0, offset: id },
    })),
  );
  assert.deepEqual([first?.offset, none], [1_599, undefined]);
  await store.close();
  await assert.rejects(store.select(filter), /closed/);

  const again = open();
  t.after(() => again.close());
  assert.deepEqual(
    [...(await again.positions())],
    [
      [3, 2],
      [4, 3],
    ],
  );
  assert.equal((await again.select({ ...filter, user: 'user-5', limit: 500 })).rows.length, 150);
  await again.clear();
  assert.deepEqual((await again.select(filter)).rows, []);
  assert.deepEqual(failures, []);
});

test('a disk that refuses is fatal, and what waits for the database is refused', async (t) => {
  const file = join(tempDir(t), 'file');
  writeFileSync(file, '');
  const failed = Promise.withResolvers<unknown>();
  const path = join(file, 'x.db');
  const store = new LogStore({ path, retentionMs: HOUR_MS, logger, onFatal: failed.resolve });
  await assert.rejects(store.positions(), /EEXIST|ENOTDIR/);
  assert.match(String(await failed.promise), /EEXIST|ENOTDIR/);
  await store.close();
});

test('more reads than may wait are refused with a time to come back, and writes are not', async (t) => {
  const path = join(tempDir(t), 'x.db');
  const onFatal = (error: unknown) => assert.fail(error as Error);
  const store = new LogStore({ path, retentionMs: HOUR_MS, logger, onFatal });
  t.after(() => store.close());
  const busy = { code: 'search_busy', retryable: true };
  const filter = { limit: 10, isLatestOnly: true };
  const waiting = Array.from({ length: READS_MAX }, () => store.select(filter));
  await assert.rejects(store.select(filter), busy);
  await assert.rejects(store.lastAttempts([]), busy);
  const query = { window: '15m', endpoint: null, nowMs: Date.now() } as const;
  await assert.rejects(store.points(query), busy);
  await store.write(batchOf(0, [[line(1)]]));
  assert.equal((await Promise.all(waiting)).length, READS_MAX);
  assert.equal((await store.select(filter)).rows.length, 1, 'there is room again');
});
