import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { DeliveredBefore } from './delivered-before.ts';
import { PartitionState } from './partition-state.ts';

function take(work: PartitionState) {
  work.changed();
  const taken = work.takeCommit('owner');
  assert.ok(taken);
  return taken;
}

test('a commit says since when attempts may tell of more, but for the last one', () => {
  const work = new PartitionState('deliveries', 0, 0, null);
  const sinceOf = ({ offset, metadata }: { offset: number; metadata: string }) =>
    decodeCommitMark(offset, metadata)?.attemptsSinceMs;
  work.attemptsPendingSinceMs = () => 5_000;
  assert.equal(sinceOf(take(work).commit), 5_000);
  // An event that is not finished: some of its deliveries may have been made since it came.
  const event = work.tracker.receive(0);
  assert.ok(event);
  const parts = work.tracker.split(event, ['a', 'b'], [], 4_000);
  assert.equal(sinceOf(take(work).commit), 4_000);
  // Deliveries that a dead owner had made are known until the head has passed them.
  work.delivered = new DeliveredBefore(3_000);
  work.delivered.add(0, 'a', 3_500);
  assert.equal(sinceOf(take(work).commit), 3_000);
  parts.forEach((part) => work.finish(part));
  assert.equal(sinceOf(take(work).commit), 5_000);
  assert.equal(sinceOf(work.releaseCommit('owner')), 0);
});

test('attempts of what is tried again in its place are known to the next owner', () => {
  const work = new PartitionState('deliveries', 0, 7, null);
  const tracked = work.tracker.receive(7);
  assert.ok(tracked);
  work.retriesAgain({ offset: 7, attempt: 3, dueAtMs: 1_700_000_000_000 }, tracked);
  const { offset, metadata } = take(work).commit;
  const next = new PartitionState('deliveries', 0, offset, decodeCommitMark(offset, metadata));
  assert.deepEqual(next.retryAt(tracked), { offset: 7, attempt: 3, dueAtMs: 1_700_000_000_000 });
  assert.equal(next.retryAt({ ...tracked, offset: 8 }), null);

  work.finish(tracked);
  const later = take(work).commit;
  assert.deepEqual(decodeCommitMark(later.offset, later.metadata)?.retries, []);
});

test('commits name what may be read for a second time until it has been', () => {
  const set = new PartitionState('retry', 0, 3, null, '', 5);
  const { offset, metadata } = set.claimCommit('owner');
  const mark = decodeCommitMark(offset, metadata);
  assert.deepEqual([set.rereadTo, mark?.rereadTo], [5, 5]);
  // The log's end by now says nothing: the positions since are known.
  const next = new PartitionState('retry', 0, offset, mark, '', 9);
  assert.deepEqual([next.rereadTo, next.generation], [5, set.generation]);
  for (const at of [3, 4]) {
    const tracked = next.tracker.receive(at);
    assert.ok(tracked);
    next.finish(tracked);
  }
  const later = take(next).commit;
  assert.equal(decodeCommitMark(later.offset, later.metadata)?.rereadTo, 0);
});
