import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { KafkaConnection } from '../../../common/kafka/client/connection.ts';
import { openCompactedTable } from '../../../common/kafka/consume/compacted-table.ts';
import { joinGroup } from '../../../common/kafka/consume/group.ts';
import { internalModule } from '../../../common/kafka/internals.ts';
import { openGroupView } from '../../../common/kafka/admin/group-view.ts';
import { totalLag } from '../../../common/kafka/admin/lag.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { openTopicDescriber } from '../../../common/kafka/admin/topic-descriptions.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { createTransactionalWriter } from '../../../common/kafka/produce/transactional-writer.ts';
import type { Assignment, Commit, Group } from '../../../common/kafka/ports.ts';
import { failTest, freshTopic, logger, readAll, record } from '../../support/fresh-topic.ts';
import { until } from '../../support/until.ts';
import type { TestContext } from 'node:test';

test('a topic that is made again under its name has another id', async (t) => {
  const { kafka, name } = await freshTopic(t, 3);
  const describer = await openTopicDescriber(kafka);
  t.after(() => describer.close());
  const describe = async () => (await describer.describe([name, `${name}-none`]))?.get(name);
  const before = await describe();
  assert.match(before?.id ?? '', /^[0-9a-f]{32}$/);
  assert.equal(before?.partitions, 3);
  await withAdmin(kafka, (admin) => admin.deleteTopics({ topics: [name] }));
  await until(async () => (await describe()) === undefined);
  await ensureTopics(kafka, [{ name, partitions: 2, settings: {} }], 1, logger);
  const after = await describe();
  assert.equal(after?.partitions, 2);
  assert.notEqual(after?.id, before?.id);
});

test('a newer writer fences the older one, and only whole transactions are read', async (t) => {
  const { kafka, name } = await freshTopic(t, 2);
  const transactionalId = `${name}-writer`;
  const older = createTransactionalWriter({ kafka, transactionalId, logger });
  const newer = createTransactionalWriter({ kafka, transactionalId, logger });
  t.after(() => Promise.all([older.close(), newer.close()]));
  await older.fence();
  const many = Array.from({ length: 4_000 }, (_, n) => record(name, n % 2, n));
  await older.write(many);
  await newer.fence();
  await assert.rejects(older.write([record(name, 0, 4_001)]));
  await newer.write([record(name, 0, 5_000)]);
  const seen = await readAll(t, kafka, name);
  assert.equal(seen.length, 4_001);
  assert.ok(!seen.some((s) => s.value === 'v4001'));
});

interface Member {
  readonly group: Group;
  readonly seen: string[];
  readonly metadataAt: Map<number, string>;
}

async function member(
  t: TestContext,
  kafka: KafkaConnection,
  topic: string,
  assigned: (assignment: Assignment) => void = () => {},
): Promise<Member> {
  const seen: string[] = [];
  const metadataAt = new Map<number, string>();
  const group = await joinGroup({
    kafka,
    groupId: `${topic}-group`,
    topics: [topic],
    logger,
    onFatal: failTest,
    handlers: {
      onFence: () => {},
      onAssigned: (assignment, committed) => {
        for (const partition of assignment.get(topic) ?? []) {
          metadataAt.set(partition, committed.get(topic, partition).metadata);
        }
        assigned(assignment);
        return Promise.resolve([]);
      },
      onRecords: ({ records }) => seen.push(...records.map((r) => String(r.value))),
    },
  });
  let closed = false;
  const close = group.close.bind(group);
  group.close = async () => {
    if (!closed) await close();
    closed = true;
  };
  t.after(() => group.close());
  return { group, seen, metadataAt };
}

test('commits carry metadata to the next member, which goes on from there', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  for (let n = 0; n < 5; n += 1) await publisher.publish(record(name, 0, n), 30_000);

  const first = await member(t, kafka, name);
  await until(() => first.seen.length === 5);
  const commits: Commit[] = [{ topic: name, partition: 0, offset: 3, metadata: 'finished: 4' }];
  await first.group.commit(commits);
  await first.group.close();

  const second = await member(t, kafka, name);
  await until(() => second.seen.length === 2);
  assert.deepEqual(second.seen, ['v3', 'v4']);
  assert.equal(second.metadataAt.get(0), 'finished: 4');
});

test('a paused partition gives nothing until it is resumed, and then everything', async (t) => {
  const { kafka, name } = await freshTopic(t, 2);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const one = await member(t, kafka, name);
  await until(() => one.group.isStable);
  one.group.pause(name, 0);
  for (let n = 0; n < 100; n += 1) await publisher.publish(record(name, n % 2, n), 30_000);
  await until(() => one.seen.length === 50);
  assert.ok(one.seen.every((value) => Number(value.slice(1)) % 2 === 1));
  one.group.resume(name, 0);
  await until(() => one.seen.length === 100);
});

test('two members share the partitions, and one takes all when the other leaves', async (t) => {
  const { kafka, name } = await freshTopic(t, 4);
  const one = await member(t, kafka, name);
  const two = await member(t, kafka, name);
  const held = (m: Member) => m.group.assignment.get(name)?.length;
  await until(() => held(one) === 2 && held(two) === 2 && one.group.isStable);
  await two.group.close();
  await until(() => held(one) === 4 && one.group.isStable);
});

test('a heartbeat from before a standstill says nothing of the membership after it', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const { group } = await member(t, kafka, name);
  await until(() => group.isStable);
  const { prototype } = internalModule<{ prototype: { heartbeat(of: object): unknown } }>('broker');
  const { heartbeat } = prototype;
  const stoodStill = new Promise<void>((resolve) => {
    prototype.heartbeat = function (of) {
      prototype.heartbeat = heartbeat;
      // It has been sent, and its answer not been read. A session lasts 10 s, as does a request.
      setImmediate(() => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 9_500);
        resolve();
      });
      return heartbeat.call(this, of);
    };
  });
  await stoodStill;
  // The next one is sent a second after the answer to this one.
  for (const untilMs = Date.now() + 500; Date.now() < untilMs; await turn()) {
    assert.equal(group.isStable, false);
  }
  await until(() => group.isStable);
});

test('the lag reaches zero past the markers of transactions, aborted ones included', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const writer = createTransactionalWriter({ kafka, transactionalId: `${name}-tx`, logger });
  t.after(() => writer.close());
  await writer.fence();
  await writer.write([record(name, 0, 0)]);

  const readTo = new Map<number, number>();
  const group = await joinGroup({
    kafka,
    groupId: `${name}-group`,
    topics: [name],
    logger,
    onFatal: failTest,
    handlers: {
      onFence: () => {},
      onAssigned: () => Promise.resolve([]),
      onRecords: (batch) => readTo.set(batch.partition, batch.readTo),
    },
  });
  t.after(() => group.close());
  await until(() => readTo.get(0) === 2);
  await group.commit([{ topic: name, partition: 0, offset: 2, metadata: '' }]);
  const view = await openGroupView(kafka, `${name}-group`);
  t.after(() => view.close());
  const lags = await view.lags([name]);
  assert.equal(totalLag(lags), 0);
  assert.equal(lags[0]?.end, 2);
});

test('a table holds the newest value of each key and forgets tombstones', async (t) => {
  const { kafka, name } = await freshTopic(t, 2, { 'cleanup.policy': 'compact' });
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const put = (key: string, value: string | null) =>
    publisher.publish({ topic: name, partition: 0, key, value, headers: {} }, 30_000);
  await put('a', '1');
  await put('b', '2');
  await put('a', '3');
  await put('b', null);
  await put('c', 'not a number');

  const parse = (text: string) => (Number.isNaN(Number(text)) ? null : Number(text));
  const table = await openCompactedTable({ kafka, topic: name, parse, logger, onFatal: failTest });
  t.after(() => table.close());
  await table.caughtUp();
  assert.deepEqual([...table.entries()], [['a', 3]]);
  await put('d', '4');
  await table.caughtUp();
  assert.equal(table.get('d'), 4);
});

test('a commit that is larger than one batch of the offsets topic is taken', async (t) => {
  const partitions = 300;
  const { kafka, name } = await freshTopic(t, partitions);
  const { group } = await member(t, kafka, name);
  await until(() => group.isStable);
  const commits = Array.from({ length: partitions }, (_, partition) => ({
    topic: name,
    partition,
    offset: 0,
    metadata: 'x'.repeat(4_000),
  }));
  await group.commit(commits);
});
