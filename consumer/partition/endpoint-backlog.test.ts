import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointBacklog } from './endpoint-backlog.ts';
import type { Held } from './home.ts';
import { PartitionState } from './partition-state.ts';
import { progress } from './ranges.ts';

/** A backlog whose endpoint has caught up at 10, with deliveries under way at these offsets. */
function aBacklog(offsets: readonly number[]) {
  const root = new PartitionState('t.deliveries', 0, 10, null);
  const started = offsets.map((offset) => {
    return { home: root, tracked: { offset, isDone: false }, bytes: 1 } as unknown as Held;
  });
  const backlog = new EndpointBacklog({
    ...{
      endpoint: 'sub_a',
      root,
      started,
      progress: progress(10, [], offsets.toSorted()),
      until: 10,
    },
    ...{ left: 0, countedTo: 10, sinceMs: 0, attemptsFromMs: 0, retries: [], isDurable: false },
  });
  return { backlog, started };
}

test('a cursor stands before the first delivery under way, in whatever order they were started', () => {
  const { backlog, started } = aBacklog([9, 5, 7]);
  assert.deepEqual(backlog.progress, progress(10, [], [5, 7, 9]));
  assert.equal(backlog.progress.offset, 5);
  for (const [finished, offset] of [
    [9, 5],
    [5, 7],
  ]) {
    const held = started.find(({ tracked }) => tracked.offset === finished) as Held;
    backlog.finish(held.tracked);
    assert.equal(backlog.progress.offset, offset);
  }
});

test('a backlog is not over while one of its deliveries is under way', () => {
  const { backlog, started } = aBacklog([9]);
  assert.equal(backlog.isRead, true);
  assert.equal(backlog.isOver, false);
  backlog.finish((started[0] as Held).tracked);
  assert.equal(backlog.isOver, true);
});
