import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchNumbers } from './batch-numbers.ts';

const producer = { producerId: 7n, epoch: 3 };

test('a batch keeps its numbers until it is written, and the next one follows it', () => {
  const numbers = new BatchNumbers();
  const first = { ...producer, sequence: 0 };
  assert.deepEqual(numbers.of(producer), first);
  assert.deepEqual(numbers.of({ producerId: 8n, epoch: 0 }), first, 'also under a newer id');
  numbers.written(40);
  assert.deepEqual(numbers.of(producer), { ...producer, sequence: 40 });
});

test('a restart counts from 0 under the next epoch of the same id', () => {
  const numbers = new BatchNumbers();
  assert.equal(numbers.restart(), true, 'before the first batch there is nothing to restart');
  numbers.of(producer);
  numbers.written(5);
  assert.equal(numbers.restart(), true);
  assert.deepEqual(numbers.of(producer), { producerId: 7n, epoch: 4, sequence: 0 });
});

test('after the last epoch another id is needed', () => {
  const numbers = new BatchNumbers();
  numbers.of({ producerId: 7n, epoch: 32_767 });
  assert.equal(numbers.restart(), false);
  assert.deepEqual(numbers.of({ producerId: 9n, epoch: 0 }).producerId, 9n);
});

test('behind the greatest sequence the count goes on from 0, as a broker expects it', () => {
  const numbers = new BatchNumbers();
  numbers.of(producer);
  numbers.written(2 ** 31 - 3);
  // Its records have 2^31 - 3, 2^31 - 2, 2^31 - 1, 0 and 1.
  numbers.written(5);
  assert.equal(numbers.of(producer).sequence, 2);
});
