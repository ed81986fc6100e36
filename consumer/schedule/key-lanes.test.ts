import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyLanes } from './key-lanes.ts';
import { PartitionState } from '../partition/partition-state.ts';
import type { DeliveryTask } from './delivery-task.ts';

const home = new PartitionState('deliveries', 0, 0, null);

function workOf(key: string): DeliveryTask {
  return { home, delivery: { key, subscription: null }, lane: null } as unknown as DeliveryTask;
}

test('one of each lane may go, and the next when it has left', () => {
  const lanes = new KeyLanes();
  const [first, second, other] = [workOf('a'), workOf('a'), workOf('b')];
  assert.deepEqual(
    [first, second, other].map((work) => lanes.enter(work)),
    [true, false, true],
  );
  assert.equal(lanes.leave(first), second);
  assert.equal(lanes.leave(second), undefined);
  assert.equal(lanes.enter(first), true, 'the lane is free again');
  assert.equal(lanes.enter(second), false);
  assert.equal(lanes.leave(first), second);
});

test('what waits behind a blocked head is counted as held, in a lane that was free before too', () => {
  const lanes = new KeyLanes();
  const head = workOf('a');
  lanes.enter(head);
  lanes.leave(head);
  lanes.enter(head);
  lanes.enter(workOf('a'));
  lanes.block(head, 1);
  lanes.enter(workOf('a'));
  // As when the retry fails as well before its lane went on.
  lanes.block(head, 2);
  assert.equal(home.heldRecords, 3);
  lanes.unblock(head);
  assert.equal(home.heldRecords, 0);
});

test('a lane that is left while its head is blocked begins again', () => {
  const lanes = new KeyLanes();
  const fresh = new PartitionState('deliveries', 1, 0, null);
  const head = { ...workOf('a'), home: fresh } as DeliveryTask;
  lanes.enter(head);
  lanes.block(head, 1);
  lanes.leave(head);
  const before = fresh.heldRecords;
  lanes.enter(head);
  lanes.enter({ ...head });
  lanes.unblock(head);
  assert.equal(fresh.heldRecords, before);
});

test('endless new users take no endless memory, and no busy lane is forgotten', () => {
  const lanes = new KeyLanes();
  const busy = workOf('busy');
  lanes.enter(busy);
  for (let n = 0; n < 100_000; n += 1) {
    const work = workOf(`user-${n}`);
    lanes.enter(work);
    lanes.leave(work);
  }
  assert.ok(lanes.size <= 10_002, `${lanes.size} lanes`);
  assert.equal(lanes.enter(workOf('busy')), false);
});
