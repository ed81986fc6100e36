import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { BrokerLane } from './broker-lane.ts';
import { PartitionQueue } from './partition-queue.ts';

/** Queues of a byte for each partition, and a lane whose requests end when they are told to. */
function aLane() {
  const requests: { readonly partitions: number[]; readonly end: () => void }[] = [];
  const lane = new BrokerLane((queues) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = () => {
      queues.forEach((queue) => queue.written());
      resolve();
    };
    requests.push({ partitions: queues.map(({ partition }) => partition), end });
    return promise;
  });
  const offer = (partition: number, lingerMs = 0, bytes = 1) => {
    const queue = new PartitionQueue('t', partition);
    const record = { topic: 't', partition, key: null, value: '', headers: {} };
    queue.add({ record, bytes, expiresAtMs: Infinity, resolve: () => {}, reject: () => {} }, 0);
    lane.offer(queue, performance.now() + lingerMs);
  };
  return { lane, offer, asked: () => requests.map(({ partitions }) => partitions), requests };
}

test('what is offered in one turn shares a request, and the rest waits for its end', async () => {
  const { offer, asked, requests } = aLane();
  offer(0);
  offer(1);
  await turn();
  assert.deepEqual(asked(), [[0, 1]]);
  offer(2);
  offer(3);
  await turn();
  assert.equal(requests.length, 1, 'one request is under way');
  requests[0]?.end();
  await turn();
  await turn();
  assert.deepEqual(asked(), [
    [0, 1],
    [2, 3],
  ]);
});

test('what may linger goes when the first of it is due, or with what may not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { lane, offer, asked, requests } = aLane();
  offer(0, 60_000);
  await turn();
  assert.deepEqual(asked(), []);
  offer(1);
  await turn();
  assert.deepEqual(asked(), [[0, 1]]);
  requests[0]?.end();
  await turn();
  offer(2, 1_000);
  offer(3, 1_000);
  t.mock.timers.tick(1_001);
  assert.deepEqual(asked(), [
    [0, 1],
    [2, 3],
  ]);
  lane.close();
});

test('what lingers goes at once when it is told to hurry', async () => {
  const { lane, offer, asked } = aLane();
  lane.hurry();
  offer(0, 60_000);
  lane.hurry();
  await turn();
  assert.deepEqual(asked(), [[0]]);
  lane.close();
});

test('a request is bounded in bytes, and what did not fit goes with the next one', async () => {
  const { offer, asked, requests } = aLane();
  for (const partition of [0, 1, 2]) offer(partition, 0, 900_000);
  await turn();
  assert.deepEqual(asked(), [[0, 1]]);
  requests[0]?.end();
  await turn();
  await turn();
  assert.deepEqual(asked(), [[0, 1], [2]]);
});
