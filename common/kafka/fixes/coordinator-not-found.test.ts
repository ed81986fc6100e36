import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixCoordinatorNotFound } from './coordinator-not-found.ts';
import { internalModule } from '../internals.ts';

type Retrier = (work: (bail: (error: Error) => void) => Promise<unknown>) => Promise<unknown>;

// That consumers outlive restarts of their broker: test/integration/system/chaos.test.ts.

test('that no broker knows the coordinator of a group is no reason for a consumer to die', async () => {
  fixCoordinatorNotFound();
  const { prototype } = internalModule<{
    prototype: { findGroupCoordinator(of: { groupId: string }): Promise<unknown> };
  }>('cluster');
  const createRetrier = internalModule<(options: object) => Retrier>('retry');
  const cluster = Object.assign(Object.create(prototype) as typeof prototype, {
    retrier: createRetrier({ initialRetryTime: 1, retries: 2 }),
    brokerPool: { withBroker: () => Promise.resolve(null) },
    logger: { debug: () => {} },
  });
  // By this kafkajs decides, after a crash, whether the consumer is started again.
  await assert.rejects(cluster.findGroupCoordinator({ groupId: 'g' }), {
    name: 'KafkaJSGroupCoordinatorNotFound',
    retriable: true,
  });
});
