import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Slots } from './slots.ts';

test('as many as there are slots run at once, the others in their order', async () => {
  const slots = new Slots(2);
  const { signal } = new AbortController();
  const begun: number[] = [];
  const all = [1, 2, 3, 4].map((n) => slots.take(signal).then(() => begun.push(n)));
  await turn();
  assert.deepEqual(begun, [1, 2]);
  slots.release();
  await turn();
  assert.deepEqual(begun, [1, 2, 3]);
  slots.release();
  await Promise.all(all);
  assert.equal(slots.tryTake(), false);
  slots.release();
  assert.equal(slots.tryTake(), true);
});

test('one who stops waiting takes no slot with it', async () => {
  const slots = new Slots(1);
  const stop = new AbortController();
  await slots.take(stop.signal);
  const waits = slots.take(stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(waits, /stopped/);
  await assert.rejects(slots.take(stop.signal), /stopped/);
  slots.release();
  assert.equal(slots.tryTake(), true);
});
