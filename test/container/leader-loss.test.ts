// Goal: a cluster of three goes on without one of them, and nothing that it acknowledged is
// missing, though the lost one led a third of the partitions.
import { after, test } from 'node:test';
import { withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { startContainerKafka } from '../support/container-kafka.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { checkNothingLost, systemUnderLoad, untilFlowing } from '../support/load.ts';

const kafka = await startContainerKafka({ nodes: 3 });
after(() => kafka.stop());

async function leaderOf({ kafka: connection, names }: DeliverySystem, partition: number) {
  const topics = [names.deliveries];
  const metadata = await withAdmin(connection, (admin) => admin.fetchTopicMetadata({ topics }));
  const found = metadata.topics[0]?.partitions.find(({ partitionId }) => partitionId === partition);
  return kafka.nodes.find(({ id }) => id === found?.leader);
}

test('the loss of a leader under load loses nothing', { timeout: 240_000 }, async (t) => {
  const running = await systemUnderLoad(t, kafka);
  const leader = await leaderOf(running.system, 0);
  if (!leader) throw new Error('no leader');
  await leader.kill();
  await untilFlowing(running);
  await checkNothingLost(t, running);
});
