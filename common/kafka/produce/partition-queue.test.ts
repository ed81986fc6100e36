import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionQueue } from './partition-queue.ts';
import type { Entry } from './partition-queue.ts';

const nothing = () => {};

function entry(value: string, changes: Partial<Entry> = {}): Entry {
  const record = { topic: 't', partition: 0, key: null, value, headers: {} };
  return {
    ...{ record, bytes: 100, expiresAtMs: Infinity, resolve: nothing, reject: nothing },
    ...changes,
  };
}

function queueOf(...entries: readonly Entry[]): PartitionQueue {
  const queue = new PartitionQueue('t', 0);
  entries.forEach((one) => queue.add(one, 0));
  return queue;
}

const taken = (queue: PartitionQueue) => queue.take()?.records.map(({ value }) => value);

test('a batch stays as it is until its outcome is known, whatever is added meanwhile', () => {
  const queue = queueOf(entry('a'), entry('b'));
  assert.deepEqual(taken(queue), ['a', 'b']);
  queue.add(entry('c'), 0);
  assert.deepEqual(taken(queue), ['a', 'b']);
  assert.equal(queue.written().length, 2);
  assert.deepEqual(taken(queue), ['c']);
  assert.equal(queue.numbers.of({ producerId: 1n, epoch: 0 }).sequence, 0, 'none was given yet');
});

test('it is known since when the first of what waits does, beside a batch too', () => {
  const queue = queueOf();
  queue.add(entry('a'), 5);
  queue.add(entry('b'), 6);
  assert.equal(queue.waitingSinceMs, 5);
  queue.take();
  queue.add(entry('c'), 7);
  queue.add(entry('d'), 8);
  queue.written();
  assert.equal(queue.waitingSinceMs, 7);
});

test('a batch is bounded in bytes, and one larger record goes alone', () => {
  const queue = queueOf(entry('a'), entry('large', { bytes: 2_000_000 }), entry('b'), entry('c'));
  const batches: unknown[] = [];
  while (!queue.isEmpty) {
    batches.push(taken(queue));
    queue.written();
  }
  assert.deepEqual(batches, [['a'], ['large'], ['b', 'c']]);
});

test('a refused record is found by halving, and only that one is given up', () => {
  const queue = queueOf(...['a', 'b', 'c', 'bad', 'd', 'e'].map((value) => entry(value)));
  const written: unknown[] = [];
  const refused: unknown[] = [];
  while (!queue.isEmpty) {
    if (taken(queue)?.includes('bad')) {
      const { givenUp } = queue.refused();
      if (givenUp) refused.push(givenUp.record.value);
    } else written.push(...queue.written().map(({ record }) => record.value));
  }
  assert.deepEqual(written, ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(refused, ['bad']);
});

test('the numbers of a batch that is refused when it is sent again are not used for another', () => {
  const producer = { producerId: 1n, epoch: 0 };
  for (const values of [['a'], ['a', 'b']]) {
    const queue = queueOf(...values.map((value) => entry(value)));
    queue.take();
    assert.deepEqual(queue.numbers.of(producer), { ...producer, sequence: 0 });
    // The connection is lost, the batch written; the repeat comes to a broker with a lower limit.
    queue.take();
    assert.equal(queue.refused().hasEpoch, true);
    queue.add(entry('next'), 0);
    queue.take();
    assert.deepEqual(queue.numbers.of(producer), { ...producer, epoch: 1, sequence: 0 });
  }
});

test('after the last epoch of a producer id a refusal asks for another id', () => {
  const queue = queueOf(entry('a'));
  queue.take();
  queue.numbers.of({ producerId: 1n, epoch: 32_767 });
  assert.equal(queue.refused().hasEpoch, false);
});

test('what waits expires, and what is in a batch is only known to be overdue', () => {
  const queue = queueOf(entry('a', { expiresAtMs: 10 }));
  queue.take();
  queue.add(entry('b', { expiresAtMs: 10 }), 0);
  queue.add(entry('c', { expiresAtMs: 11 }), 0);
  assert.deepEqual(
    queue.expire(10).map(({ record }) => record.value),
    ['b'],
  );
  assert.deepEqual(
    queue.overdue(10).map(({ record }) => record.value),
    ['a'],
  );
  queue.putBack();
  assert.deepEqual(
    queue.expire(10).map(({ record }) => record.value),
    ['a'],
  );
  assert.deepEqual(taken(queue), ['c']);
});
