import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttempts } from '../../common/attempt.ts';
import type { Attempt } from '../../common/attempt.ts';
import type { OutgoingRecord } from '../../common/kafka/types.ts';
import { AttemptLog } from './attempt-log.ts';

/** What a topic takes unless it is told otherwise. */
const RECORD_BYTES_MAX = 1_048_588;

const anAttempt = (changes: Partial<Attempt>): Attempt => ({
  id: 'id',
  key: 'user',
  subscription: null,
  eventType: null,
  attempt: 1,
  state: 'retrying',
  status: 500,
  error: 'HTTP 500',
  excerpt: '',
  latencyMs: 1,
  at: 1,
  dueAt: 2,
  topic: 'deliveries',
  partition: 0,
  offset: 0,
  ...changes,
});

async function written(
  attempts: readonly Attempt[],
  partitions = 1,
): Promise<readonly OutgoingRecord[]> {
  const records: OutgoingRecord[] = [];
  const publisher = {
    publish: (record: OutgoingRecord) => Promise.resolve(void records.push(record)),
    close: () => Promise.resolve(),
  };
  const log = new AttemptLog(publisher, 'attempts', partitions);
  await Promise.all(attempts.map((attempt) => log.write(attempt)));
  return records;
}

const sizes = (records: readonly OutgoingRecord[]) =>
  records.map(({ value }) => Buffer.byteLength(value ?? ''));

test('the attempts of a moment share a record', async () => {
  const records = await written(Array.from({ length: 300 }, (_, n) => anAttempt({ offset: n })));
  assert.equal(records.length, 1);
  assert.equal(parseAttempts(String(records[0]?.value)).length, 300);
});

for (const [before, after, records] of [
  [15, 20, 2],
  [16, 20, 1],
] as const) {
  test(`${before} attempts in 2 ms and ${after} in the next nine: ${records} records`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const pass = (ms: number) => {
      for (let n = 0; n < ms; n += 1) t.mock.timers.tick(1);
    };
    const sizes: number[] = [];
    const publish = ({ value }: OutgoingRecord) =>
      Promise.resolve(void sizes.push(parseAttempts(String(value)).length));
    const log = new AttemptLog({ publish, close: () => Promise.resolve() }, 'attempts', 1);
    const write = (count: number) =>
      Array.from({ length: count }, (_, offset) => log.write(anAttempt({ offset })));
    const first = write(before);
    pass(2);
    const rest = write(after);
    pass(9);
    assert.equal(sizes.length, records - 1, 'nothing is written early');
    pass(3);
    await Promise.all([...first, ...rest]);
    assert.deepEqual(sizes, records === 1 ? [before + after] : [before, after]);
  });
}

test('the attempts of one delivery stay in one partition, in the order of their making', async () => {
  const attempts = Array.from({ length: 40 }, (_, n) =>
    anAttempt({ partition: n % 4, attempt: 1 + Math.floor(n / 4) }),
  );
  const records = await written(attempts, 2);
  assert.deepEqual(records.map(({ partition }) => partition).sort(), [0, 1]);
  for (const { partition, value } of records) {
    for (const source of [partition, partition + 2]) {
      const made = parseAttempts(String(value)).filter((one) => one.partition === source);
      const inOrder = Array.from({ length: 10 }, (_, n) => n + 1);
      assert.deepEqual(
        made.map(({ attempt }) => attempt),
        inOrder,
      );
    }
  }
});

test('answers that grow when they are written down still make records that Kafka takes', async () => {
  const excerpt = '\u0001'.repeat(1_024);
  const records = await written(Array.from({ length: 500 }, () => anAttempt({ excerpt })));
  assert.ok(Math.max(...sizes(records)) < RECORD_BYTES_MAX, `sizes ${sizes(records).join()}`);
  assert.equal(records.flatMap(({ value }) => parseAttempts(String(value))).length, 500);
});

test('an id or a key of a megabyte is cut', async () => {
  const long = 'x'.repeat(1_500_000);
  const [record] = await written([anAttempt({ id: long, key: long })]);
  assert.ok((sizes(record ? [record] : [])[0] ?? Infinity) < RECORD_BYTES_MAX);
});
