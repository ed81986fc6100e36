// Goal: a consumer that loses its brokers, and only them, goes on delivering what it holds and
// can commit nothing; the others take over, and nothing is lost.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Network, getContainerRuntimeClient } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { AT_RISK_FACTOR } from '../../consumer/delivery-loop.ts';
import { startReceiverContainer, startRoleContainer } from '../support/application.ts';
import { startContainerKafka } from '../support/container-kafka.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { checkNothingLost, startLoad, untilFlowing } from '../support/load.ts';
import { until } from '../support/until.ts';

const CONCURRENCY = 64;
/** Some twenty requests of each consumer are under way at any moment. */
const SLOW_MS = 200;
/** Deliveries that may be in flight or not yet committed when a consumer is cut off. */
const AT_RISK = AT_RISK_FACTOR * CONCURRENCY;

const kafka = await startContainerKafka();
const network = await new Network().start();
const containers: StartedTestContainer[] = [];
after(async () => {
  await Promise.all(containers.map((container) => container.stop({ timeout: 0 })));
  await kafka.stop();
  await network.stop();
});

async function membersOf({ kafka: connection, names }: DeliverySystem): Promise<number> {
  const groups = await withAdmin(connection, (admin) =>
    admin.describeGroups([names.deliveryGroup]),
  );
  const [group] = groups.groups;
  return group?.state === 'Stable' ? group.members.length : 0;
}

test('a consumer cut off from its broker loses nothing', { timeout: 240_000 }, async (t) => {
  const { container: docker, network: networks } = await getContainerRuntimeClient();
  const receiver = await startReceiverContainer(network);
  containers.push(receiver.container);
  const system = await aDeliverySystem(t, { KAFKA_BROKERS: kafka.brokers.join(',') });
  const env = {
    KAFKA_BROKERS: kafka.brokersInside.join(','),
    TOPIC_PREFIX: system.config.TOPIC_PREFIX,
    WEBHOOK_URL: receiver.webhookUrl,
    CONCURRENCY: String(CONCURRENCY),
  };
  const toKafka = networks.getById(kafka.network.getId());
  const toReceiver = networks.getById(network.getId());
  for (let count = 0; count < 2; count += 1) {
    const consumer = await startRoleContainer('consumer', { network: kafka.network, env });
    containers.push(consumer);
    await docker.connectToNetwork(docker.getById(consumer.getId()), toReceiver, []);
  }
  await until(async () => (await membersOf(system)) === 2, { everyMs: 200 });
  const running = { system, load: startLoad(system), stats: receiver.stats };
  t.after(() => running.load.abort());
  await receiver.setMode({ mode: 'slow', delayMs: SLOW_MS });
  await untilFlowing(running);

  const Container = containers[1]?.getId() ?? '';
  await toKafka.disconnect({ Container });
  await until(async () => (await membersOf(system)) === 1, { timeoutMs: 90_000, everyMs: 500 });
  await untilFlowing(running);
  await toKafka.connect({ Container });
  await until(async () => (await membersOf(system)) === 2, { timeoutMs: 90_000, everyMs: 500 });
  await untilFlowing(running);
  await checkNothingLost(t, running, AT_RISK);
  const { duplicates } = await receiver.stats();
  assert.ok(duplicates > 0, 'what was under way at the cut was delivered, and not committed');
});
