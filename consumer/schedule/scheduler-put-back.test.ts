import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOUR_MS, aScheduler } from '../../test/support/scheduler.ts';
import { PartitionState } from '../partition/partition-state.ts';
import type { DeliveryTask } from './delivery-task.ts';

test('a delivery of a lost partition is dropped when it is added, and never started', async (t) => {
  const { add, dropped, offsets } = aScheduler(t);
  const lost = new PartitionState('deliveries', 1, 0, null);
  lost.isOurs = false;
  add(1, { home: lost });
  add(2, { home: lost, isInLane: true });
  assert.deepEqual(await offsets(), []);
  assert.deepEqual(dropped, [1, 2]);
});

test('a delivery that is put back is started before all others, and again after each time', async (t) => {
  const { scheduler, started, add, end, dropped, offsets } = aScheduler(t, 1);
  for (const offset of [1, 2, 3]) add(offset);
  assert.deepEqual(await offsets(), [1]);
  for (const expected of [
    [1, 1],
    [1, 1, 1],
  ]) {
    const task = started.at(-1) as DeliveryTask;
    scheduler.first(task);
    end(task);
    assert.deepEqual(await offsets(), expected);
  }
  assert.deepEqual(dropped, []);
});

test('to wake an endpoint hastens no retry, unless the endpoint is deleted', async (t) => {
  const { scheduler, add, anEndpoint, cancelled, offsets } = aScheduler(t);
  const endpoint = anEndpoint('sub_a');
  add(1, { endpoint, attempt: 2, dueAtMs: Date.now() + HOUR_MS });
  scheduler.wake(endpoint);
  assert.deepEqual(await offsets(), []);
  assert.deepEqual(cancelled, []);
  endpoint.update({ ...endpoint.settings, state: 'deleted' });
  scheduler.wake(endpoint);
  assert.deepEqual(await offsets(), []);
  assert.deepEqual(cancelled, [1]);
});
