import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCommitMark } from '../../common/kafka/decide/commit-metadata.ts';
import { PartitionWork } from './partition-work.ts';

function aWork(finished: number) {
  const work = new PartitionWork('deliveries', 0, 0, null);
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

test('attempts of what is tried again in its place are known to the next owner', () => {
  const work = new PartitionWork('deliveries', 0, 7, null);
  const tracked = work.tracker.receive(7);
  assert.ok(tracked);
  work.retriesAgain({ offset: 7, attempt: 3, dueAtMs: 1_700_000_000_000 });
  const { offset, metadata } = take(work).commit;
  const next = new PartitionWork('deliveries', 0, offset, decodeCommitMark(offset, metadata));
  assert.deepEqual(next.retryAt(7), { offset: 7, attempt: 3, dueAtMs: 1_700_000_000_000 });
  assert.equal(next.retryAt(8), null);

  work.finish(tracked);
  const later = take(work).commit;
  assert.deepEqual(decodeCommitMark(later.offset, later.metadata)?.retries, []);
});
