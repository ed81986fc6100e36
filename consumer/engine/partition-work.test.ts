import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PartitionWork } from './partition-work.ts';

function aWork(finished: number) {
  const work = new PartitionWork('deliveries', 0, 0, []);
  work.uncommittedRecords = finished;
  return work;
}

function take(work: PartitionWork) {
  work.changed();
  const taken = work.takeCommit('owner');
  assert.ok(taken);
  return taken;
}

test('two commits under way at once count each finished record once', () => {
  const work = aWork(5);
  const first = take(work);
  work.uncommittedRecords += 3;
  const second = take(work);
  assert.equal(work.committed(first) + work.committed(second), 8);
  assert.equal(work.uncommittedRecords, 0);
});

test('what finishes while a commit is under way waits for the next one', () => {
  const work = aWork(5);
  const taken = take(work);
  work.uncommittedRecords += 3;
  assert.equal(work.committed(taken), 5);
  assert.equal(work.uncommittedRecords, 3);
});

test('a commit that is answered after the last one counts nothing more', () => {
  const work = aWork(5);
  const taken = take(work);
  assert.equal(work.close(), 5);
  assert.equal(work.committed(taken), 0);
  assert.ok(work.isGone);
});
