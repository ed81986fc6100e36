import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PLAIN_SOURCES, SAME_SOURCES } from '../../test/support/plain-sources.ts';
import type { Backlogs } from '../backlog/backlogs.ts';
import { HeadIntake } from '../head-intake.ts';
import { recipientsOf } from '../../test/support/recipients.ts';
import { packedRecord } from '../../test/support/packed-record.ts';
import { FlowControl } from './flow-control.ts';
import type { Tracked } from './offset-tracker.ts';
import { PartitionState } from './partition-state.ts';
import { NO_USER_KEYS } from '../../common/user-keys/body-keys.ts';

const MIB = 1024 ** 2;

/** Partitions of one process; nothing is delivered until `finish`. */
function aConsumer(topics: readonly string[]) {
  const open: { home: PartitionState; tracked: Tracked; bytes: number }[] = [];
  const group = { pause: () => {}, resume: () => {} };
  const flowControl = new FlowControl(
    () => group,
    'bulk',
    (work) => intake.goOn(work),
  );
  const intake = new HeadIntake({
    ...{ sources: PLAIN_SOURCES, logs: SAME_SOURCES },
    bodyKeys: NO_USER_KEYS,
    recipients: recipientsOf(),
    endpoints: { find: () => null },
    backlogs: { takes: () => false, wakeIn: () => {} } as unknown as Backlogs,
    deliveryLoop: {
      receive: (home, tracked, record) => {
        const bytes = flowControl.received(home, record, 1);
        open.push({ home: home as PartitionState, tracked, bytes });
      },
      cancelEvent: () => {},
    },
    flowControl,
  });
  const partitions = topics.map((topic, n) => new PartitionState(topic, n, 0, null));
  return {
    partitions,
    open,
    flowControl,
    fetch(home: PartitionState, count: number, body: Buffer, header = '') {
      const first = home.fetchedTo;
      const records = Array.from({ length: count }, (_, n) => {
        const place = { topic: home.topic, partition: home.partition, offset: first + n };
        const headers = { 'webhook-id': `id-${first + n}`, header };
        return packedRecord({ ...place, key: 'user', value: body, headers, timestampMs: 1 });
      });
      intake.fetched(home, { records, readTo: first + count });
    },
    finish() {
      for (const { home, tracked, bytes } of open.splice(0)) {
        flowControl.left(home, bytes);
        home.tracker.finish(tracked);
      }
      for (const work of partitions) flowControl.balance(work);
    },
  };
}

const bytesOf = ({ openBytes }: PartitionState) => openBytes;

for (const part of ['body', 'header'] as const) {
  test(`records with a large ${part} fill no more memory than small ones`, () => {
    const consumer = aConsumer(['a', 'a', 'a', 'a']);
    const [body, header] = part === 'body' ? [Buffer.alloc(MIB), ''] : [Buffer.from('{}'), large()];
    for (const home of consumer.partitions) consumer.fetch(home, 30, body, header);
    // As the engine does once a second: the first had room while it was fetched.
    for (const home of consumer.partitions) consumer.flowControl.balance(home);
    const taken = consumer.partitions.reduce((sum, home) => sum + bytesOf(home), 0);
    assert.ok(taken < 68 * MIB, `${taken / MIB} MiB are in memory as deliveries`);
    assert.ok(
      consumer.partitions.every(({ isPaused }) => isPaused),
      'nothing more is fetched',
    );
    for (const home of consumer.partitions) assert.ok(home.openRecords > 0, 'none is left out');
    let delivered = 0;
    while (consumer.open.length > 0) {
      delivered += consumer.open.length;
      consumer.finish();
      const next = consumer.partitions.reduce((sum, home) => sum + bytesOf(home), 0);
      assert.ok(next < 68 * MIB, `then ${next / MIB} MiB`);
    }
    assert.equal(delivered, 120, 'what waits as it was fetched is taken when there is room');
    assert.ok(
      consumer.partitions.every(({ isPaused }) => !isPaused),
      'and fetching goes on',
    );
  });
}

test('what waits as it was fetched is a part of the memory, until it is taken or forgotten', () => {
  const consumer = aConsumer(['a', 'b']);
  const [one, other] = consumer.partitions as [PartitionState, PartitionState];
  consumer.fetch(one, 100, Buffer.alloc(MIB));
  consumer.fetch(other, 10, Buffer.alloc(MIB));
  assert.equal(other.openRecords, 1, 'only what each partition may have in any case');
  consumer.flowControl.forgetFetched(one);
  assert.deepEqual([one.fetchedBytes, one.fetched.length], [0, 0]);
  consumer.flowControl.forgetFetched(other);
  consumer.finish();
  consumer.fetch(other, 10, Buffer.alloc(MIB));
  assert.equal(other.openRecords, 10);
});

test('what is fetched later is taken behind what waits already', () => {
  const consumer = aConsumer(['a']);
  const [home] = consumer.partitions as [PartitionState];
  consumer.fetch(home, 100, Buffer.alloc(MIB));
  const taken = consumer.open.map(({ tracked }) => tracked.offset);
  assert.ok(home.fetched.length > 0);
  // There is room again, and nobody has looked yet.
  for (const { bytes, tracked } of consumer.open.splice(0)) {
    consumer.flowControl.left(home, bytes);
    home.tracker.finish(tracked);
  }
  consumer.fetch(home, 1, Buffer.from('{}'));
  do {
    taken.push(...consumer.open.map(({ tracked }) => tracked.offset));
    consumer.finish();
  } while (consumer.open.length > 0);
  assert.deepEqual(
    taken,
    Array.from({ length: 101 }, (_, offset) => offset),
  );
});

test('a partition takes two thousand small records at once, and more once half of them are done', () => {
  const consumer = aConsumer(['a']);
  const [home] = consumer.partitions as [PartitionState];
  consumer.fetch(home, 3_500, Buffer.from('{}'));
  assert.deepEqual([home.openRecords, home.fetched.length, home.isPaused], [2_000, 1_500, true]);
  const finish = (count: number) => {
    for (const { tracked, bytes } of consumer.open.splice(0, count)) {
      consumer.flowControl.left(home, bytes);
      home.tracker.finish(tracked);
    }
    consumer.flowControl.balance(home);
  };
  finish(999);
  assert.deepEqual([home.openRecords, home.fetched.length], [1_001, 1_500]);
  finish(1);
  assert.deepEqual([home.openRecords, home.fetched.length, home.isPaused], [2_000, 500, true]);
});

test('rows of files fill three quarters of the memory at most', () => {
  const bytesAtPause = (topic: string) => {
    const consumer = aConsumer([topic]);
    const [home] = consumer.partitions as [PartitionState];
    while (!home.isPaused) {
      consumer.fetch(home, 1, Buffer.alloc(MIB));
      consumer.flowControl.balance(home);
    }
    return Math.round(home.openBytes / MIB);
  };
  // A partition may take half of what is free when it is the only one.
  assert.deepEqual([bytesAtPause('live'), bytesAtPause('bulk')], [32, 24]);
});

function large(): string {
  return 'x'.repeat(MIB);
}
