// Goal: what a process follows costs next to nothing while nothing comes, and is seen at once when
// something does. Requests are counted, not times.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCompactedTable } from '../../../common/kafka/consume/compacted-table.ts';
import { followTopic } from '../../../common/kafka/consume/follow-topic.ts';
import { joinGroup } from '../../../common/kafka/consume/group.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import type { CompactedTable } from '../../../common/kafka/ports.ts';
import { deleteRecords } from '../../../common/kafka/admin/delete-records.ts';
import { watchFetches } from '../../support/fetch-watch.ts';
import { failTest, freshTopic, logger, record } from '../../support/fresh-topic.ts';
import { until } from '../../support/until.ts';

const LONG_MS = 1_000;
const parse = String;

test('tables of one process share a request that waits', async (t) => {
  const { kafka, name } = await freshTopic(t, 2);
  const names = [name, ...['b', 'c', 'd'].map((letter) => `${name}-${letter}`)];
  const specs = names.map((topic) => ({ name: topic, partitions: 2, settings: {} }));
  await ensureTopics(kafka, specs, 1, logger);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const { all } = watchFetches(t);
  const tables: CompactedTable<string>[] = [];
  for (const topic of names) {
    tables.push(await openCompactedTable({ kafka, topic, parse, logger, onFatal: failTest }));
  }
  t.after(() => Promise.all(tables.map((table) => table.close())));
  await Promise.all(tables.map((table) => table.caughtUp()));
  const isWaiting = () => all.at(-1)?.state === 'waiting' && (all.at(-1)?.waitMs ?? 0) >= LONG_MS;
  await until(isWaiting);
  assert.equal(all.filter(({ state }) => state === 'waiting').length, 1, 'one for all of them');
  assert.ok(all.length <= 12, `${all.length} requests until one waits long`);

  await t.test('which a change of any of them answers', async () => {
    for (const [index, topic] of names.entries()) {
      await until(isWaiting);
      const waiting = all.at(-1);
      const changed = new Promise((resolve) => tables[index]?.onChange(resolve));
      await publisher.publish(record(topic, index % 2, index), 30_000);
      await changed;
      assert.equal(waiting?.state, 'answered', 'no other request was needed');
    }
  });

  await t.test('which is given up for a table that comes later', async () => {
    await until(isWaiting);
    const waiting = all.at(-1);
    const later = `${name}-later`;
    await ensureTopics(kafka, [{ name: later, partitions: 1, settings: {} }], 1, logger);
    await publisher.publish(record(later, 0, 7), 30_000);
    const at = { kafka, topic: later, parse, logger, onFatal: failTest };
    const table = await openCompactedTable(at);
    tables.push(table);
    await table.caughtUp();
    assert.equal(table.get('k7'), 'v7');
    assert.equal(waiting?.state, 'given up');
  });

  await t.test('which a stop does not wait for', async () => {
    await until(isWaiting);
    const waiting = all.at(-1);
    await Promise.all(tables.map((table) => table.close()));
    assert.equal(waiting?.state, 'given up');
    await assert.rejects(tables[0]?.caughtUp() as Promise<void>, /is closed/);
  });
});

test('partitions that come later are followed, also beside a topic that is gone, and what was cut off is passed', async (t) => {
  const { kafka, name } = await freshTopic(t, 1);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  for (let n = 0; n < 4; n += 1) await publisher.publish(record(name, 0, n), 30_000);
  await deleteRecords(kafka, name, new Map([[0, 2]]));
  const seen: string[] = [];
  const followed = await followTopic({
    ...{ kafka, topic: name, logger, onFatal: failTest },
    // As who has read less than is left.
    startAt: (partition, low) => (partition === 0 ? 1 : low),
    onBatch: ({ records }) => seen.push(...records.map(({ value }) => String(value))),
  });
  t.after(() => followed.close());
  await followed.caughtUp();
  assert.deepEqual(seen, ['v2', 'v3']);
  const gone = `${name}-gone`;
  await ensureTopics(kafka, [{ name: gone, partitions: 1, settings: {} }], 1, logger);
  const other = { kafka, topic: gone, logger, onBatch: () => {}, onFatal: failTest };
  const followedBeside = await followTopic(other);
  t.after(() => followedBeside.close());
  await withAdmin(kafka, async (admin) => {
    await admin.deleteTopics({ topics: [gone] });
    await admin.createPartitions({ topicPartitions: [{ topic: name, count: 2 }] });
  });
  await publisher.publish(record(name, 1, 9), 30_000);
  await until(() => seen.includes('v9'), { timeoutMs: 30_000 });
});

test('a group at rest waits for a whole second, and its stop for nothing', async (t) => {
  const { kafka, name } = await freshTopic(t, 2);
  const { all } = watchFetches(t);
  const group = await joinGroup({
    ...{ kafka, groupId: `${name}-group`, topics: [name], logger, onFatal: failTest },
    handlers: {
      onFence: () => {},
      onAssigned: () => Promise.resolve([]),
      onRecords: () => {},
    },
  });
  const isLong = () => all.at(-1)?.state === 'waiting' && (all.at(-1)?.waitMs ?? 0) > 500;
  await until(isLong);
  group.pause(name, 0);
  await until(() => (all.at(-1)?.waitMs ?? LONG_MS) <= 100, {
    describe: () => JSON.stringify(all),
  });
  group.resume(name, 0);
  await until(isLong);
  const waiting = all.at(-1);
  await group.close();
  assert.equal(waiting?.state, 'given up');
});
