import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchCoordinator } from './coordinator-patch.ts';
import { internalModule } from './internals.ts';

type Retrier = (work: (bail: (error: Error) => void) => Promise<unknown>) => Promise<unknown>;

// That consumers outlive restarts of their broker is shown by test/integration/chaos.test.ts.

test('kafkajs asks again who coordinates a group when no broker could say', async () => {
  patchCoordinator();
  const { prototype } = internalModule<{
    prototype: { findGroupCoordinator(of: { groupId: string }): Promise<unknown> };
  }>('cluster');
  const createRetrier = internalModule<(options: object) => Retrier>('retry');
  const coordinator = { coordinator: { nodeId: 7 } };
  const answers: unknown[] = [null, null, coordinator];
  let refreshed = 0;
  const cluster = Object.assign(Object.create(prototype) as typeof prototype, {
    retrier: createRetrier({ initialRetryTime: 1, retries: 3 }),
    brokerPool: { withBroker: () => Promise.resolve(answers.shift()) },
    findBroker: ({ nodeId }: { nodeId: number }) => Promise.resolve(`broker ${nodeId}`),
    refreshMetadata: () => Promise.resolve(void (refreshed += 1)),
    logger: { debug: () => {} },
  });
  assert.equal(await cluster.findGroupCoordinator({ groupId: 'g' }), 'broker 7');
  assert.equal(refreshed, 2);
});

test('a consumer whose group none can coordinate for long is restarted, and does not die', async () => {
  patchCoordinator();
  const { prototype } = internalModule<{
    prototype: { findGroupCoordinator(of: { groupId: string }): Promise<unknown> };
  }>('cluster');
  const createRetrier = internalModule<(options: object) => Retrier>('retry');
  const cluster = Object.assign(Object.create(prototype) as typeof prototype, {
    retrier: createRetrier({ initialRetryTime: 1, retries: 2 }),
    brokerPool: { withBroker: () => Promise.resolve(null) },
    refreshMetadata: () => Promise.resolve(),
    logger: { debug: () => {} },
  });
  // kafkajs restarts a consumer after this one, whatever its cause.
  await assert.rejects(cluster.findGroupCoordinator({ groupId: 'g' }), {
    name: 'KafkaJSNumberOfRetriesExceeded',
  });
});
