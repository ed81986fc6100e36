import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { DelayQueue } from './delay-queue.ts';
import type { DeliveryTask } from './delivery-task.ts';

const NOW_MS = 1_800_000_000_000;
/** The longest delay that `setTimeout` takes. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const due = (afterMs: number) =>
  ({ delivery: { dueAtMs: NOW_MS + afterMs } }) as unknown as DeliveryTask;

/** A queue whose clock the test moves; what came due is noted by its delay. */
function aDelayQueue(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: NOW_MS });
  const came: number[] = [];
  const queue = new DelayQueue((tasks) => {
    came.push(...tasks.map(({ delivery }) => delivery.dueAtMs - NOW_MS));
  });
  t.after(() => queue.close());
  const add = (...delays: number[]) => delays.forEach((afterMs) => queue.add(due(afterMs)));
  return { queue, came, add, tick: (ms: number) => t.mock.timers.tick(ms) };
}

test('deliveries come when they are due, soonest first, in whatever order they were added', (t) => {
  const { came, add, tick } = aDelayQueue(t);
  add(500, 100, 300, 200, 400, 100);
  tick(99);
  assert.deepEqual(came, []);
  tick(1);
  assert.deepEqual(came, [100, 100]);
  tick(250);
  assert.deepEqual(came, [100, 100, 200, 300]);
  tick(150);
  assert.deepEqual(came, [100, 100, 200, 300, 400, 500]);
});

test('a sooner delivery is not kept waiting by the timer of a later one', (t) => {
  const { came, add, tick } = aDelayQueue(t);
  add(60_000);
  add(-5, 10);
  tick(1);
  assert.deepEqual(came, [-5]);
  tick(9);
  assert.deepEqual(came, [-5, 10]);
});

test('a delivery that is taken out does not come, and the others keep their order', (t) => {
  const { queue, came, add, tick } = aDelayQueue(t);
  add(300, 100, 200, 400);
  const taken = queue.sift(({ delivery }) => delivery.dueAtMs !== NOW_MS + 200);
  assert.deepEqual(
    taken.map(({ delivery }) => delivery.dueAtMs - NOW_MS),
    [200],
  );
  tick(1_000);
  assert.deepEqual(came, [100, 300, 400]);
});

test('a delivery that is due in a month comes then, though no timer waits so long', (t) => {
  const { came, add, tick } = aDelayQueue(t);
  const setTimer = t.mock.method(globalThis, 'setTimeout');
  const monthMs = 31 * 24 * 3_600_000;
  add(monthMs);
  assert.equal(setTimer.mock.calls[0]?.arguments[1], TIMER_MS_MAX);
  tick(TIMER_MS_MAX);
  assert.deepEqual(came, []);
  tick(monthMs - TIMER_MS_MAX);
  assert.deepEqual(came, [monthMs]);
});

test('a closed queue wakes nobody', (t) => {
  const { queue, came, add, tick } = aDelayQueue(t);
  add(10);
  queue.close();
  tick(1_000);
  assert.deepEqual(came, []);
});
