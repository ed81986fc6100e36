import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../../base/logger.ts';
import type { BrokerConnections } from '../client/broker-connections.ts';
import { BatchSender } from './batch-sender.ts';
import { PartitionQueue } from './partition-queue.ts';

// That it writes to a real broker is shown in test/integration/publisher.

const dead = { nodeId: 1, host: '127.0.0.1', port: 1 };
const live = { nodeId: 2, host: '127.0.0.1', port: 2 };

test('what waits for a broker that cannot be reached goes to the new leader, and not there again', async (t) => {
  let leader = dead;
  const asked: number[] = [];
  const opening = Promise.withResolvers<never>();
  const reached = Promise.withResolvers<void>();
  const topicMetadata = () => [
    {
      ...{ topicErrorCode: 0, topic: 't' },
      partitionMetadata: [{ partitionErrorCode: 0, partitionId: 0, leader: leader.nodeId }],
    },
  ];
  const connections = {
    any: () => Promise.resolve({}),
    with: () => Promise.resolve({ brokers: [dead, live], topicMetadata: topicMetadata() }),
    at: ({ port }: { port: number }) => {
      asked.push(port);
      if (port === dead.port) return opening.promise;
      reached.resolve();
      return new Promise(() => {});
    },
  };
  const sender = new BatchSender({
    ...{ connections: connections as unknown as BrokerConnections, lingerMs: 0 },
    ...{ logger: createLogger('test', 'silent'), transactionalId: null },
    producerId: () => Promise.resolve({ producerId: 1n, epoch: 0 }),
    onWritten: () => {},
    onRefused: (_, error) => assert.fail(error),
    onRenumber: (_, error) => assert.fail(error),
    onFailed: () => true,
  });
  t.after(() => sender.close());
  const queues = ['a', 'b'].map((topic) => new PartitionQueue(topic, 0));
  for (const queue of queues) {
    const record = { topic: queue.topic, partition: 0, key: null, value: 'v', headers: {} };
    const entry = { record, bytes: 1, expiresAtMs: Infinity };
    queue.add({ ...entry, resolve: () => {}, reject: () => {} }, 0);
    sender.offer(queue);
    for (let n = 0; n < 5; n += 1) await turn();
  }
  assert.deepEqual(asked, [dead.port], 'the second one waits in the lane');
  leader = live;
  opening.reject(Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError' }));
  await reached.promise;
  assert.deepEqual(asked, [dead.port, live.port]);
});
