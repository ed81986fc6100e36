import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { PartitionState } from '../partition/partition-state.ts';
import type { DeliveryTask } from './delivery-task.ts';
import { HOUR_MS, aScheduler } from '../../test/support/scheduler.ts';

for (const isInLane of [false, true]) {
  test(`what waits for a lost partition is let go, in lanes ${isInLane}`, (t) => {
    const { scheduler, dropped, add } = aScheduler(t);
    scheduler.hold();
    const lost = new PartitionState('deliveries', 0, 0, null);
    const kept = new PartitionState('deliveries', 1, 0, null);
    const dueAtMs = Date.now() + HOUR_MS;
    add(1, { home: lost, isInLane, dueAtMs });
    add(2, { home: lost, isInLane });
    add(3, { home: kept, isInLane, dueAtMs });
    add(4, { home: kept, isInLane });
    lost.isOurs = false;
    scheduler.dropForeign();
    assert.deepEqual(dropped.toSorted(), [1, 2]);
  });
}

test('of a lost partition all goes at once, though its endpoint is shut', async (t) => {
  const { scheduler, add, anEndpoint, dropped, offsets } = aScheduler(t);
  const endpoint = anEndpoint('shut', 'disabled');
  const lost = new PartitionState('deliveries', 1, 0, null);
  add(1, { endpoint });
  add(2, { endpoint, attempt: 2 });
  add(3, { endpoint, home: lost, isInLane: true, dueAtMs: Date.now() + HOUR_MS });
  for (let offset = 4; offset < 10; offset += 1)
    add(offset, { endpoint, home: lost, isInLane: true });
  await offsets();
  lost.isOurs = false;
  scheduler.dropForeign();
  assert.deepEqual(dropped, [3, 4, 5, 6, 7, 8, 9]);
  add(10, { endpoint, home: lost, dueAtMs: Date.now() + HOUR_MS });
  assert.deepEqual(dropped.at(-1), 10);
});

for (const comeBack of ['first', 'again'] as const) {
  test(`what comes back by ${comeBack} for a lost partition is let go`, async (t) => {
    const { scheduler, started, add, end, dropped, offsets } = aScheduler(t, 1);
    const lost = new PartitionState('deliveries', 1, 0, null);
    add(1, { home: lost, isInLane: true });
    add(2, { home: lost, isInLane: true });
    await offsets();
    lost.isOurs = false;
    scheduler.dropForeign();
    scheduler.hold();
    end(started[0] as DeliveryTask);
    scheduler[comeBack](started[0] as DeliveryTask);
    assert.deepEqual(dropped, [1, 2]);
  });
}

test('an endpoint alone uses every slot', async (t) => {
  const { add, offsets } = aScheduler(t, 4, false);
  for (let offset = 0; offset < 10; offset += 1) add(offset);
  assert.deepEqual(await offsets(), [0, 1, 2, 3]);
});

test('an endpoint that takes all it can leaves room for a newcomer', async (t) => {
  const { add, anEndpoint, offsets } = aScheduler(t, 8);
  const greedy = anEndpoint('greedy');
  for (let offset = 0; offset < 20; offset += 1) add(offset, { endpoint: greedy });
  assert.equal((await offsets()).length, 6);
  add(100, { endpoint: anEndpoint('newcomer') });
  assert.equal((await offsets()).at(-1), 100);
});

test('endpoints take turns, however much waits for each', async (t) => {
  const { add, anEndpoint, offsets, scheduler } = aScheduler(t, 8);
  const [one, other] = [anEndpoint('one'), anEndpoint('other')];
  scheduler.hold();
  for (let offset = 0; offset < 20; offset += 1) add(offset, { endpoint: one });
  for (let offset = 100; offset < 103; offset += 1) add(offset, { endpoint: other });
  scheduler.release();
  assert.deepEqual(await offsets(), [0, 100, 1, 101, 2, 102, 3]);
});

test('retries leave a quarter of the slots to first attempts', async (t) => {
  const { add, offsets } = aScheduler(t, 8, false);
  for (let offset = 0; offset < 20; offset += 1) add(offset, { attempt: 2 });
  assert.equal((await offsets()).length, 6);
  add(100);
  assert.equal((await offsets()).at(-1), 100);
});

test('of a deleted subscription nothing is sent, and all of it is known as cancelled', async (t) => {
  const { add, anEndpoint, cancelled, offsets } = aScheduler(t, 2);
  const endpoint = anEndpoint('shut', 'disabled');
  const dueAtMs = Date.now() + HOUR_MS;
  add(1, { endpoint });
  add(2, { endpoint, dueAtMs });
  add(3, { endpoint, dueAtMs, attempt: 2 });
  add(4, { endpoint, isInLane: true });
  add(5, { endpoint, isInLane: true });
  assert.deepEqual(await offsets(), []);
  endpoint.update({ ...endpoint.settings, state: 'deleted' });
  assert.deepEqual(await offsets(), []);
  assert.deepEqual(cancelled.toSorted(), [1, 2, 3, 4, 5]);
});

test('what is cancelled leaves from wherever it waits, and its users go on', async (t) => {
  const { add, cancelled, cancelledIds, scheduler, started, end, offsets } = aScheduler(t, 1);
  add(1, { key: 'a', isInLane: true });
  add(2, { key: 'a', isInLane: true });
  add(3, { key: 'a', isInLane: true });
  add(4, { key: 'b', isInLane: true });
  add(5, { key: 'b', isInLane: true });
  add(6, { dueAtMs: Date.now() + HOUR_MS, attempt: 2 });
  assert.deepEqual(await offsets(), [1]);
  for (const id of ['2', '4', '6', '7']) cancelledIds.add(id);
  scheduler.cancelled();
  assert.deepEqual(cancelled.toSorted(), [4, 6]);
  add(7);
  assert.deepEqual(cancelled.toSorted(), [4, 6, 7]);
  const [first] = started;
  assert.ok(first);
  end(first);
  scheduler.left(first);
  assert.deepEqual(cancelled.toSorted(), [2, 4, 6, 7]);
  assert.deepEqual(await offsets(), [1, 5]);
});

test('what was under way at its cancellation is not sent again', async (t) => {
  const { add, cancelled, cancelledIds, scheduler, started, end, offsets } = aScheduler(t, 8);
  add(1);
  add(2, { isInLane: true });
  assert.deepEqual(await offsets(), [1, 2]);
  for (const id of ['1', '2']) cancelledIds.add(id);
  started.forEach(end);
  const [one, other] = started;
  assert.ok(one && other);
  scheduler.first(one);
  scheduler.again(other);
  assert.deepEqual(cancelled, [1, 2]);
  assert.deepEqual(await offsets(), [1, 2]);
});

test('what waits for an endpoint in a partition is taken out, and its users can go on', async (t) => {
  const { add, anEndpoint, scheduler, started, end, offsets } = aScheduler(t, 8);
  const [slow, other] = [anEndpoint('slow', 'disabled'), anEndpoint('other')];
  const here = new PartitionState('deliveries', 0, 0, null);
  const there = new PartitionState('deliveries', 1, 0, null);
  const ordered = { home: here, endpoint: other, isInLane: true };
  add(1, { home: here, endpoint: slow });
  add(2, { home: there, endpoint: slow });
  add(3, { home: here, endpoint: slow, dueAtMs: Date.now() + HOUR_MS });
  add(4, { home: here, endpoint: slow, isInLane: true });
  add(5, { home: here, endpoint: slow, isInLane: true });
  for (const offset of [6, 7, 8]) add(offset, ordered);
  assert.deepEqual(await offsets(), [6]);
  const [head] = started as [DeliveryTask];
  end(head);
  head.delivery = { ...head.delivery, attempt: 2, dueAtMs: Date.now() + HOUR_MS };
  scheduler.again(head);
  assert.equal(here.heldRecords, 3);

  const taken = (endpoint: Endpoint) =>
    scheduler.takeOut(endpoint, here).map(({ tracked }) => tracked.offset);
  assert.deepEqual(taken(slow).toSorted(), [1, 3, 4, 5]);
  assert.equal(scheduler.waitingFor(slow), 1, 'what is of another partition stays');
  assert.deepEqual(taken(other).toSorted(), [6, 7, 8]);
  assert.equal(here.heldRecords, 0);
  add(9, ordered);
  assert.deepEqual(await offsets(), [6, 9], 'its lane is free');
});

test('behind what is under way a lane goes on with what is read again', async (t) => {
  const { add, anEndpoint, scheduler, started, end, offsets } = aScheduler(t, 8);
  const endpoint = anEndpoint('ordered');
  const home = new PartitionState('deliveries', 0, 0, null);
  for (const offset of [1, 2]) add(offset, { home, endpoint, isInLane: true });
  assert.deepEqual(await offsets(), [1]);
  assert.deepEqual(
    scheduler.takeOut(endpoint, home).map(({ tracked }) => tracked.offset),
    [2],
  );
  add(2, { home, endpoint, isInLane: true });
  assert.deepEqual(await offsets(), [1]);
  end(started[0] as DeliveryTask);
  scheduler.left(started[0] as DeliveryTask);
  assert.deepEqual(await offsets(), [1, 2]);
});

test('a key waits behind its failed head, does not count as load, and others go on', async (t) => {
  const home = new PartitionState('deliveries', 0, 0, null);
  const { add, started, scheduler, end, offsets } = aScheduler(t, 4);
  for (const offset of [1, 2, 3]) add(offset, { home, isInLane: true, key: 'failing' });
  assert.deepEqual(await offsets(), [1]);
  const [head] = started as [DeliveryTask];
  end(head);
  head.delivery = { ...head.delivery, attempt: 2, dueAtMs: Date.now() + 50 };
  scheduler.again(head);
  add(4, { home, isInLane: true, key: 'failing' });
  add(5, { home, isInLane: true, key: 'other' });
  assert.deepEqual(await offsets(), [1, 5]);
  assert.equal(home.heldRecords, 4);
  await sleep(100);
  assert.deepEqual(await offsets(), [1, 5, 1]);
  assert.equal(home.heldRecords, 0);
  end(head);
  scheduler.left(head);
  assert.deepEqual(await offsets(), [1, 5, 1, 2]);
});

test('live deliveries go before bulk ones, which keep a share', async (t) => {
  const { add, scheduler, offsets } = aScheduler(t, 12, false);
  scheduler.hold();
  for (let offset = 0; offset < 20; offset += 1) add(offset, { logLane: 'bulk' });
  for (let offset = 100; offset < 120; offset += 1) add(offset);
  scheduler.release();
  assert.deepEqual(await offsets(), [100, 101, 102, 103, 0, 104, 105, 106, 107, 1, 108, 109]);
});

test('an endpoint with live deliveries comes before one with bulk ones alone', async (t) => {
  const { add, anEndpoint, scheduler, offsets } = aScheduler(t, 4);
  scheduler.hold();
  for (let offset = 0; offset < 20; offset += 1) {
    add(offset, { endpoint: anEndpoint(`bulk-${offset}`), logLane: 'bulk' });
  }
  const both = anEndpoint('both');
  add(100, { endpoint: both, logLane: 'bulk' });
  add(101, { endpoint: both });
  scheduler.release();
  assert.deepEqual(await offsets(), [101, 0, 1, 2]);
});

test('while live deliveries come, bulk ones leave places free for them', async (t) => {
  const { add, share, offsets } = aScheduler(t, 16, false);
  share.sawLive(Date.now());
  for (let offset = 0; offset < 20; offset += 1) add(offset, { logLane: 'bulk' });
  assert.equal((await offsets()).length, 14);
  for (let offset = 100; offset < 103; offset += 1) add(offset);
  assert.deepEqual((await offsets()).slice(14), [100, 101]);
});

test('a file alone has every place', async (t) => {
  const { add, offsets } = aScheduler(t, 16, false);
  for (let offset = 0; offset < 20; offset += 1) add(offset, { logLane: 'bulk' });
  assert.equal((await offsets()).length, 16);
});

test('slow endpoints leave a quarter of the places, however many they are', async (t) => {
  const { add, anEndpoint, scheduler, started, offsets } = aScheduler(t, 16);
  const slow = Array.from({ length: 8 }, (_, n) => anEndpoint(`slow-${n}`));
  const quick = anEndpoint('quick');
  for (let n = 0; n < 80; n += 1) add(n, { endpoint: slow[n % 8] as Endpoint });
  assert.equal((await offsets()).length, 16, 'nobody knows it yet');
  const outcome = { kind: 'accepted', status: 200 } as const;
  for (const task of started.splice(0)) {
    const took = { latencyMs: 2_001, endedAtMs: Date.now(), excerpt: '', detail: '' };
    task.endpoint.ended(task.endpoint.requestFor(task.delivery), { outcome, ...took });
    scheduler.ended(task);
  }
  assert.equal((await offsets()).length, 12);
  assert.equal(scheduler.isIdle, true, 'there are places for the others');
  assert.equal(scheduler.waitsForPlace(slow[0] as Endpoint), false);
  for (let n = 0; n < 6; n += 1) add(1_000 + n, { endpoint: quick });
  assert.equal(started.filter(({ endpoint }) => endpoint === quick).length, 0);
  assert.deepEqual((await offsets()).slice(12), [1_000, 1_001, 1_002, 1_003]);
  assert.equal(scheduler.isIdle, false);
});
