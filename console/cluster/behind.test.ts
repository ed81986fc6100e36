import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import { behindByEndpoint } from './behind.ts';

const cursor = (endpoint: string, partition: number, left: number | null, sinceMs: number) => ({
  ...{ endpoint, topic: 't', partition, offset: 3 },
  metadata: encodeCursorMark(3, {
    ...{ owner: 'a', topicId: '', done: [], retries: [], until: null, left, countedTo: 9, sinceMs },
    attemptsFromMs: 0,
  }).text,
});

test('the cursors of an endpoint add up, and the oldest delivery of any counts', () => {
  const cursors = [
    cursor('sub_a', 0, 5, 2_000),
    cursor('sub_a', 1, 7, 1_000),
    cursor('sub_a', 2, 1, 0),
    { ...cursor('default', 0, 0, 0), metadata: '' },
  ];
  const behind = behindByEndpoint(cursors, () => 4);
  assert.deepEqual(Object.fromEntries(behind), {
    sub_a: { left: 13, sinceMs: 1_000 },
    default: { left: 1, sinceMs: null },
  });
});

test('a cursor that another program wrote where nothing waits does not count', () => {
  const foreign = [0, 1].map((partition) => ({
    ...cursor('sub_a', partition, 0, 0),
    metadata: '',
  }));
  const committedOf = (topic: string, partition: number) =>
    topic === 't' && partition === 1 ? 4 : 3;
  assert.deepEqual(
    [...behindByEndpoint(foreign, committedOf)],
    [['sub_a', { left: 1, sinceMs: null }]],
  );
});
