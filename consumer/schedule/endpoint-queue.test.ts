import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { DeliveryTask } from './delivery-task.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import type { LogLane } from './lane-share.ts';

const task = (id: string, attempt: number, logLane: LogLane = 'live') =>
  ({ delivery: { id, attempt }, logLane }) as unknown as DeliveryTask;

/** The ids of a lane in the order in which they may start. */
function order(queue: EndpointQueue, lane: LogLane, mayRetry = true): readonly string[] {
  const ids: string[] = [];
  for (let line = queue.nextLine(lane, mayRetry); line; line = queue.nextLine(lane, mayRetry)) {
    ids.push((line.shift() as DeliveryTask).delivery.id);
  }
  return ids;
}

test('first attempts and retries of a lane take turns, a retry first', () => {
  const queue = new EndpointQueue({} as Endpoint);
  for (const id of ['r1', 'r2', 'r3']) queue.push(task(id, 2));
  for (const id of ['f1', 'f2']) queue.push(task(id, 1));
  queue.push(task('bulk', 1, 'bulk'));
  assert.equal(queue.length, 6);
  assert.deepEqual([queue.lengthOf('live'), queue.lengthOf('bulk')], [5, 1]);
  assert.deepEqual(order(queue, 'live'), ['r1', 'f1', 'r2', 'f2', 'r3']);
  assert.deepEqual(order(queue, 'bulk'), ['bulk']);
});

test('without a right to retry only first attempts start', () => {
  const queue = new EndpointQueue({} as Endpoint);
  for (const [id, attempt] of [
    ['r', 3],
    ['f', 1],
  ] as const)
    queue.push(task(id, attempt));
  assert.deepEqual(order(queue, 'live', false), ['f']);
  assert.equal(queue.length, 1);
});

test('a delivery that is put back is the next of its kind', () => {
  const queue = new EndpointQueue({} as Endpoint);
  queue.push(task('f1', 1));
  queue.push(task('r1', 2));
  queue.putBack(task('f0', 1));
  queue.putBack(task('r0', 2));
  assert.deepEqual(order(queue, 'live'), ['r0', 'f0', 'r1', 'f1']);
});

test('deliveries that are not wanted are taken out of both lanes, and the others keep their order', () => {
  const queue = new EndpointQueue({} as Endpoint);
  for (const lane of ['live', 'bulk'] as const) {
    for (const id of ['a', 'x', 'b', 'c']) queue.push(task(id, 1, lane));
  }
  const out = queue.sift(({ delivery }) => delivery.id !== 'x');
  assert.deepEqual(
    out.map(({ logLane }) => logLane),
    ['live', 'bulk'],
  );
  for (const lane of ['live', 'bulk'] as const) {
    assert.deepEqual(order(queue, lane), ['a', 'b', 'c']);
  }
});

test('the time of waiting begins with the first delivery, and again after all have started', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
  const queue = new EndpointQueue({} as Endpoint);
  queue.push(task('a', 1));
  t.mock.timers.tick(50);
  queue.push(task('b', 1, 'bulk'));
  assert.equal(queue.waitingSinceMs, 1_000);
  order(queue, 'live');
  order(queue, 'bulk');
  queue.push(task('c', 1));
  assert.equal(queue.waitingSinceMs, 1_050);
});
