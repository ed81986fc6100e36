import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectGarbage } from '../process/collect-garbage.ts';
import { Fifo } from './fifo.ts';

test('what has left the queue is not kept in memory', async () => {
  const queue = new Fifo<object>();
  const left = (() => {
    const item = { body: Buffer.alloc(1_000) };
    queue.push(item);
    queue.push({});
    queue.shift();
    return new WeakRef(item);
  })();
  await sleep(1);
  collectGarbage();
  assert.equal(left.deref(), undefined);
  assert.equal(queue.length, 1);
});

test('an item put in front is next, before and after the queue has moved on', () => {
  const queue = new Fifo<number>();
  queue.unshift(1);
  queue.push(2);
  assert.equal(queue.shift(), 1);
  queue.unshift(0);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [0, 2, undefined]);
});
