// An operator adds partitions with Kafka's own tools: all of them are delivered.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { HEADER } from '../../../common/model/delivery.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { fetchPartitionCounts, withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { startApi } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { runKafkaTool } from '../../support/kafka-tools.ts';
import { until } from '../../support/until.ts';

const RETRY_DELAY_MS = 200;
// So many that none is given up while the receiver refuses.
const RETRY_SCHEDULE = Array(19).fill(`${RETRY_DELAY_MS}ms`).join(',');
const ENV = { PARTITIONS: '4', RETRY_SCHEDULE };

const raise = ({ config, names }: DeliverySystem, count: number) => {
  const what = ['--alter', '--topic', names.deliveries, '--partitions', String(count)];
  return runKafkaTool(config.KAFKA_BROKERS, 'kafka-topics', ...what);
};

async function countsOf({ kafka, names }: DeliverySystem): Promise<number[]> {
  const topics = [
    ...names.lanes,
    names.retry(RETRY_DELAY_MS),
    names.deadLetters,
    names.redriveProgress,
  ];
  const counts = await withAdmin(kafka, (admin) => fetchPartitionCounts(admin, topics));
  return topics.map((topic) => counts.get(topic) ?? 0);
}

/** Writes a delivery into each partition, as a program that is none of ours may do. */
async function publishTo({ kafka, names }: DeliverySystem, partitions: readonly number[]) {
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  await Promise.all(
    partitions.map((partition) => {
      const headers = { [HEADER.id]: `other-${partition}`, [HEADER.contentType]: 'text/plain' };
      const record = { topic: names.deliveries, partition, key: 'k', value: 'text', headers };
      return publisher.publish(record, 30_000);
    }),
  );
  await publisher.close();
}

test('partitions that an operator adds are followed, while all runs and after a stop', async (t) => {
  const system = await aDeliverySystem(t, ENV, { keep: 10_000 });
  const { receiver, names } = system;
  const roles = { api: await startApi(system), console: await startConsole(system) };
  const consumer = system.start('consumer');
  const ids = new Set<string>();
  const send = async (n: number, { api } = roles) => {
    const sent = { user_id: `user-${n}`, data: { n } };
    const { status, json } = await api.post('/send', sent);
    assert.equal(status, 202);
    ids.add(json.id);
  };
  const deliveredIds = () =>
    receiver.deliveries(10_000).map(({ headers }) => headers['webhook-id']);
  for (let n = 0; n < 20; n += 1) await send(n);

  let isRaised = false;
  const load = (async () => {
    // Enough to go on all the while, and few enough for a machine that is busy.
    for (let n = 0; !isRaised; n += 1) {
      await send(n);
      await sleep(50);
    }
  })();
  await raise(system, 8);
  await publishTo(system, [4, 5, 6, 7]);
  await until(async () => (await countsOf(system)).every((count) => count === 8), {
    timeoutMs: 30_000,
    everyMs: 500,
  });
  // The next ones that fail are retried where they are, in a partition that is new.
  receiver.setMode({ mode: 'error' });
  const status = async () => (await roles.console.ask('GET', '/status')).json;
  await until(async () => (await status()).deliveries.retrying > 0, { everyMs: 200 });
  receiver.setMode('ok');
  isRaised = true;
  await load;
  await until(async () => /"partitions-followed"/.test(JSON.stringify(await status())), {
    describe: consumer.output,
  });
  const { detail } = (await status()).consumers[0].alarms[0];
  assert.match(detail, new RegExp(`${names.deliveries} has 8 .* set PARTITIONS=8`));
  await until(() => ['4', '5', '6', '7'].every((n) => deliveredIds().includes(`other-${n}`)), {
    describe: () => [receiver.stats(), consumer.output()],
  });
  await untilDrained(system);
  assert.equal((await roles.console.ask('GET', '/health/ready')).status, 200, 'only a notice');
  const missing = [...ids].filter((id) => !deliveredIds().includes(id));
  assert.deepEqual(missing, []);
  await until(async () => (await status()).consumers[0].partitions.length === 8, { everyMs: 200 });

  for (const role of [roles.api.role, roles.console.role, consumer]) await role.end('SIGTERM');
  await raise(system, 10);
  await publishTo(system, [8, 9]);
  const again = system.start('consumer');
  await until(() => ['8', '9'].every((n) => deliveredIds().includes(`other-${n}`)), {
    describe: again.output,
  });
  assert.deepEqual(await countsOf(system), [10, 10, 10, 10, 10]);
  assert.equal(await again.end('SIGTERM'), 0);

  const larger = { PARTITIONS: '12' };
  const api = await startApi(system, larger);
  assert.deepEqual(await countsOf(system), [12, 12, 12, 12, 12]);
  assert.match(api.role.output(), /topics\.partitions-raised/);
  assert.match(api.role.output(), /have no order between them/);
  system.start('consumer', larger);
  for (let n = 0; n < 40; n += 1) await send(n, { ...roles, api });
  await untilDrained(system);
  assert.deepEqual(
    [...ids].filter((id) => !deliveredIds().includes(id)),
    [],
  );
  const topics = [names.files, names.fileProgress, names.subscriptions, names.idempotency];
  const counts = await withAdmin(system.kafka, (admin) => fetchPartitionCounts(admin, topics));
  assert.deepEqual([...counts.values()], [4, 4, 4, 4], 'hashed keys stay where they are');
});
