import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerUnavailableError } from '../../common/base/errors.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { Cursor } from '../../common/kafka/consume/cursor-store.ts';
import { LogPlaces } from './log-places.ts';

const TOPIC_ID = '6e1f0c6d3b2a4958b7c6d5e4f3a2b1c0';
const LIFE = '0000000a';
const PLACE = { t: { topicId: TOPIC_ID, life: LIFE, offsets: [5, 7] } };

function places(commit: (cursors: readonly Cursor[]) => Promise<void>): LogPlaces {
  const view = {
    bounds: () => Promise.resolve(new Map()),
    offsetsAt: () => Promise.resolve(new Map()),
  };
  const of = { lanes: () => ['t'], idOf: () => TOPIC_ID, lifeOf: () => LIFE };
  return new LogPlaces({ view, cursors: { commit }, ...of });
}

test('the cursors of a new subscription are told from those that a reset has moved', async () => {
  const written: Cursor[] = [];
  await places((all) => Promise.resolve(void written.push(...all))).begin('sub_1', PLACE);
  assert.deepEqual(
    written.map(({ partition, offset }) => [partition, offset]),
    [
      [0, 5],
      [1, 7],
    ],
  );
  for (const { offset, metadata } of written) {
    const mark = decodeCursorMark(offset, metadata);
    // The cursors of an earlier source of the topic are known by it.
    assert.equal(mark?.topicId, TOPIC_ID + LIFE);
    assert.deepEqual([mark.countedTo, mark.attemptsFromMs], [offset, 0]);
  }
});

test('no subscription follows cursors that took longer than the consumers wait for it', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000 });
  const slow = places(() => Promise.resolve(t.mock.timers.tick(61_000)));
  await assert.rejects(slow.begin('sub_1', PLACE), BrokerUnavailableError);
});

test('a place says in which life of a source it is', async () => {
  const place = await places(() => Promise.resolve()).find('earliest');
  assert.deepEqual(place, { t: { topicId: TOPIC_ID, life: LIFE, offsets: [] } });
});
