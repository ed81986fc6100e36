import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { parseAttempts } from '../../common/model/attempt.ts';
import type { Attempt } from '../../common/model/attempt.ts';
import { GatheredLines } from '../../common/kafka/produce/gathered-lines.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { AttemptLog } from './attempt-log.ts';

/** Kafka's default limit for a topic's record batches, in bytes. */
const RECORD_BYTES_MAX = 1_048_588;

const anAttempt = (changes: Partial<Attempt>): Attempt => ({
  id: 'id',
  key: 'user',
  subscription: null,
  eventType: null,
  attempt: 1,
  trigger: null,
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

/** Gathers as a publisher does, and sends nothing before the end. */
function aWriter() {
  const gathered: GatheredLines[] = [];
  const append = (topic: string, partition: number, line: string) => {
    let lines = gathered.findLast(({ record }) => record.partition === partition);
    if (!lines || !lines.hasRoomFor(line))
      gathered.push((lines = new GatheredLines(topic, partition)));
    lines.add(line);
    return lines.written;
  };
  return { append, gathered };
}

async function written(
  attempts: readonly Attempt[],
  partitions = 1,
): Promise<readonly OutgoingRecord[]> {
  const { append, gathered } = aWriter();
  const log = new AttemptLog({ append }, 'attempts', partitions);
  const all = Promise.all(attempts.map((attempt) => log.write(attempt)));
  const records = gathered.map(({ record }) => record);
  gathered.forEach(({ resolve }) => resolve());
  await all;
  return records;
}

const sizes = (records: readonly OutgoingRecord[]) =>
  records.map(({ value }) => Buffer.byteLength(value ?? ''));

test('the attempts of a moment share a record', async () => {
  const records = await written(Array.from({ length: 300 }, (_, n) => anAttempt({ offset: n })));
  assert.equal(records.length, 1);
  assert.equal(parseAttempts(String(records[0]?.value)).length, 300);
});

test('it is known since when an attempt is not written', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
  const { append, gathered } = aWriter();
  const log = new AttemptLog({ append }, 'attempts', 2);
  const first = log.write(anAttempt({ partition: 0, at: 1_000 }));
  t.mock.timers.tick(500);
  const second = log.write(anAttempt({ partition: 1, at: 1_500 }));
  const third = log.write(anAttempt({ partition: 0, at: 1_000 }));
  t.mock.timers.tick(500);
  assert.equal(log.pendingSinceMs, 1_000);
  gathered[0]?.resolve();
  await Promise.all([first, third]);
  await turn();
  assert.equal(log.pendingSinceMs, 1_500);
  gathered[1]?.resolve();
  await second;
  await turn();
  assert.equal(log.pendingSinceMs, 2_000);
});

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

test('whatever an attempt holds, its line is short, and its record one that Kafka takes', async () => {
  for (const char of ['x', '\u0001', '\u20ac', '\ud83d']) {
    const long = char.repeat(400_000);
    for (const one of ['id', 'key', 'subscription', 'eventType', 'error', 'excerpt']) {
      const [record] = await written([anAttempt({ [one]: long })]);
      assert.ok((sizes(record ? [record] : [])[0] ?? Infinity) < 10_000, one);
    }
    const all = { id: long, key: long, subscription: long, eventType: long };
    const attempt = anAttempt({ ...all, error: long, excerpt: long });
    const records = await written(Array.from({ length: 300 }, () => attempt));
    assert.ok(Math.max(...sizes(records)) < RECORD_BYTES_MAX, `sizes ${sizes(records).join()}`);
    assert.equal(records.flatMap(({ value }) => parseAttempts(String(value))).length, 300);
  }
});

test('a line is gathered only where the record stays within its bounds with it', () => {
  const lines = new GatheredLines('attempts', 0);
  const large = '\u20ac'.repeat(200_000);
  assert.ok(lines.hasRoomFor(large));
  lines.add(large);
  assert.ok(!lines.hasRoomFor(large));
  assert.ok(lines.hasRoomFor('short'));
});
