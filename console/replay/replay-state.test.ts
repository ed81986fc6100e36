import assert from 'node:assert/strict';
import { test } from 'node:test';
import { topicNames } from '../../common/topics/topics.ts';
import { isSameQuestion, lanesOf, offsetsRead, parseReplayState } from './replay-state.ts';
import type { ReplayState } from './replay-state.ts';

const RUNNING: ReplayState = {
  ...{ from: '0', to: null, subscription: null, user: null, topic: null, partition: null },
  ...{ rate: null, id: 'r', state: 'running', runner: 'console', offsets: 12 },
  windows: [
    [0, 3, 5],
    [1, 4, 4],
  ],
  bulkWindows: [[0, 1, 7]],
  ...{ copied: 0, skipped: {}, startedAt: 1, endedAt: null },
};

test('what is read of a replay is counted over both lanes', () => {
  assert.equal(offsetsRead(RUNNING), 12 - 2 - 6);
  assert.deepEqual(lanesOf(RUNNING, topicNames('w')), [
    { topic: 'w.deliveries', windows: RUNNING.windows },
    { topic: 'w.deliveries-bulk', windows: RUNNING.bulkWindows },
  ]);
});

test('a replay that an earlier version began goes on in the one lane that it knew', () => {
  const { topic: _topic, bulkWindows: _bulk, ...earlier } = RUNNING;
  const read = parseReplayState(JSON.stringify(earlier));
  assert.deepEqual(read, { ...RUNNING, topic: null, bulkWindows: [] });
});

test('a replay of one lane is another question than one of both', () => {
  assert.equal(isSameQuestion(RUNNING, { ...RUNNING, rate: 5 }), true);
  assert.equal(isSameQuestion(RUNNING, { ...RUNNING, topic: 'w.deliveries' }), false);
});
