// Goal: cursors of endpoints lie where Kafka keeps the offsets of its groups, so its own tools show
// and move them, and nobody else's group is touched.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { openCursorStore } from '../../../common/kafka/consume/cursor-store.ts';
import type { Cursor } from '../../../common/kafka/consume/cursor-store.ts';
import { joinGroup } from '../../../common/kafka/consume/group.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { useBroker } from '../../support/broker.ts';
import { failTest, freshTopic, logger, record } from '../../support/fresh-topic.ts';
import { lagByKafka, runKafkaTool } from '../../support/kafka-tools.ts';

const RECORDS = 10;
/** The most that a broker keeps with an offset. */
const METADATA = 'ü'.repeat(4_096);

async function aStore(t: TestContext) {
  const { brokers } = await useBroker(t);
  const { kafka, name: topic } = await freshTopic(t, 3);
  const groupPrefix = `${topic}.delivery.`;
  const store = await openCursorStore({ kafka, groupPrefix, logger });
  t.after(() => store.close());
  const cursor = (endpoint: string, partition: number, offset: number, metadata = ''): Cursor => {
    return { endpoint, topic, partition, offset, metadata };
  };
  const load = async (...partitions: number[]) => {
    const cursors = await store.load(new Map([[topic, partitions]]));
    const nameOf = (one: Cursor) => `${one.endpoint}/${one.partition}`;
    return [...cursors].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
  };
  return { brokers, kafka, topic, groupPrefix, store, cursor, load };
}

test('cursors are kept for each endpoint, shown and reset by Kafka itself, and taken away', async (t) => {
  const { brokers, kafka, topic, groupPrefix, store, cursor, load } = await aStore(t);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close());
  const partitions = [0, 1, 2].flatMap((n) => Array.from({ length: RECORDS }, () => n));
  await Promise.all(
    partitions.map((partition, n) => publisher.publish(record(topic, partition, n), 30_000)),
  );
  assert.deepEqual(await load(0, 1, 2), []);

  const a = [cursor('a', 0, 3, METADATA), cursor('a', 2, 5)];
  const b = [cursor('b.c', 0, 7, 'map')];
  // Neither the main group nor one of another prefix is an endpoint's.
  const others = await openCursorStore({ kafka, groupPrefix: `${topic}.delivery`, logger });
  t.after(() => others.close());
  await others.commit([cursor('', 0, 1), cursor('-other', 0, 1)]);
  await store.commit([...a, ...b]);
  assert.deepEqual(await load(0, 1, 2), [...a, ...b]);
  assert.deepEqual(await load(2), [cursor('a', 2, 5)]);
  assert.deepEqual(await load(), []);
  await store.commit([cursor('a', 2, 6, 'later')]);
  assert.deepEqual(await load(1, 2), [cursor('a', 2, 6, 'later')]);

  const toEarliest = ['--reset-offsets', '--to-earliest', '--topic', topic, '--execute'];
  const group = ['--group', `${groupPrefix}a`];
  const [lag] = await Promise.all([
    lagByKafka(brokers, `${groupPrefix}b.c`),
    runKafkaTool(brokers, 'kafka-consumer-groups', ...toEarliest, ...group),
  ]);
  assert.deepEqual(lag, { [topic]: RECORDS - 7 });
  const reset = [0, 1, 2].map((partition) => cursor('a', partition, 0));
  assert.deepEqual(await load(0, 1, 2), [...reset, ...b]);

  await store.remove([cursor('a', 0, 0), cursor('a', 1, 0), ...b]);
  assert.deepEqual(await load(0, 1, 2), [cursor('a', 2, 0)]);
  // A cursor that does not exist, or whose group is gone, counts as removed.
  await store.remove([cursor('a', 0, 0), cursor('a', 2, 0), ...b, cursor('never', 0, 0)]);
  assert.deepEqual(await load(0, 1, 2), []);
  assert.equal((await others.load(new Map([[topic, [0]]]))).length, 2);
});

test('a group that has a member takes no cursors, and the refusal says why', async (t) => {
  const { kafka, topic, groupPrefix, store, cursor, load } = await aStore(t);
  await store.commit([cursor('a', 0, 1), cursor('b', 0, 1)]);
  const joined = Promise.withResolvers<void>();
  const group = await joinGroup({
    ...{ kafka, groupId: `${groupPrefix}a`, topics: [topic], logger, onFatal: failTest },
    handlers: {
      onRecords: () => {},
      onFence: () => {},
      onAssigned: () => {
        joined.resolve();
        return Promise.resolve([]);
      },
    },
  });
  t.after(() => group.close());
  await joined.promise;
  const refused = {
    code: 'group_active',
    message: new RegExp(`the group ${groupPrefix}a, because it has live members \\([A-Z_]+\\)`),
  };
  await assert.rejects(store.commit([cursor('a', 0, 2)]), refused);
  await assert.rejects(store.remove([cursor('a', 0, 2)]), refused);
  await store.commit([cursor('b', 0, 2)]);
  assert.deepEqual(await load(0), [cursor('a', 0, 1), cursor('b', 0, 2)]);
});
